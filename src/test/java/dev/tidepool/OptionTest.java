package dev.tidepool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

final class OptionTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final javax.cache.expiry.Duration TEN_MINUTES =
            new javax.cache.expiry.Duration(TimeUnit.MINUTES, 10);
    private static final Factory<ExpiryPolicy> POLICY = EternalExpiryPolicy::new;
    private static final AwsConfig REGION_ONLY = new AwsConfig(null, null, null, "eu-central-1", null);

    /** Option, given value, value that comes of it. */
    static final List<Arguments> GOOD = List.of(
            Arguments.of(Option.TABLE, "abc", "abc"),
            Arguments.of(Option.TABLE, "a".repeat(255), "a".repeat(255)),
            Arguments.of(Option.TABLE, "My_table-1.2", "My_table-1.2"),
            Arguments.of(Option.TABLE, "  padded ", "padded"),
            Arguments.of(Option.PREFIX, "users:", "users:"),
            Arguments.of(Option.PREFIX, "", ""),
            Arguments.of(Option.PREFIX, "ключ \uD83D\uDD11/", "ключ \uD83D\uDD11/"),
            Arguments.of(Option.CONSISTENT_READS, "true", true),
            Arguments.of(Option.CONSISTENT_READS, "false", false),
            Arguments.of(Option.CONSISTENT_READS, " false\t", false),
            Arguments.of(Option.CONSISTENT_READS, false, false),
            Arguments.of(Option.ENDPOINT, "http://127.0.0.1:8000", URI.create("http://127.0.0.1:8000")),
            Arguments.of(
                    Option.ENDPOINT,
                    "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com",
                    URI.create("https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com")),
            Arguments.of(Option.ENDPOINT, "http://[::1]:8000/", URI.create("http://[::1]:8000/")),
            Arguments.of(Option.ENDPOINT, URI.create("http://localhost:1"), URI.create("http://localhost:1")),
            Arguments.of(Option.REGION, "eu-central-1", "eu-central-1"),
            Arguments.of(
                    Option.ALLOW,
                    "com.acme.User, com.acme.*,com.acme.**",
                    List.of("com.acme.User", "com.acme.*", "com.acme.**")),
            Arguments.of(Option.ALLOW, "", List.of()),
            Arguments.of(Option.ALLOW, " , com.acme.User,, ", List.of("com.acme.User")),
            Arguments.of(Option.ALLOW, List.of("com.acme.User"), List.of("com.acme.User")),
            Arguments.of(Option.TABLE, "{cache}", "{cache}"),
            Arguments.of(Option.TABLE, "prod-{cache}.v1", "prod-{cache}.v1"),
            Arguments.of(Option.HASH_KEY, "pk", "pk"),
            Arguments.of(Option.HASH_KEY, " pk ", "pk"),
            Arguments.of(Option.HASH_KEY, "ключ", "ключ"),
            Arguments.of(Option.HASH_KEY, "a".repeat(255), "a".repeat(255)),
            Arguments.of(Option.CODEC, "jdk", "jdk"),
            Arguments.of(Option.COMPRESS_FROM, "0", 0),
            Arguments.of(Option.FORMAT, "native", "native"),
            Arguments.of(Option.FORMAT, " connect ", "connect"),
            Arguments.of(Option.COMPRESS_FROM, 2147483647, 2147483647),
            Arguments.of(Option.CODEC, " com.acme.UserCodec ", "com.acme.UserCodec"),
            Arguments.of(Option.KEY_CODEC, "content", "content"),
            Arguments.of(Option.KEY_CODEC, " com.acme.NameCodec ", "com.acme.NameCodec"),
            Arguments.of(Option.SECRET_KEYS, "true", true),
            Arguments.of(Option.SPECIAL_KEYS, "", List.of()),
            Arguments.of(
                    Option.SPECIAL_KEYS,
                    "userId:S:by-user, admin : BOOL,name",
                    List.of(
                            new SpecialKey("userId", SpecialKey.Type.S, "by-user"),
                            new SpecialKey("admin", SpecialKey.Type.BOOL, null),
                            new SpecialKey("name", SpecialKey.Type.S, null))),
            Arguments.of(
                    Option.SPECIAL_KEYS,
                    List.of("level:n:by-level", SpecialKey.of("photo:B")),
                    List.of(
                            new SpecialKey("level", SpecialKey.Type.N, "by-level"),
                            new SpecialKey("photo", SpecialKey.Type.B, null))),
            Arguments.of(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, "true", true),
            Arguments.of(Option.TOUCH_INTERVAL, "0", Duration.ZERO),
            Arguments.of(Option.TOUCH_INTERVAL, "5m", Duration.ofMinutes(5)),
            Arguments.of(Option.TOUCH_INTERVAL, Duration.ZERO, Duration.ZERO),
            Arguments.of(Option.EXPIRY, "eternal", EternalExpiryPolicy.factoryOf()),
            Arguments.of(Option.EXPIRY, "created:10m", CreatedExpiryPolicy.factoryOf(TEN_MINUTES)),
            Arguments.of(Option.EXPIRY, " modified : 600 s ", ModifiedExpiryPolicy.factoryOf(TEN_MINUTES)),
            Arguments.of(Option.EXPIRY, "accessed:600000", AccessedExpiryPolicy.factoryOf(TEN_MINUTES)),
            Arguments.of(Option.EXPIRY, "touched:600000ms", TouchedExpiryPolicy.factoryOf(TEN_MINUTES)),
            Arguments.of(Option.EXPIRY, POLICY, POLICY),
            Arguments.of(Option.STATISTICS_ENABLED, "true", true),
            Arguments.of(Option.MANAGEMENT_ENABLED, "true", true),
            Arguments.of(Option.ON_STORE_FAILURE, "throw", "throw"),
            Arguments.of(Option.ON_STORE_FAILURE, " miss ", "miss"),
            Arguments.of(Option.MISS_AFTER, "250ms", Duration.ofMillis(250)),
            Arguments.of(Option.REAP_INTERVAL, "0", Duration.ZERO),
            Arguments.of(Option.REAP_INTERVAL, "600000", Duration.ofMinutes(10)),
            Arguments.of(Option.REAP_INTERVAL, Duration.ofHours(1), Duration.ofHours(1)),
            Arguments.of(Option.CREATE_TABLE, "false", false),
            Arguments.of(Option.TIME_TO_LIVE, "false", false),
            Arguments.of(Option.INITIALIZED, "true", true),
            Arguments.of(Option.READ_CAPACITY_UNITS, "1", 1L),
            Arguments.of(Option.READ_CAPACITY_UNITS, 25L, 25L),
            Arguments.of(Option.WRITE_CAPACITY_UNITS, " 40000 ", 40_000L),
            Arguments.of(Option.WRITE_CAPACITY_UNITS, 1L, 1L),
            Arguments.of(Option.PAY_PER_REQUEST, "true", true),
            Arguments.of(Option.AWS_CONFIG_JSON, "{\"region\": \"eu-central-1\"}", REGION_ONLY),
            Arguments.of(Option.AWS_CONFIG_JSON, REGION_ONLY, REGION_ONLY),
            Arguments.of(Option.AWS_CONFIG_PATH, REGION_ONLY, REGION_ONLY),
            Arguments.of(Option.CONNECTION_TIMEOUT, "500ms", Duration.ofMillis(500)),
            Arguments.of(Option.CONNECTION_TIMEOUT, "500", Duration.ofMillis(500)),
            Arguments.of(Option.ATTEMPT_TIMEOUT, " 2 s ", Duration.ofSeconds(2)),
            Arguments.of(Option.ATTEMPT_TIMEOUT, Duration.ofMillis(1), Duration.ofMillis(1)),
            Arguments.of(Option.CALL_TIMEOUT, "1h", Duration.ofHours(1)),
            Arguments.of(Option.MAX_CONNECTIONS, "1", 1),
            Arguments.of(Option.MAX_CONNECTIONS, "2147483647", Integer.MAX_VALUE),
            Arguments.of(Option.MAX_CONNECTIONS, 64, 64),
            Arguments.of(Option.CLOCK, CLOCK, CLOCK));

    /** Option, given value. */
    static final List<Arguments> BAD = List.of(
            Arguments.of(Option.COMPRESS_FROM, "-1"),
            Arguments.of(Option.FORMAT, ""),
            Arguments.of(Option.FORMAT, "Connect"),
            Arguments.of(Option.FORMAT, "json"),
            Arguments.of(Option.COMPRESS_FROM, "1kb"),
            Arguments.of(Option.COMPRESS_FROM, "4294967296"),
            Arguments.of(Option.TABLE, "ab"),
            Arguments.of(Option.TABLE, ""),
            Arguments.of(Option.TABLE, "a".repeat(256)),
            Arguments.of(Option.TABLE, "my table"),
            Arguments.of(Option.TABLE, "tablé"),
            Arguments.of(Option.TABLE, "a/b/c"),
            Arguments.of(Option.CONSISTENT_READS, ""),
            Arguments.of(Option.CONSISTENT_READS, "yes"),
            Arguments.of(Option.CONSISTENT_READS, "True"),
            Arguments.of(Option.CONSISTENT_READS, "1"),
            Arguments.of(Option.ENDPOINT, ""),
            Arguments.of(Option.ENDPOINT, "localhost:8000"),
            Arguments.of(Option.ENDPOINT, "http:///path"),
            Arguments.of(Option.ENDPOINT, "ftp://localhost"),
            Arguments.of(Option.ENDPOINT, "http://two words"),
            Arguments.of(Option.ENDPOINT, URI.create("ftp://localhost")),
            Arguments.of(Option.ENDPOINT, URI.create("localhost:8000")),
            Arguments.of(Option.REGION, ""),
            Arguments.of(Option.REGION, "  "),
            Arguments.of(Option.ALLOW, List.of("com.acme.User", 7)),
            Arguments.of(Option.TABLE, "{Cache}"),
            Arguments.of(Option.TABLE, "{cache"),
            Arguments.of(Option.TABLE, "my {cache}"),
            Arguments.of(Option.HASH_KEY, ""),
            Arguments.of(Option.HASH_KEY, " "),
            Arguments.of(Option.HASH_KEY, "a".repeat(256)),
            Arguments.of(Option.HASH_KEY, "ключ".repeat(32)),
            Arguments.of(Option.HASH_KEY, "value"),
            Arguments.of(Option.HASH_KEY, "expires"),
            Arguments.of(Option.HASH_KEY, "expiresAt"),
            Arguments.of(Option.HASH_KEY, "etag"),
            Arguments.of(Option.HASH_KEY, "key"),
            Arguments.of(Option.CODEC, ""),
            Arguments.of(Option.CODEC, " "),
            Arguments.of(Option.KEY_CODEC, ""),
            Arguments.of(Option.KEY_CODEC, " "),
            Arguments.of(Option.SECRET_KEYS, "on"),
            Arguments.of(Option.SPECIAL_KEYS, "userId:STRING"),
            Arguments.of(Option.SPECIAL_KEYS, "userId:S:by-user:more"),
            Arguments.of(Option.SPECIAL_KEYS, ":S"),
            Arguments.of(Option.SPECIAL_KEYS, "a".repeat(256)),
            Arguments.of(Option.SPECIAL_KEYS, "expires:N"),
            Arguments.of(Option.SPECIAL_KEYS, "sess"),
            Arguments.of(Option.SPECIAL_KEYS, "admin:BOOL:by-admin"),
            Arguments.of(Option.SPECIAL_KEYS, "userId:S:by"),
            Arguments.of(Option.SPECIAL_KEYS, "userId:S:by user"),
            Arguments.of(Option.SPECIAL_KEYS, "userId,userId:N"),
            Arguments.of(Option.SPECIAL_KEYS, "userId:S:index,level:N:index"),
            Arguments.of(Option.SPECIAL_KEYS, List.of(4711)),
            Arguments.of(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, "yes"),
            Arguments.of(Option.TOUCH_INTERVAL, ""),
            Arguments.of(Option.TOUCH_INTERVAL, "-1s"),
            Arguments.of(Option.TOUCH_INTERVAL, Duration.ofMillis(-1)),
            Arguments.of(Option.TOUCH_INTERVAL, "999999999999999h"),
            Arguments.of(Option.EXPIRY, ""),
            Arguments.of(Option.EXPIRY, "10m"),
            Arguments.of(Option.EXPIRY, ":10m"),
            Arguments.of(Option.EXPIRY, "created"),
            Arguments.of(Option.EXPIRY, "created:"),
            Arguments.of(Option.EXPIRY, "created:0"),
            Arguments.of(Option.EXPIRY, "created:-1s"),
            Arguments.of(Option.EXPIRY, "created:soon"),
            Arguments.of(Option.EXPIRY, "Created:10m"),
            Arguments.of(Option.EXPIRY, "eternal:10m"),
            Arguments.of(Option.EXPIRY, "created:10m:20m"),
            Arguments.of(Option.EXPIRY, "created:999999999999999h"),
            Arguments.of(Option.STATISTICS_ENABLED, "on"),
            Arguments.of(Option.MANAGEMENT_ENABLED, "yes"),
            Arguments.of(Option.ON_STORE_FAILURE, ""),
            Arguments.of(Option.ON_STORE_FAILURE, "Miss"),
            Arguments.of(Option.ON_STORE_FAILURE, "ignore"),
            Arguments.of(Option.MISS_AFTER, "0"),
            Arguments.of(Option.MISS_AFTER, Duration.ofNanos(999_999)),
            Arguments.of(Option.REAP_INTERVAL, "never"),
            Arguments.of(Option.REAP_INTERVAL, "-1"),
            Arguments.of(Option.REAP_INTERVAL, Duration.ofMillis(-1)),
            Arguments.of(Option.CREATE_TABLE, "no"),
            Arguments.of(Option.TIME_TO_LIVE, "off"),
            Arguments.of(Option.INITIALIZED, "0"),
            Arguments.of(Option.READ_CAPACITY_UNITS, ""),
            Arguments.of(Option.READ_CAPACITY_UNITS, "five"),
            Arguments.of(Option.READ_CAPACITY_UNITS, "0"),
            Arguments.of(Option.READ_CAPACITY_UNITS, "-5"),
            Arguments.of(Option.READ_CAPACITY_UNITS, "1.5"),
            Arguments.of(Option.READ_CAPACITY_UNITS, 0L),
            Arguments.of(Option.WRITE_CAPACITY_UNITS, "9223372036854775808"),
            Arguments.of(Option.WRITE_CAPACITY_UNITS, "-1"),
            Arguments.of(Option.WRITE_CAPACITY_UNITS, -1L),
            Arguments.of(Option.PAY_PER_REQUEST, "PAY_PER_REQUEST"),
            Arguments.of(Option.CONNECTION_TIMEOUT, ""),
            Arguments.of(Option.CONNECTION_TIMEOUT, "soon"),
            Arguments.of(Option.CONNECTION_TIMEOUT, "1d"),
            Arguments.of(Option.CONNECTION_TIMEOUT, "1.5s"),
            Arguments.of(Option.CONNECTION_TIMEOUT, "PT2S"),
            Arguments.of(Option.CONNECTION_TIMEOUT, "0"),
            Arguments.of(Option.ATTEMPT_TIMEOUT, "-2s"),
            Arguments.of(Option.ATTEMPT_TIMEOUT, Duration.ZERO),
            Arguments.of(Option.ATTEMPT_TIMEOUT, Duration.ofNanos(999_999)),
            Arguments.of(Option.CALL_TIMEOUT, "999999999999999999h"),
            Arguments.of(Option.CALL_TIMEOUT, "999999999999999h"),
            Arguments.of(Option.CALL_TIMEOUT, "9999999999999999999"),
            Arguments.of(Option.MAX_CONNECTIONS, "many"),
            Arguments.of(Option.MAX_CONNECTIONS, "0"),
            Arguments.of(Option.MAX_CONNECTIONS, "-1"),
            Arguments.of(Option.MAX_CONNECTIONS, "2147483648"),
            Arguments.of(Option.MAX_CONNECTIONS, "4294967297"),
            Arguments.of(Option.MAX_CONNECTIONS, 0),
            Arguments.of(Option.CLIENT, "software.amazon.awssdk.services.dynamodb.DynamoDbClient"),
            Arguments.of(Option.CLOCK, "system"));

    @ParameterizedTest
    @FieldSource("GOOD")
    void parse_goodValue_returnsIt(Option<?> option, Object given, Object expected) {
        assertThat(option.parse(given)).isEqualTo(expected);
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void parse_badValue_namesOptionAndValue(Option<?> option, Object given) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> option.parse(given))
                .withMessageContaining("'" + option.name() + "'")
                .withMessageContaining("'" + given + "'");
    }

    @Test
    void parse_client_returnsTheSame() {
        try (DynamoDbClient client = DynamoDbClient.builder()
                .region(Region.US_EAST_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build()) {
            assertThat(Option.CLIENT.parse(client)).isSameAs(client);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "table, java.lang.String",
        "consistentReads, java.lang.Boolean",
        "endpoint, java.net.URI",
        "allow, java.util.List",
        "client, software.amazon.awssdk.services.dynamodb.DynamoDbClient",
        "hashKey, java.lang.String",
        "touchInterval, java.time.Duration",
        "readCapacityUnits, java.lang.Long",
        "awsConfigPath, dev.tidepool.AwsConfig",
        "awsConfigJson, dev.tidepool.AwsConfig",
        "expiry, javax.cache.configuration.Factory",
        "clock, java.time.InstantSource"
    })
    void parse_objectOfAnotherType_namesOptionAndBothTypes(String name, String type) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> named(name).parse(4711))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining(type)
                .withMessageContaining("java.lang.Integer");
    }

    @Test
    void parse_null_namesOption() {
        assertThatNullPointerException()
                .isThrownBy(() -> Option.TABLE.parse(nothing()))
                .withMessage("table");
    }

    @Test
    void parse_listThatIsChangedLater_keepsWhatWasGiven() {
        List<String> given = new ArrayList<>(List.of("com.acme.User"));

        List<String> parsed = Option.ALLOW.parse(given);
        given.add("com.acme.Other");

        assertThat(parsed).containsExactly("com.acme.User");
    }

    @Test
    void all_eachOption_hasExamplesInThisTest() {
        Set<Object> covered = new HashSet<>(Set.of(Option.CLIENT));
        GOOD.forEach(arguments -> covered.add(arguments.get()[0]));

        assertThat(covered).containsExactlyInAnyOrderElementsOf(Option.all());
    }

    @Test
    void all_eachOptionButThoseThatTakeAnyTextOrHideIt_hasBadExamplesInThisTest() {
        Set<Object> covered = new HashSet<>(Set.of(Option.PREFIX, Option.AWS_CONFIG_PATH, Option.AWS_CONFIG_JSON));
        BAD.forEach(arguments -> covered.add(arguments.get()[0]));

        assertThat(covered).containsExactlyInAnyOrderElementsOf(Option.all());
    }

    @Test
    void unit_optionThatCounts_saysWhat() {
        assertThat(Option.READ_CAPACITY_UNITS.unit()).isEqualTo("units per second");
        assertThat(Option.WRITE_CAPACITY_UNITS.unit()).isEqualTo("units per second");
        assertThat(Option.MAX_CONNECTIONS.unit()).isEqualTo("connections");
        assertThat(Option.TABLE.unit()).isEmpty();
        assertThat(Option.all())
                .filteredOn(option -> option.unit().equals("time"))
                .extracting(Option::name)
                .containsExactlyInAnyOrder(
                        "touchInterval",
                        "reapInterval",
                        "missAfter",
                        "connectionTimeout",
                        "attemptTimeout",
                        "callTimeout");
    }

    @Test
    void all_eachOption_isFoundByItsName() {
        assertThat(Option.all())
                .isNotEmpty()
                .allSatisfy(option -> assertThat(Option.named(option.name())).isSameAs(option));
    }

    @Test
    void all_eachOption_hasNameWithoutDotAndMeaning() {
        assertThat(Option.all()).isNotEmpty().allSatisfy(option -> {
            assertThat(option.name()).matches("[a-z][A-Za-z]+");
            assertThat(option.meaning()).endsWith(".");
            assertThat(option).hasToString(option.name());
        });
    }

    @Test
    void all_caller_cannotChangeIt() {
        int before = Option.all().size();

        assertThat(Option.all()).isUnmodifiable();
        assertThat(Option.all()).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Table", "tidepool.table", "tabel"})
    void named_unknownName_returnsNull(String name) {
        assertThat(Option.named(name)).isNull();
    }

    @Test
    void defaultValue_unsetOption_isTheDocumentedOne() {
        assertThat(Option.TABLE.defaultValue()).isEqualTo("tidepool");
        assertThat(Option.PREFIX.defaultValue()).isNull();
        assertThat(Option.CONSISTENT_READS.defaultValue()).isTrue();
        assertThat(Option.ENDPOINT.defaultValue()).isNull();
        assertThat(Option.REGION.defaultValue()).isNull();
        assertThat(Option.ALLOW.defaultValue()).isEmpty();
        assertThat(Option.CLIENT.defaultValue()).isNull();
        assertThat(Option.HASH_KEY.defaultValue()).isEqualTo("id");
        assertThat(Option.CODEC.defaultValue()).isEqualTo("fst");
        assertThat(Option.KEY_CODEC.defaultValue()).isEqualTo("content");
        assertThat(Option.COMPRESS_FROM.defaultValue()).isEqualTo(1024);
        assertThat(Option.FORMAT.defaultValue()).isEqualTo("native");
        assertThat(Option.SECRET_KEYS.defaultValue()).isFalse();
        assertThat(Option.SPECIAL_KEYS.defaultValue()).isEmpty();
        assertThat(Option.SKIP_THROW_MISSING_SPECIAL_KEYS.defaultValue()).isFalse();
        assertThat(Option.TOUCH_INTERVAL.defaultValue()).isNull();
        assertThat(Option.REAP_INTERVAL.defaultValue()).isNull();
        assertThat(Option.CREATE_TABLE.defaultValue()).isTrue();
        assertThat(Option.TIME_TO_LIVE.defaultValue()).isTrue();
        assertThat(Option.INITIALIZED.defaultValue()).isFalse();
        assertThat(Option.READ_CAPACITY_UNITS.defaultValue()).isNull();
        assertThat(Option.WRITE_CAPACITY_UNITS.defaultValue()).isNull();
        assertThat(Option.PAY_PER_REQUEST.defaultValue()).isNull();
        assertThat(Option.AWS_CONFIG_PATH.defaultValue()).isNull();
        assertThat(Option.AWS_CONFIG_JSON.defaultValue()).isNull();
        assertThat(Option.CONNECTION_TIMEOUT.defaultValue()).isEqualTo(Duration.ofSeconds(2));
        assertThat(Option.ATTEMPT_TIMEOUT.defaultValue()).isEqualTo(Duration.ofSeconds(5));
        assertThat(Option.CALL_TIMEOUT.defaultValue()).isEqualTo(Duration.ofSeconds(20));
        assertThat(Option.MAX_CONNECTIONS.defaultValue()).isEqualTo(256);
        assertThat(Option.CLOCK.defaultValue()).isNotNull();
    }

    private static Option<?> named(String name) {
        return requireNonNull(Option.named(name), name);
    }

    @SuppressWarnings("NullAway") // what a caller without a null check does
    private static Object nothing() {
        return null;
    }
}
