package dev.tidepool.session;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.codec.AllowList;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session manager is to do with attributes: which codec they have, and what that needs. Not thread-safe. */
final class AttributeSettings {
    private final Map<String, Type> types = new HashMap<>();
    private List<String> allow;
    private String codecName;
    private @Nullable ClassLoader classLoader;
    private boolean failOnUnreadable;

    /** Begins with the options of the cache. */
    AttributeSettings(Settings options) {
        this.allow = options.get(Option.ALLOW);
        this.codecName = options.get(Option.CODEC);
    }

    void allow(List<String> patterns) {
        AllowList.of(patterns);
        this.allow = patterns;
    }

    void codec(String name) {
        this.codecName = name;
    }

    void classLoader(ClassLoader loader) {
        this.classLoader = loader;
    }

    void failOnUnreadable(boolean fail) {
        this.failOnUnreadable = fail;
    }

    void type(String name, Type type) {
        JsonAttributes.requireFree(name);
        types.put(name, type);
    }

    /**
     * Makes the codec.
     *
     * @param isConnect whether sessions are stored in the format of connect-dynamodb
     * @param deploymentLoader finds classes unless a loader was set
     * @throws IllegalArgumentException when there is no codec of the name, or types were declared for the wrong format
     * @throws IllegalStateException when a library is missing that the declared types need
     */
    AttributeCodec codec(boolean isConnect, @Nullable ClassLoader deploymentLoader) {
        if (isConnect) {
            return JsonAttributes.of(types, failOnUnreadable);
        }
        if (!types.isEmpty()) {
            throw new IllegalArgumentException("Only attributes in a cache with format=connect have types to be"
                    + " declared: leave out attributeType for " + types.keySet());
        }
        return SerializedAttributes.of(codecName, loader(deploymentLoader), allow, failOnUnreadable);
    }

    private ClassLoader loader(@Nullable ClassLoader deploymentLoader) {
        if (classLoader != null) {
            return classLoader;
        }
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (deploymentLoader != null) {
            return deploymentLoader;
        }
        return context == null ? AttributeSettings.class.getClassLoader() : context;
    }
}
