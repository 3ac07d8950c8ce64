package dev.tidepool;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.cache.configuration.Factory;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * One thing a user can configure: its name, its type, what it means and what holds when nobody sets it.
 *
 * <p>The constants of this class are all the options there are. In a properties file, in the system properties and in
 * the {@code Properties} of a cache manager an option is written {@code tidepool.<name>}, for one cache alone
 * {@code tidepool.cache.<cache name>.<name>}. Times are written {@code 500ms}, {@code 2s}, {@code 5m} or {@code 1h}; a
 * number alone is in milliseconds. Instances are immutable.
 *
 * @param <T> the type of the option's value
 */
public final class Option<T> {
    private static final Map<String, Option<?>> ALL = new LinkedHashMap<>();
    private static final String TIME = "time";

    /** What stands in {@link #TABLE} for the name of the cache. */
    static final String CACHE_NAME = "{cache}";

    /**
     * The table that holds the entries; DynamoDB's own rule for names applies: 3 to 255 of {@code a-zA-Z0-9_.-}. For
     * <code>{cache}</code> in it each cache puts its own name, with {@code _} for other characters, and has then a
     * table of its own.
     */
    public static final Option<String> TABLE = text("table", "The table that holds the entries.")
            .checkedBy(OptionValues::tableName)
            .withDefault("tidepool");

    /** The name of the table's hash key, an attribute of type S; none that an item has otherwise. */
    public static final Option<String> HASH_KEY = text("hashKey", "The name of the table's hash key.")
            .checkedBy(OptionValues::hashKey)
            .withDefault("id");

    /**
     * What the key attribute of every item of a cache begins with, so that caches can share a table. Unset, it is the
     * cache's name and a colon, and nothing where <code>{cache}</code> puts that very name into the table's. It may be
     * empty when the table belongs to one cache alone; scans then need no filter. Spaces count.
     */
    public static final Option<String> PREFIX = new Definition<>(
                    "prefix", "What the keys of a cache's items begin with.", String.class, text -> text)
            .withoutDefault();

    /**
     * Whether reads see every write that was answered before them; twice the price of reads that may lag. In the format
     * of connect-dynamodb they always do, as they do there.
     */
    public static final Option<Boolean> CONSISTENT_READS =
            truth("consistentReads", "Whether reads are strongly consistent.").withDefault(true);

    /**
     * The codec that writes values: {@code fst} (fast-serialization), {@code jdk} (Java's own serialization), or the
     * name of a class of the application that implements {@code Codec} and has a public constructor without parameters.
     * Every codec of the library reads.
     */
    public static final Option<String> CODEC = text("codec", "The codec that writes values.")
            .checkedBy(OptionValues::notEmpty)
            .withDefault("fst");

    /**
     * The codec that names items by their keys: {@code content} ({@code ContentKeyCodec}), or the name of a class of
     * the application that implements {@code KeyCodec} and has a public constructor without parameters. All nodes need
     * the same one, and a change of it loses the entries that there are.
     */
    public static final Option<String> KEY_CODEC = text("keyCodec", "The codec that names items by their keys.")
            .checkedBy(OptionValues::notEmpty)
            .withDefault("content");

    /**
     * The length in bytes above which an encoded value is compressed, if that makes it shorter. Unset, it is what one
     * write unit pays for. The largest {@code int} keeps every value as it is.
     */
    public static final Option<Integer> COMPRESS_FROM = new Definition<>(
                    "compressFrom",
                    "The length above which an encoded value is compressed.",
                    Integer.class,
                    text -> Math.toIntExact(OptionValues.whole(text)))
            .in("bytes")
            .checkedBy(OptionValues::notNegative)
            .withDefault(1_024);

    /**
     * How entries stand in their items: {@code native}, Tidepool's own layout, or {@code connect}, the one of
     * connect-dynamodb, for a cache of sessions that Express shares.
     */
    public static final Option<String> FORMAT = text("format", "How entries stand in their items.")
            .checkedBy(OptionValues::format)
            .withDefault(OptionValues.NATIVE_FORMAT);

    /**
     * The application's classes that keys and values may consist of, beyond the JDK's value types and collections:
     * exact names ({@code com.acme.User}), packages ({@code com.acme.*}), packages with all below them
     * ({@code com.acme.**}) and named sets ({@code hibernate}, {@code spring}, {@code spring-security}), separated by
     * commas. The lists of all places hold together: what is listed for one cache, in a later place or by a builder is
     * added to what is listed for all, and takes the place of nothing.
     */
    public static final Option<List<String>> ALLOW = new Definition<>(
                    "allow",
                    "The application's classes that keys and values may consist of.",
                    OptionValues.listOfTexts(),
                    OptionValues::list)
            .checkedBy(OptionValues::texts)
            .uniting()
            .withDefault(List.of());

    /**
     * Whether keys are secrets, such as session ids. Messages and logs then name an item by a digest of its key, which
     * the owner of a key can compute (the first 16 hexadecimal digits of its SHA-256) and nobody can revert.
     */
    public static final Option<Boolean> SECRET_KEYS = truth(
                    "secretKeys", "Whether keys are secrets, which no message and no log may show.")
            .withDefault(false);

    /**
     * The session attributes that items have as attributes of their own, too, so that an index can find sessions by
     * them: {@code name:type} or {@code name:type:index}, separated by commas, such as
     * {@code userId:S:by-user,admin:BOOL}. The type is S (which may be left out), N, B or BOOL; a table that is created
     * gets the indexes. A session without one of them is refused, unless {@link #SKIP_THROW_MISSING_SPECIAL_KEYS}.
     */
    public static final Option<List<SpecialKey>> SPECIAL_KEYS = new Definition<>(
                    "specialKeys",
                    "The session attributes that items have as attributes of their own.",
                    OptionValues.listOfSpecialKeys(),
                    OptionValues::specialKeys)
            .checkedBy(OptionValues::specialKeys)
            .withDefault(List.of());

    /** Whether sessions may lack some of {@link #SPECIAL_KEYS}; their items then lack the attributes. */
    public static final Option<Boolean> SKIP_THROW_MISSING_SPECIAL_KEYS = truth(
                    "skipThrowMissingSpecialKeys", "Whether sessions may lack special keys.")
            .withDefault(false);

    /**
     * How long the deadline of an entry may lie behind what its expiry policy asks for after an access. Accesses within
     * it cost no write, as the deadline is set later by as much when it is written: throttling never shortens a life,
     * and lengthens it by this interval at most. Unset, caches write at every access that moves a deadline, as JSR-107
     * has it.
     */
    public static final Option<Duration> TOUCH_INTERVAL = time(
                    "touchInterval", "How long accesses are not written after one that was.")
            .checkedBy(OptionValues::notNegative)
            .withoutDefault();

    /**
     * The expiry policy of caches whose configuration leaves it at JCache's default, which never expires:
     * {@code created:10m} ({@code CreatedExpiryPolicy}), {@code modified:10m}, {@code accessed:10m},
     * {@code touched:10m} or {@code eternal}. For those who create caches without a line of code, such as Hibernate and
     * Spring.
     */
    public static final Option<Factory<ExpiryPolicy>> EXPIRY = new Definition<>(
                    "expiry",
                    "The expiry policy of caches whose configuration has none.",
                    OptionValues.factoryOfExpiryPolicies(),
                    OptionValues::expiry)
            .withoutDefault();

    /**
     * How long after one search for expired items the next begins, for a table without TTL: a scan of the whole table
     * that deletes those of the cache, slowly and in the background. Unset or zero, there is none; DynamoDB's TTL
     * deletes for nothing.
     */
    public static final Option<Duration> REAP_INTERVAL = time(
                    "reapInterval", "How long after one search for expired items the next begins.")
            .checkedBy(OptionValues::notNegative)
            .withoutDefault();

    /** Whether statistics are gathered and shown by JMX, of caches whose configuration does not switch them on. */
    public static final Option<Boolean> STATISTICS_ENABLED = truth(
                    "statisticsEnabled", "Whether statistics are gathered and shown by JMX.")
            .withDefault(false);

    /** Whether JMX shows the configuration of caches whose own does not switch that on. */
    public static final Option<Boolean> MANAGEMENT_ENABLED =
            truth("managementEnabled", "Whether JMX shows the configuration.").withDefault(false);

    /**
     * What a read does while the store is down, or throttles beyond the retries: {@code throw}, or {@code miss}, which
     * answers as if there were no entry after {@link #MISS_AFTER} at most. Changes throw all the same. Only for caches
     * that do no more than accelerate: where an absent entry means something, as in a cache of sessions, locks or
     * counters, {@code miss} is wrong.
     */
    public static final Option<String> ON_STORE_FAILURE = text(
                    "onStoreFailure", "What a read does while the store is down or throttles.")
            .checkedBy(OptionValues::onStoreFailure)
            .withDefault(OptionValues.THROW);

    /**
     * How long a request of a read may take, with all its attempts, before the read answers as if there were no entry;
     * with {@code onStoreFailure=miss} alone, and no longer than {@link #CALL_TIMEOUT} or a given client's own limit.
     */
    public static final Option<Duration> MISS_AFTER = time(
                    "missAfter", "How long a request of a read may take before it counts as a miss.")
            .checkedBy(OptionValues::positive)
            .withDefault(Duration.ofSeconds(1));

    /** Whether a table that does not exist is created. */
    public static final Option<Boolean> CREATE_TABLE = truth(
                    "createTable", "Whether a table that does not exist is created.")
            .withDefault(true);

    /** Whether the table's TTL is looked at, and switched on for the attribute {@code expires} when it is off. */
    public static final Option<Boolean> TIME_TO_LIVE = truth(
                    "timeToLive", "Whether the table's TTL is looked at, and switched on.")
            .withDefault(true);

    /** Whether the table is known to be ready: it is then not looked at at all, and no request is sent for it. */
    public static final Option<Boolean> INITIALIZED = truth(
                    "initialized", "Whether the table is known to be ready, and not looked at.")
            .withDefault(false);

    /** The read capacity of a table that is created, in read units per second; unset, it is billed on demand. */
    public static final Option<Long> READ_CAPACITY_UNITS = new Definition<>(
                    "readCapacityUnits",
                    "The read capacity of a table that is created.",
                    Long.class,
                    OptionValues::whole)
            .in("units per second")
            .checkedBy(OptionValues::positive)
            .withoutDefault();

    /** The write capacity of a table that is created, in write units per second; unset, it is billed on demand. */
    public static final Option<Long> WRITE_CAPACITY_UNITS = new Definition<>(
                    "writeCapacityUnits",
                    "The write capacity of a table that is created.",
                    Long.class,
                    OptionValues::whole)
            .in("units per second")
            .checkedBy(OptionValues::positive)
            .withoutDefault();

    /**
     * Whether a table that is created is billed on demand. Unset, it is unless capacity units are given. Where it is
     * not, a capacity that is not given is 5 units.
     */
    public static final Option<Boolean> PAY_PER_REQUEST = truth(
                    "payPerRequest", "Whether a table that is created is billed on demand.")
            .withoutDefault();

    /** The AWS region, such as {@code eu-central-1}. Unset, the AWS SDK's default chain finds it. */
    public static final Option<String> REGION =
            text("region", "The AWS region.").checkedBy(OptionValues::notEmpty).withoutDefault();

    /** Where DynamoDB answers, when it is not the AWS endpoint of the region: DynamoDB Local, a VPC endpoint. */
    public static final Option<URI> ENDPOINT = new Definition<>(
                    "endpoint", "The URL of the DynamoDB service.", URI.class, OptionValues::uri)
            .checkedBy(OptionValues::httpUrl)
            .withoutDefault();

    /**
     * A JSON file with credentials, region and endpoint; see {@link AwsConfig}. Read once, with the settings. No
     * message and no log shows the path: what stands in its place by mistake may be the file's content.
     */
    public static final Option<AwsConfig> AWS_CONFIG_PATH = new Definition<>(
                    "awsConfigPath",
                    "A JSON file with credentials, region and endpoint.",
                    AwsConfig.class,
                    AwsConfig::file)
            .secret()
            .withoutDefault();

    /** The same as the file of {@link #AWS_CONFIG_PATH}, as text. No message and no log shows it. */
    public static final Option<AwsConfig> AWS_CONFIG_JSON = new Definition<>(
                    "awsConfigJson", "Credentials, region and endpoint as JSON.", AwsConfig.class, AwsConfig::json)
            .secret()
            .withoutDefault();

    /** A client that the application made; it is used as it is and never closed by Tidepool. An object, not a text. */
    public static final Option<DynamoDbClient> CLIENT = object(
                    "client", "A DynamoDB client of the application's own.", DynamoDbClient.class)
            .withoutDefault();

    /** How long a connection may take to be made; of the client that Tidepool makes. */
    public static final Option<Duration> CONNECTION_TIMEOUT = time(
                    "connectionTimeout", "How long a connection may take to be made.")
            .checkedBy(OptionValues::positive)
            .withDefault(Duration.ofSeconds(2));

    /** How long one attempt of a request may take before it is given up and tried again; of our own client. */
    public static final Option<Duration> ATTEMPT_TIMEOUT = time(
                    "attemptTimeout", "How long one attempt of a request may take.")
            .checkedBy(OptionValues::positive)
            .withDefault(Duration.ofSeconds(5));

    /** How long a request may take with all its attempts and the pauses between them; of our own client. */
    public static final Option<Duration> CALL_TIMEOUT = time(
                    "callTimeout", "How long a request may take with all its attempts.")
            .checkedBy(OptionValues::positive)
            .withDefault(Duration.ofSeconds(20));

    /** How many requests can be under way at the same time; of the client that Tidepool makes. */
    public static final Option<Integer> MAX_CONNECTIONS = new Definition<>(
                    "maxConnections",
                    "How many requests can be under way at the same time.",
                    Integer.class,
                    text -> Math.toIntExact(OptionValues.whole(text)))
            .in("connections")
            .checkedBy(OptionValues::positive)
            .withDefault(256);

    /** The source of the time that deadlines are compared with. An object, not a text; tests steer it. */
    public static final Option<InstantSource> CLOCK = object(
                    "clock", "The source of time for deadlines.", InstantSource.class)
            .withDefault(Clock.systemUTC());

    private final Definition<T> definition;
    private final @Nullable T defaultValue;

    private Option(Definition<T> definition, @Nullable T defaultValue) {
        this.definition = definition;
        this.defaultValue = defaultValue;
    }

    private static Definition<String> text(String name, String meaning) {
        return new Definition<>(name, meaning, String.class, String::strip);
    }

    private static Definition<Boolean> truth(String name, String meaning) {
        return new Definition<>(name, meaning, Boolean.class, OptionValues::truth);
    }

    private static Definition<Duration> time(String name, String meaning) {
        return new Definition<>(name, meaning, Duration.class, OptionValues::time).in(TIME);
    }

    private static <T> Definition<T> object(String name, String meaning, Class<T> type) {
        return new Definition<>(name, meaning, type, text -> {
            throw OptionValues.noText();
        });
    }

    /**
     * What an option is, but for its default.
     *
     * @param reader turns a text into a value
     * @param check returns a value that suits, perhaps a copy, and throws {@link IllegalArgumentException} for others
     * @param unit what the value counts; empty when it counts nothing
     * @param isSecret whether messages must not show the value
     * @param unites whether the lists of several places hold together; else the last place's value alone holds
     */
    private record Definition<T>(
            String name,
            String meaning,
            Class<T> type,
            Function<String, T> reader,
            UnaryOperator<T> check,
            String unit,
            boolean isSecret,
            boolean unites) {

        Definition(String name, String meaning, Class<T> type, Function<String, T> reader) {
            this(name, meaning, type, reader, UnaryOperator.identity(), "", false, false);
        }

        Definition<T> checkedBy(UnaryOperator<T> rule) {
            return new Definition<>(name, meaning, type, reader, rule, unit, isSecret, unites);
        }

        Definition<T> in(String counted) {
            return new Definition<>(name, meaning, type, reader, check, counted, isSecret, unites);
        }

        Definition<T> secret() {
            return new Definition<>(name, meaning, type, reader, check, unit, true, unites);
        }

        Definition<T> uniting() {
            return new Definition<>(name, meaning, type, reader, check, unit, isSecret, true);
        }

        Option<T> withDefault(@Nullable T value) {
            Option<T> option = new Option<>(this, value);
            ALL.put(name, option);
            return option;
        }

        Option<T> withoutDefault() {
            return withDefault(null);
        }
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
        return definition.name();
    }

    /**
     * Returns what the option means.
     *
     * @return one sentence
     */
    public String meaning() {
        return definition.meaning();
    }

    /**
     * Returns what the option's value counts.
     *
     * @return {@code time}, or a unit; empty when it counts nothing
     */
    public String unit() {
        return definition.unit();
    }

    /**
     * Returns what holds when the option is not set.
     *
     * @return the default, or null when there is none and the option's description says what happens instead
     */
    public @Nullable T defaultValue() {
        return defaultValue;
    }

    /**
     * Reads or checks a value.
     *
     * @param value a text, or an object of the option's type
     * @return the value
     * @throws IllegalArgumentException that names the option, and the value unless it is a secret, when the value does
     *     not suit
     */
    public T parse(Object value) {
        requireNonNull(value, name());
        try {
            if (value instanceof String text) {
                return definition.check().apply(definition.reader().apply(text));
            }
            if (definition.type().isInstance(value)) {
                return definition.check().apply(definition.type().cast(value));
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            // Without a cause, which would say the same again, and perhaps the value that must not be shown.
            throw new IllegalArgumentException(
                    "Option '" + name() + "' cannot be " + shown(value) + ": " + e.getMessage());
        }
        throw new IllegalArgumentException("Option '" + name() + "' needs a "
                + definition.type().getName() + ", not a " + value.getClass().getName());
    }

    /** Whether the option is a list, and those of several places hold together. */
    boolean unites() {
        return definition.unites();
    }

    private String shown(Object value) {
        String text = String.valueOf(value);
        return definition.isSecret() || AwsConfig.hasCredentials(text) ? "what is given" : "'" + text + "'";
    }

    @Override
    public String toString() {
        return name();
    }
}
