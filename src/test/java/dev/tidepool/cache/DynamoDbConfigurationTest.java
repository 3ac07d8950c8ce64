package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.AwsConfig;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.JdkCodec;
import dev.tidepool.codec.KeyCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DynamoDbConfigurationTest {
    private static final Factory<ExpiryPolicy> HOUR = CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR);
    private static final Codec CODEC =
            new JdkCodec(DynamoDbConfigurationTest.class.getClassLoader(), AllowList.of(List.of()));
    private static final AwsConfig SECRET = new AwsConfig("AKIAHIDDEN", "hush", "hush-token", null, null);

    /** Name, a change of a configuration. */
    static final List<Arguments> CHANGES = List.of(
            change("table", builder -> builder.table("orders")),
            change("prefix", builder -> builder.prefix("orders:")),
            change("consistentReads", builder -> builder.set(Option.CONSISTENT_READS, false)),
            change("endpoint", builder -> builder.set(Option.ENDPOINT, URI.create("http://localhost:8000"))),
            change("region", builder -> builder.set(Option.REGION, "eu-central-1")),
            change("allow", builder -> builder.allow("com.acme.User")),
            change("clock", builder -> builder.set(Option.CLOCK, new SteeredClock())),
            change("hashKey", builder -> builder.set(Option.HASH_KEY, "pk")),
            change("codecName", builder -> builder.set(Option.CODEC, "com.acme.UserCodec")),
            change("keyCodecName", builder -> builder.set(Option.KEY_CODEC, "com.acme.NameCodec")),
            change("codec", builder -> builder.codec(CODEC)),
            change("secretKeys", builder -> builder.set(Option.SECRET_KEYS, true)),
            change("specialKeys", builder -> builder.specialKeys("userId")),
            change("skipThrowMissingSpecialKeys", builder -> builder.set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, true)),
            change("touchInterval", builder -> builder.set(Option.TOUCH_INTERVAL, java.time.Duration.ofSeconds(30))),
            change("reapInterval", builder -> builder.set(Option.REAP_INTERVAL, java.time.Duration.ofMinutes(10))),
            change("onStoreFailure", builder -> builder.set(Option.ON_STORE_FAILURE, "miss")),
            change("missAfter", builder -> builder.set(Option.MISS_AFTER, java.time.Duration.ofMillis(250))),
            change("createTable", builder -> builder.set(Option.CREATE_TABLE, false)),
            change("timeToLive", builder -> builder.set(Option.TIME_TO_LIVE, false)),
            change("initialized", builder -> builder.set(Option.INITIALIZED, true)),
            change("readCapacityUnits", builder -> builder.set(Option.READ_CAPACITY_UNITS, 7L)),
            change("writeCapacityUnits", builder -> builder.set(Option.WRITE_CAPACITY_UNITS, 7L)),
            change("payPerRequest", builder -> builder.set(Option.PAY_PER_REQUEST, true)),
            change("awsConfig", builder -> builder.set(Option.AWS_CONFIG_JSON, SECRET)),
            change(
                    "connectionTimeout",
                    builder -> builder.set(Option.CONNECTION_TIMEOUT, java.time.Duration.ofSeconds(1))),
            change("attemptTimeout", builder -> builder.set(Option.ATTEMPT_TIMEOUT, java.time.Duration.ofSeconds(1))),
            change("callTimeout", builder -> builder.set(Option.CALL_TIMEOUT, java.time.Duration.ofSeconds(1))),
            change("maxConnections", builder -> builder.set(Option.MAX_CONNECTIONS, 7)),
            change("keyCodec", builder -> builder.keyCodec(new PlainKeys())),
            change("expiryPolicy", builder -> builder.expiryPolicy(HOUR)),
            change("expiry", builder -> builder.expiryPolicy(Option.EXPIRY.parse("modified:1h"))),
            change("listener", builder -> builder.listener(listener())),
            change("statisticsEnabled", builder -> builder.statisticsEnabled(true)),
            change("managementEnabled", builder -> builder.managementEnabled(true)));

    private static Arguments change(String name, UnaryOperator<DynamoDbConfiguration.Builder<String, String>> change) {
        return Arguments.argumentSet(name, change);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ab", "my table", ""})
    void table_badName_isRefusedAtOnce(String table) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().table(table))
                .withMessageContaining("'table'")
                .withMessageContaining("'" + table + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://localhost", "localhost:8000", "/path"})
    void endpoint_noHttpUrl_isRefusedAtOnce(String endpoint) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().set(Option.ENDPOINT, URI.create(endpoint)))
                .withMessageContaining("'endpoint'")
                .withMessageContaining("'" + endpoint + "'");
    }

    @Test
    void region_empty_isRefusedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().set(Option.REGION, " "))
                .withMessageContaining("'region'");
    }

    /** Option, a setting of it that is refused, the value that the message shows. */
    static final List<Arguments> BAD = List.of(
            bad("hashKey", builder -> builder.set(Option.HASH_KEY, "expiresAt"), "expiresAt"),
            bad("hashKey", builder -> builder.set(Option.HASH_KEY, ""), ""),
            bad("codec", builder -> builder.set(Option.CODEC, " "), " "),
            bad("keyCodec", builder -> builder.set(Option.KEY_CODEC, ""), ""),
            bad(
                    "touchInterval",
                    builder -> builder.set(Option.TOUCH_INTERVAL, java.time.Duration.ofMillis(-1)),
                    "PT-0.001S"),
            bad(
                    "reapInterval",
                    builder -> builder.set(Option.REAP_INTERVAL, java.time.Duration.ofMillis(-1)),
                    "PT-0.001S"),
            bad("expiry", builder -> builder.expiryPolicy(Option.EXPIRY.parse("1h")), "1h"),
            bad("onStoreFailure", builder -> builder.set(Option.ON_STORE_FAILURE, "ignore"), "ignore"),
            bad("missAfter", builder -> builder.set(Option.MISS_AFTER, java.time.Duration.ZERO), "PT0S"),
            bad("readCapacityUnits", builder -> builder.set(Option.READ_CAPACITY_UNITS, 0L), "0"),
            bad("readCapacityUnits", builder -> builder.set(Option.READ_CAPACITY_UNITS, -1L), "-1"),
            bad("writeCapacityUnits", builder -> builder.set(Option.WRITE_CAPACITY_UNITS, 0L), "0"),
            bad("writeCapacityUnits", builder -> builder.set(Option.WRITE_CAPACITY_UNITS, -1L), "-1"),
            bad(
                    "connectionTimeout",
                    builder -> builder.set(Option.CONNECTION_TIMEOUT, java.time.Duration.ZERO),
                    "PT0S"),
            bad("attemptTimeout", builder -> builder.set(Option.ATTEMPT_TIMEOUT, java.time.Duration.ZERO), "PT0S"),
            bad("callTimeout", builder -> builder.set(Option.CALL_TIMEOUT, java.time.Duration.ofSeconds(-1)), "PT-1S"),
            bad("maxConnections", builder -> builder.set(Option.MAX_CONNECTIONS, 0), "0"));

    private static Arguments bad(
            String option, Consumer<DynamoDbConfiguration.Builder<String, String>> setting, String value) {
        return Arguments.argumentSet(option + " '" + value + "'", option, setting, value);
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void setters_badValue_namesOptionAndValueAtOnce(
            String option, Consumer<DynamoDbConfiguration.Builder<String, String>> setting, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setting.accept(users()))
                .withMessageContaining("'" + option + "'")
                .withMessageContaining("'" + value + "'");
    }

    @Test
    void setters_optionsThatExcludeEachOther_areRefusedAtOnce(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("aws.json"), "{\"region\": \"eu-central-1\"}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().set(Option.AWS_CONFIG_JSON, SECRET)
                        .set(Option.AWS_CONFIG_PATH, Option.AWS_CONFIG_PATH.parse(file.toString())))
                .withMessageContaining("'awsConfigJson'")
                .withMessageContaining("'awsConfigPath'")
                .withMessageNotContaining("hush");
    }

    @Test
    void awsConfigPath_file_isReadAtOnce(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("aws.json"), "{\"region\": \"eu-central-1\"}");

        DynamoDbConfiguration<String, String> configuration = users().set(
                        Option.AWS_CONFIG_PATH, Option.AWS_CONFIG_PATH.parse(file.toString()))
                .build();
        Files.delete(file);

        assertThat(configuration.settings().awsConfig())
                .isEqualTo(new AwsConfig(null, null, null, "eu-central-1", null));
    }

    @Test
    void set_optionOfJsr107_isSeenBeforeThereIsACache() {
        DynamoDbConfiguration<String, String> configuration = users().set(Option.STATISTICS_ENABLED, true)
                .set(Option.MANAGEMENT_ENABLED, true)
                .build();

        assertThat(configuration.isStatisticsEnabled()).isTrue();
        assertThat(configuration.isManagementEnabled()).isTrue();
    }

    @Test
    void codec_nameAfterInstance_takesItsPlace() {
        DynamoDbConfiguration<String, String> configuration =
                users().codec(CODEC).set(Option.CODEC, "com.acme.UserCodec").build();

        assertThat(configuration.codec()).isNull();
        assertThat(configuration.settings().get(Option.CODEC)).isEqualTo("com.acme.UserCodec");
    }

    @Test
    void codec_instanceAfterName_winsOverIt() {
        assertThat(users().set(Option.CODEC, "com.acme.UserCodec")
                        .codec(CODEC)
                        .build()
                        .codec())
                .isSameAs(CODEC);
    }

    @Test
    void keyCodec_nameAfterInstance_takesItsPlace() {
        DynamoDbConfiguration<String, String> configuration = users().keyCodec(new PlainKeys())
                .set(Option.KEY_CODEC, "com.acme.NameCodec")
                .build();

        assertThat(configuration.keyCodec()).isNull();
        assertThat(configuration.settings().get(Option.KEY_CODEC)).isEqualTo("com.acme.NameCodec");
    }

    @Test
    void allow_calledAgainAndSetElsewhere_addsToTheList() {
        Settings elsewhere = Settings.none().with(Option.ALLOW, "com.acme.Order");

        DynamoDbConfiguration<String, String> configuration = users().unlessSet(Option.ALLOW, "com.acme.Size")
                .allow("com.acme.User")
                .allow("com.acme.Item")
                .build();

        assertThat(configuration.settings().get(Option.ALLOW)).containsExactly("com.acme.User", "com.acme.Item");
        assertThat(configuration.resolvedBy(elsewhere).settings().get(Option.ALLOW))
                .containsExactly("com.acme.Size", "com.acme.Order", "com.acme.User", "com.acme.Item");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "**", "com.acme.User*", "com acme", ""})
    void allow_noPattern_isRefusedAtOnce(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().allow("com.acme.User", pattern))
                .withMessageContaining("allow")
                .withMessageContaining("'" + pattern + "'");
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without a null check does
    void setters_null_areRefusedAtOnce() {
        List<Consumer<DynamoDbConfiguration.Builder<String, String>>> setters = List.of(
                builder -> builder.table(null),
                builder -> builder.prefix(null),
                builder -> builder.set(Option.ENDPOINT, null),
                builder -> builder.set(Option.REGION, null),
                builder -> builder.set(Option.CLIENT, null),
                builder -> builder.set(Option.CLOCK, null),
                builder -> builder.set(Option.HASH_KEY, null),
                builder -> builder.set(Option.AWS_CONFIG_PATH, null),
                builder -> builder.set(Option.AWS_CONFIG_JSON, null),
                builder -> builder.set(Option.TOUCH_INTERVAL, null),
                builder -> builder.set(Option.REAP_INTERVAL, null),
                builder -> builder.set(Option.CONNECTION_TIMEOUT, null),
                builder -> builder.set(Option.ATTEMPT_TIMEOUT, null),
                builder -> builder.set(Option.CALL_TIMEOUT, null),
                builder -> builder.set(Option.CODEC, null),
                builder -> builder.set(Option.KEY_CODEC, null),
                builder -> builder.codec((Codec) null),
                builder -> builder.keyCodec(null),
                builder -> builder.expiryPolicy(null),
                builder -> builder.readThrough(null),
                builder -> builder.writeThrough(null),
                builder -> builder.listener(null));

        assertThat(setters)
                .allSatisfy(setter -> assertThatNullPointerException().isThrownBy(() -> setter.accept(users())));
    }

    @Test
    void listener_addedTwice_isRefused() {
        CacheEntryListenerConfiguration<String, String> listener = listener();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().listener(listener).listener(listener));
    }

    @Test
    void build_nothingSet_hasDefaultsOfStandard() {
        DynamoDbConfiguration<String, String> configuration = users().build();

        assertThat(configuration.getKeyType()).isEqualTo(String.class);
        assertThat(configuration.getValueType()).isEqualTo(String.class);
        assertThat(configuration.isStoreByValue()).isTrue();
        assertThat(configuration.isReadThrough()).isFalse();
        assertThat(configuration.isWriteThrough()).isFalse();
        assertThat(configuration.isStatisticsEnabled()).isFalse();
        assertThat(configuration.isManagementEnabled()).isFalse();
        assertThat(configuration.getExpiryPolicyFactory()).isEqualTo(EternalExpiryPolicy.factoryOf());
        assertThat(configuration.getCacheEntryListenerConfigurations()).isEmpty();
        assertThat(configuration.getCacheLoaderFactory()).isNull();
        assertThat(configuration.getCacheWriterFactory()).isNull();
        assertThat(configuration.keyCodec()).isNull();
        assertThat(configuration.codec()).isNull();
        assertThat(configuration.settings()).isEqualTo(Settings.none());
        assertThat(configuration.settings().find(Option.PREFIX)).isNull();
    }

    @ParameterizedTest
    @FieldSource("CHANGES")
    void build_builderChangedLater_doesNotChange(UnaryOperator<DynamoDbConfiguration.Builder<String, String>> change) {
        DynamoDbConfiguration.Builder<String, String> builder = users();
        DynamoDbConfiguration<String, String> before = builder.build();

        DynamoDbConfiguration<String, String> after = change.apply(builder).build();

        assertThat(before).isEqualTo(users().build());
        assertThat(after).isNotEqualTo(before);
    }

    @ParameterizedTest
    @FieldSource("CHANGES")
    void builder_ofConfiguration_takesAllOver(UnaryOperator<DynamoDbConfiguration.Builder<String, String>> change) {
        DynamoDbConfiguration<String, String> original = change.apply(users()).build();

        DynamoDbConfiguration<String, String> copy =
                DynamoDbConfiguration.builder(original).build();

        assertThat(copy).isEqualTo(original).hasSameHashCodeAs(original);
    }

    @Test
    void builder_ofMutableConfigurationChangedLater_doesNotChange() {
        MutableConfiguration<String, String> mutable = new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .setExpiryPolicyFactory(HOUR)
                .setStatisticsEnabled(true)
                .addCacheEntryListenerConfiguration(listener());
        DynamoDbConfiguration<String, String> configuration =
                DynamoDbConfiguration.builder(mutable).build();

        mutable.setExpiryPolicyFactory(EternalExpiryPolicy.factoryOf())
                .setStatisticsEnabled(false)
                .addCacheEntryListenerConfiguration(listener());

        assertThat(configuration.getExpiryPolicyFactory()).isEqualTo(HOUR);
        assertThat(configuration.isStatisticsEnabled()).isTrue();
        assertThat(configuration.getCacheEntryListenerConfigurations()).hasSize(1);
    }

    @Test
    void builder_ofMinimalConfiguration_takesTypes() {
        DynamoDbConfiguration<String, Integer> configuration =
                DynamoDbConfiguration.builder(new Minimal()).build();

        assertThat(configuration.getKeyType()).isEqualTo(String.class);
        assertThat(configuration.getValueType()).isEqualTo(Integer.class);
        assertThat(configuration.isStoreByValue()).isFalse();
    }

    @Test
    void getCacheEntryListenerConfigurations_caller_cannotChangeThem() {
        DynamoDbConfiguration<String, String> configuration =
                users().listener(listener()).build();

        assertThatThrownBy(() -> configuration
                        .getCacheEntryListenerConfigurations()
                        .iterator()
                        .remove())
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void equals_sameContent_isTrue() {
        DynamoDbConfiguration<String, String> one =
                users().table("orders").expiryPolicy(HOUR).build();
        DynamoDbConfiguration<String, String> other =
                users().expiryPolicy(HOUR).table("orders").build();

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    }

    @Test
    void equals_otherTypesOrAnotherClass_isFalse() {
        assertThat(users().build())
                .isNotEqualTo(DynamoDbConfiguration.builder(String.class, Integer.class)
                        .build())
                .isNotEqualTo(new MutableConfiguration<String, String>().setTypes(String.class, String.class));
    }

    @Test
    void toString_anyConfiguration_showsTypesAndOptionsAndNoValue() {
        assertThat(users().table("orders")
                        .prefix("secret")
                        .set(Option.ENDPOINT, URI.create("http://hidden:8000"))
                        .allow("com.acme.User")
                        .set(Option.AWS_CONFIG_JSON, SECRET)
                        .build())
                .asString()
                .contains("java.lang.String", "table", "prefix", "endpoint", "allow", "awsConfigJson")
                .doesNotContain("orders", "secret", "hidden", "acme", "AKIAHIDDEN", "hush");
    }

    @Test
    void writeObject_anyConfiguration_isRefused() throws IOException {
        try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
            assertThatThrownBy(() -> out.writeObject(users().build()))
                    .isInstanceOf(NotSerializableException.class)
                    .hasMessage(DynamoDbConfiguration.class.getName());
        }
    }

    private static DynamoDbConfiguration.Builder<String, String> users() {
        return DynamoDbConfiguration.builder(String.class, String.class);
    }

    private static CacheEntryListenerConfiguration<String, String> listener() {
        CacheEntryCreatedListener<String, String> listener = events -> {};
        return new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true);
    }

    private record PlainKeys() implements KeyCodec<String> {
        @Override
        public String encode(String key) {
            return key;
        }

        @Override
        public String decode(String text) {
            return text;
        }
    }

    /** The least that JSR-107 asks of a configuration. */
    private static final class Minimal implements Configuration<String, Integer> {
        private static final long serialVersionUID = 1L;

        @Override
        public Class<String> getKeyType() {
            return String.class;
        }

        @Override
        public Class<Integer> getValueType() {
            return Integer.class;
        }

        @Override
        public boolean isStoreByValue() {
            return false;
        }
    }
}
