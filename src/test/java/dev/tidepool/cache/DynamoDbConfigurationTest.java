package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.Option;
import dev.tidepool.codec.KeyCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.net.URI;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DynamoDbConfigurationTest {
    private static final Factory<ExpiryPolicy> HOUR = CreatedExpiryPolicy.factoryOf(Duration.ONE_HOUR);

    /** Name, a change of a configuration. */
    static final List<Arguments> CHANGES = List.of(
            change("table", builder -> builder.table("orders")),
            change("prefix", builder -> builder.prefix("orders:")),
            change("consistentReads", builder -> builder.consistentReads(false)),
            change("endpoint", builder -> builder.endpoint(URI.create("http://localhost:8000"))),
            change("region", builder -> builder.region("eu-central-1")),
            change("allow", builder -> builder.allow("com.acme.User")),
            change("clock", builder -> builder.clock(new SteeredClock())),
            change("keyCodec", builder -> builder.keyCodec(new PlainKeys())),
            change("expiryPolicy", builder -> builder.expiryPolicy(HOUR)),
            change("listener", builder -> builder.listener(listener())),
            change("statistics", builder -> builder.statistics(true)),
            change("management", builder -> builder.management(true)));

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
                .isThrownBy(() -> users().endpoint(URI.create(endpoint)))
                .withMessageContaining("'endpoint'")
                .withMessageContaining("'" + endpoint + "'");
    }

    @Test
    void region_empty_isRefusedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> users().region(" "))
                .withMessageContaining("'region'");
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
                builder -> builder.endpoint(null),
                builder -> builder.region(null),
                builder -> builder.client(null),
                builder -> builder.clock(null),
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
                        .endpoint(URI.create("http://hidden:8000"))
                        .allow("com.acme.User")
                        .build())
                .asString()
                .contains("java.lang.String", "table", "prefix", "endpoint", "allow")
                .doesNotContain("orders", "secret", "hidden", "acme");
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
