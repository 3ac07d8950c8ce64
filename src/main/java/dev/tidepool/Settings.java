package dev.tidepool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The options that somebody set, with their values. Immutable; two settings with the same values are equal.
 *
 * <p>Whoever reads an option asks for it by its constant and never learns where its value came from.
 */
public final class Settings {
    private static final Settings NONE = new Settings(Map.of());

    private final Map<Option<?>, Object> values;

    private Settings(Map<Option<?>, Object> values) {
        this.values = values;
    }

    /**
     * Returns settings in which every option has its default.
     *
     * @return the empty settings
     */
    public static Settings none() {
        return NONE;
    }

    /**
     * Returns these settings with one more option set.
     *
     * @param option the option
     * @param value a text, or an object of the option's type
     * @return new settings
     * @throws IllegalArgumentException that names the option when the value does not suit it
     */
    public Settings with(Option<?> option, Object value) {
        Map<Option<?>, Object> merged = new LinkedHashMap<>(values);
        merged.put(option, option.parse(value));
        return new Settings(merged);
    }

    /**
     * Returns these settings with all that is set in others set as it is there.
     *
     * @param others the settings that win
     * @return new settings
     */
    public Settings overriddenBy(Settings others) {
        Map<Option<?>, Object> merged = new LinkedHashMap<>(values);
        merged.putAll(others.values);
        return new Settings(merged);
    }

    /**
     * Returns an option's value, or its default.
     *
     * @param option an option that has a default
     * @param <T> the type of the option's value
     * @return the value
     */
    public <T> T get(Option<T> option) {
        return Objects.requireNonNull(find(option), option::name);
    }

    /**
     * Returns an option's value, its default, or null when it has neither.
     *
     * @param option the option
     * @param <T> the type of the option's value
     * @return the value or null
     */
    @SuppressWarnings("unchecked") // with() puts nothing in but what the option's own parser returned
    public <T> @Nullable T find(Option<T> option) {
        T value = (T) values.get(option);
        return value == null ? option.defaultValue() : value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Settings settings && values.equals(settings.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /** Returns the names of the options that are set, and no value: a value may be a secret. */
    @Override
    public String toString() {
        return "Settings" + values.keySet();
    }
}
