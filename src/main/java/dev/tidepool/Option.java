package dev.tidepool;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * One thing a user can configure: its name, its type, what it means and what holds when nobody sets it.
 *
 * <p>The constants of this class are all the options there are. In a properties file, in the system properties and in
 * the {@code Properties} of a cache manager an option is written {@code tidepool.<name>}, for one cache alone
 * {@code tidepool.cache.<cache name>.<name>}. Instances are immutable.
 *
 * @param <T> the type of the option's value
 */
public final class Option<T> {
    private static final Map<String, Option<?>> ALL = new LinkedHashMap<>();
    private static final Pattern TABLE_NAME = Pattern.compile("[A-Za-z0-9_.-]{3,255}");

    /** The table that holds the entries; DynamoDB's own rule for names applies: 3 to 255 of {@code a-zA-Z0-9_.-}. */
    public static final Option<String> TABLE =
            option("table", "The table that holds the entries.", "tidepool", Option::tableName, String.class);

    /**
     * What the key attribute of every item of a cache begins with, so that caches can share a table. Unset, it is the
     * cache's name and a colon. It may be empty when the table belongs to one cache alone; scans then need no filter.
     */
    public static final Option<String> PREFIX =
            option("prefix", "What the keys of a cache's items begin with.", null, text -> text, String.class);

    /** Whether reads see every write that was answered before them; twice the price of reads that may lag. */
    public static final Option<Boolean> CONSISTENT_READS =
            option("consistentReads", "Whether reads are strongly consistent.", true, Option::truth, Boolean.class);

    /** Where DynamoDB answers, when it is not the AWS endpoint of the region: DynamoDB Local, a VPC endpoint. */
    public static final Option<URI> ENDPOINT =
            option("endpoint", "The URL of the DynamoDB service.", null, Option::endpoint, URI.class);

    /** The AWS region, such as {@code eu-central-1}. Unset, the AWS SDK's default chain finds it. */
    public static final Option<String> REGION = option("region", "The AWS region.", null, Option::word, String.class);

    /**
     * The application's classes that keys and values may consist of, beyond the JDK's value types and collections:
     * exact names ({@code com.acme.User}), packages ({@code com.acme.*}) and packages with all below them
     * ({@code com.acme.**}), separated by commas.
     */
    @SuppressWarnings("unchecked")
    public static final Option<List<String>> ALLOW = option(
            "allow", "The application's classes that keys and values may consist of.", List.of(), Option::list, (Class<
                            List<String>>)
                    (Class<?>) List.class);

    /** A client that the application made; it is used as it is and never closed by Tidepool. An object, not a text. */
    public static final Option<DynamoDbClient> CLIENT = option(
            "client",
            "A DynamoDB client of the application's own.",
            null,
            text -> {
                throw notText();
            },
            DynamoDbClient.class);

    /** The source of the time that deadlines are compared with. An object, not a text; tests steer it. */
    public static final Option<InstantSource> CLOCK = option(
            "clock",
            "The source of time for deadlines.",
            Clock.systemUTC(),
            text -> {
                throw notText();
            },
            InstantSource.class);

    private final String name;
    private final String meaning;
    private final @Nullable T defaultValue;
    private final Function<String, T> parser;
    private final Class<T> type;

    private Option(String name, String meaning, @Nullable T defaultValue, Function<String, T> parser, Class<T> type) {
        this.name = name;
        this.meaning = meaning;
        this.defaultValue = defaultValue;
        this.parser = parser;
        this.type = type;
    }

    private static <T> Option<T> option(
            String name, String meaning, @Nullable T defaultValue, Function<String, T> parser, Class<T> type) {
        Option<T> option = new Option<>(name, meaning, defaultValue, parser, type);
        ALL.put(name, option);
        return option;
    }

    /**
     * Returns all options in the order in which they are documented.
     *
     * @return an unmodifiable view
     */
    public static Collection<Option<?>> all() {
        return Collections.unmodifiableCollection(ALL.values());
    }

    /**
     * Returns the option of a name.
     *
     * @param name a name without the prefix {@code tidepool.}
     * @return the option, or null when there is none of that name
     */
    public static @Nullable Option<?> named(String name) {
        return ALL.get(name);
    }

    /**
     * Returns the option's name.
     *
     * @return the name without the prefix {@code tidepool.}
     */
    public String name() {
        return name;
    }

    /**
     * Returns what the option means.
     *
     * @return one sentence
     */
    public String meaning() {
        return meaning;
    }

    /**
     * Returns what holds when the option is not set.
     *
     * @return the default, or null when there is none and the meaning says what happens instead
     */
    public @Nullable T defaultValue() {
        return defaultValue;
    }

    /**
     * Reads or checks a value.
     *
     * @param value a text, or an object of the option's type
     * @return the value
     * @throws IllegalArgumentException that names the option when the value does not suit it
     */
    public T parse(Object value) {
        requireNonNull(value, name);
        try {
            if (value instanceof String text) {
                return parser.apply(text.strip());
            }
            if (type.isInstance(value)) {
                return checked(value);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Option '" + name + "' cannot be '" + value + "': " + e.getMessage(), e);
        }
        throw new IllegalArgumentException("Option '" + name + "' needs a " + type.getName() + ", not a "
                + value.getClass().getName());
    }

    /** An object is held to the rules of a text. */
    private T checked(Object value) {
        if (value instanceof URI) {
            return parser.apply(value.toString());
        }
        if (value instanceof List<?> list) {
            if (!list.stream().allMatch(String.class::isInstance)) {
                throw new IllegalArgumentException("it is a list of texts");
            }
            return type.cast(List.copyOf(list));
        }
        return type.cast(value);
    }

    @Override
    public String toString() {
        return name;
    }

    private static String tableName(String text) {
        if (!TABLE_NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("a table's name has 3 to 255 letters, digits, '_', '.' or '-'");
        }
        return text;
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("it is true or false");
        };
    }

    private static URI endpoint(String text) {
        try {
            URI uri = new URI(text);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        throw new IllegalArgumentException("it is a URL such as http://127.0.0.1:8000");
    }

    private static String word(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("it is empty");
        }
        return text;
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private static IllegalArgumentException notText() {
        return new IllegalArgumentException("it is an object, given to the Properties of a cache manager or to the "
                + "builder of DynamoDbConfiguration, and not a text");
    }
}
