package dev.tidepool.session;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.codec.AllowList;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session manager is to do with attributes: which codec they have, and what that needs. Not thread-safe. */
public final class AttributeSettings {
    private final Map<String, Type> types = new HashMap<>();
    private final Settings options;
    private final List<String> allow = new ArrayList<>();
    private List<String> ofContainer = List.of();
    private String codecName;
    private @Nullable ClassLoader classLoader;
    private boolean failOnUnreadable;

    /** Begins with the options of the cache. */
    AttributeSettings(Settings options) {
        this.options = options;
        this.codecName = options.get(Option.CODEC);
    }

    void allow(List<String> patterns) {
        AllowList.of(patterns);
        this.allow.addAll(patterns);
    }

    /** Returns the classes that attributes may consist of: those of the cache's options, set here, the container's. */
    AllowList allowed() {
        List<String> all = new ArrayList<>(options.get(Option.ALLOW));
        all.addAll(allow);
        all.addAll(ofContainer);
        AllowList allowed = AllowList.of(all);
        Settings.Place place = allow.isEmpty() ? options.placeOf(Option.ALLOW) : null;
        return place == null
                ? allowed.setInCode("the builder of the session manager")
                : allowed.setBy(place.name(), place.source());
    }

    void ofContainer(List<String> patterns) {
        AllowList.of(patterns);
        this.ofContainer = patterns;
    }

    void codec(String name) {
        this.codecName = name;
    }

    String codec() {
        return codecName;
    }

    void classLoader(ClassLoader loader) {
        this.classLoader = loader;
    }

    /** Returns the loader that was set, else the deployment's, else the thread's. */
    ClassLoader loader(@Nullable ClassLoader deploymentLoader) {
        if (classLoader != null) {
            return classLoader;
        }
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (deploymentLoader != null) {
            return deploymentLoader;
        }
        return context == null ? AttributeSettings.class.getClassLoader() : context;
    }

    void failOnUnreadable(boolean fail) {
        this.failOnUnreadable = fail;
    }

    void type(String name, Type type) {
        types.put(name, type);
    }

    /**
     * Returns the types that were declared.
     *
     * @return the types by the attributes' names; empty when there are none
     */
    public Map<String, Type> types() {
        return Collections.unmodifiableMap(types);
    }

    boolean failsOnUnreadable() {
        return failOnUnreadable;
    }
}
