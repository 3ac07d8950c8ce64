package dev.tidepool;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options that somebody set, with their values. Immutable; two settings with the same values are equal.
 *
 * <p>Whoever reads an option asks for it by its constant, and need not know where its value came from. Messages do.
 */
public final class Settings {
    private static final Settings NONE = new Settings(Map.of(), Map.of());

    /** What a client comes with. */
    private static final Set<Option<?>> OF_OWN_CLIENT =
            Set.of(Option.REGION, Option.ENDPOINT, Option.AWS_CONFIG_PATH, Option.AWS_CONFIG_JSON);

    private final Map<Option<?>, Object> values;
    private final Map<Option<?>, Place> places;

    private Settings(Map<Option<?>, Object> values, Map<Option<?>, Place> places) {
        this.values = values;
        this.places = places;
    }

    /**
     * Where an option stands as a property.
     *
     * @param name the property's name, such as {@code tidepool.cache.users.allow}
     * @param source what it stands in: a file, the system properties, or those of the cache manager
     */
    public record Place(String name, String source) {}

    /**
     * Returns settings in which every option has its default.
     *
     * @return the empty settings
     */
    public static Settings none() {
        return NONE;
    }

    /**
     * Returns these settings with one more option set; of lists that {@linkplain Option#ALLOW unite}, with one more
     * list.
     *
     * @param option the option
     * @param value a text, or an object of the option's type
     * @return new settings
     * @throws IllegalArgumentException that names the option when the value does not suit it, or when another option
     *     that is set here excludes it
     */
    public Settings with(Option<?> option, Object value) {
        Map<Option<?>, Object> merged = new LinkedHashMap<>(values);
        put(merged, option, option.parse(value));
        for (Option<?> other : excludedBy(option)) {
            if (values.containsKey(other)) {
                throw new IllegalArgumentException("Options '" + option + "' and '" + other
                        + "' are set in the same place, and exclude each other: keep one of them");
            }
        }
        Map<Option<?>, Place> left = new HashMap<>(places);
        left.remove(option);
        return new Settings(merged, left);
    }

    private static void put(Map<Option<?>, Object> values, Option<?> option, Object value) {
        values.merge(option, value, option.unites() ? OptionValues::union : (earlier, later) -> later);
    }

    /** Returns these settings with the place where an option has been set, or where it could be. */
    Settings at(Option<?> option, Place place) {
        Map<Option<?>, Place> more = new HashMap<>(places);
        more.put(option, place);
        return new Settings(values, more);
    }

    /** A client comes with a region, an endpoint and credentials, and credentials come from one place. */
    private static Collection<Option<?>> excludedBy(Option<?> option) {
        if (option == Option.CLIENT) {
            return OF_OWN_CLIENT;
        }
        Set<Option<?>> excluded = new HashSet<>();
        if (OF_OWN_CLIENT.contains(option)) {
            excluded.add(Option.CLIENT);
        }
        if (option == Option.AWS_CONFIG_PATH) {
            excluded.add(Option.AWS_CONFIG_JSON);
        }
        if (option == Option.AWS_CONFIG_JSON) {
            excluded.add(Option.AWS_CONFIG_PATH);
        }
        return excluded;
    }

    /**
     * Returns these settings with all that is set in others set as it is there. What the others exclude is taken out: a
     * {@code region} for one cache, say, takes the place of the {@code client} for all. Lists that
     * {@linkplain Option#ALLOW unite} hold together.
     *
     * @param others the settings that win
     * @return new settings
     */
    public Settings overriddenBy(Settings others) {
        Map<Option<?>, Object> merged = new LinkedHashMap<>(values);
        others.values.keySet().forEach(option -> merged.keySet().removeAll(excludedBy(option)));
        AwsConfig config = others.awsConfig();
        if (config != null && config.region() != null) {
            merged.remove(Option.REGION);
        }
        if (config != null && config.endpoint() != null) {
            merged.remove(Option.ENDPOINT);
        }
        others.values.forEach((option, value) -> put(merged, option, value));
        Map<Option<?>, Place> mergedPlaces = new HashMap<>(places);
        mergedPlaces.keySet().removeAll(others.values.keySet());
        mergedPlaces.putAll(others.places);
        return new Settings(merged, mergedPlaces);
    }

    /**
     * Returns where an option stands as a property, for messages that tell what to change. Settings that differ in
     * places only are equal.
     *
     * @param option the option
     * @return the last place where it has been set; of {@link Option#ALLOW} in the settings of a cache manager, when
     *     nobody has set it, the place where it could be; null when code has set it last
     */
    public @Nullable Place placeOf(Option<?> option) {
        return places.get(option);
    }

    /**
     * Returns the credentials, region and endpoint that were given as one, by whichever of the two options.
     *
     * @return the configuration, or null when neither {@code awsConfigPath} nor {@code awsConfigJson} is set
     */
    public @Nullable AwsConfig awsConfig() {
        AwsConfig file = find(Option.AWS_CONFIG_PATH);
        return file == null ? find(Option.AWS_CONFIG_JSON) : file;
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

    /**
     * Returns the table of one cache.
     *
     * @param cacheName the cache's name
     * @return what {@link Option#TABLE} comes to
     * @throws IllegalArgumentException when the cache's name makes it a name that DynamoDB does not take
     */
    public String tableOf(String cacheName) {
        String name = get(Option.TABLE);
        return isPerCache()
                ? Option.TABLE.parse(name.replace(Option.CACHE_NAME, OptionValues.partOfTableName(cacheName)))
                : name;
    }

    /**
     * Returns what the keys of one cache's items begin with.
     *
     * @param cacheName the cache's name
     * @return what {@link Option#PREFIX} comes to; empty when it is not set and the cache has a table that is named by
     *     it, to the letter
     */
    public String prefixOf(String cacheName) {
        String prefix = find(Option.PREFIX);
        if (prefix != null) {
            return prefix;
        }
        boolean isOwn = isPerCache() && OptionValues.partOfTableName(cacheName).equals(cacheName);
        return isOwn ? "" : cacheName + ":";
    }

    /**
     * Returns whether entries stand in their items as connect-dynamodb has it.
     *
     * @return true when {@link Option#FORMAT} is {@code connect}
     */
    public boolean isConnectFormat() {
        return get(Option.FORMAT).equals(OptionValues.CONNECT_FORMAT);
    }

    /**
     * Returns whether reads answer as if there were no entry while the store is down.
     *
     * @return true when {@link Option#ON_STORE_FAILURE} is {@code miss}
     */
    public boolean missesOnStoreFailure() {
        return get(Option.ON_STORE_FAILURE).equals(OptionValues.MISS);
    }

    private boolean isPerCache() {
        return get(Option.TABLE).contains(Option.CACHE_NAME);
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
