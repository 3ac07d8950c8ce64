package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.codec.KeyCodec;
import java.net.URI;
import java.util.Locale;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The codec of keys as an option, where an application creates caches without a line of code. */
@ExtendWith(DynamoDbLocal.class)
final class KeyCodecOptionIT {
    private final Node node = Node.start();
    private final String table = Node.freshTable();
    private final RawItems items = new RawItems(node.client(), table);

    @AfterEach
    void closeNode() {
        node.close();
    }

    /** Texts that are equal whatever their case. */
    public static final class Insensitive implements KeyCodec<String> {
        @Override
        public String encode(String key) {
            return key.toLowerCase(Locale.ROOT);
        }

        @Override
        public String decode(String text) {
            return text;
        }
    }

    /** Like the other, but for a letter. */
    private static final class Marked implements KeyCodec<String> {
        @Override
        public String encode(String key) {
            return "m/" + key;
        }

        @Override
        public String decode(String text) {
            return text.substring(2);
        }
    }

    /** A codec that no name makes. */
    public static final class WithParameter implements KeyCodec<String> {
        private final String mark;

        public WithParameter(String mark) {
            this.mark = mark;
        }

        @Override
        public String encode(String key) {
            return mark + key;
        }

        @Override
        public String decode(String text) {
            return text.substring(mark.length());
        }
    }

    @Test
    void keyCodec_nameOfClassForOneCache_namesItsItems() {
        CacheManager manager = manager("tidepool.cache.users.keyCodec", Insensitive.class.getName());
        Cache<String, String> users = manager.createCache("users", standard());
        Cache<String, String> orders = manager.createCache("orders", standard());

        users.put("Ann", "value");
        orders.put("Ann", "value");

        assertThat(users.get("ANN")).isEqualTo("value");
        assertThat(users.iterator().next().getKey()).isEqualTo("ann");
        assertThat(items.contains("users:ann")).isTrue();
        assertThat(items.contains("orders:Ann")).isTrue();
    }

    @Test
    void keyCodec_contentForOneCache_winsOverThatOfAll() {
        CacheManager manager =
                manager("tidepool.keyCodec", Insensitive.class.getName(), "tidepool.cache.users.keyCodec", " content ");

        manager.createCache("users", standard()).put("Ann", "value");
        manager.createCache("orders", standard()).put("Ann", "value");

        assertThat(items.contains("users:Ann")).isTrue();
        assertThat(items.contains("orders:ann")).isTrue();
    }

    @Test
    void keyCodec_instanceOfBuilder_winsOverName() {
        CacheManager manager = manager("tidepool.keyCodec", Insensitive.class.getName());

        manager.createCache("users", builder().keyCodec(new Marked()).build()).put("Ann", "value");

        assertThat(items.contains("users:m/Ann")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "com.acme.NoSuchCodec, no class of that name (the library has content)",
        "Content, no class of that name",
        "java.lang.String, does not implement dev.tidepool.codec.KeyCodec",
        "dev.tidepool.codec.KeyCodec, no instance",
        "dev.tidepool.cache.KeyCodecOptionIT$WithParameter, no instance",
        "dev.tidepool.cache.KeyCodecOptionIT$Marked, no instance"
    })
    void keyCodec_nameOfNone_namesOptionAndValue(String name, String why) {
        CacheManager manager = manager("tidepool.keyCodec", name);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> manager.createCache("users", standard()))
                .withMessageContaining("'keyCodec'")
                .withMessageContaining("'" + name + "'")
                .withMessageContaining(why);
        assertThat(manager.getCacheNames()).isEmpty();
    }

    @Test
    void put_keyWithoutText_saysWhichOptionNamesItsCodec() {
        Cache<Object, String> cache = node.cache(
                "users",
                DynamoDbConfiguration.builder(Object.class, String.class).table(table));

        assertThatThrownBy(() -> cache.put(new Object(), "value"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("option keyCodec, or DynamoDbConfiguration.Builder.keyCodec");
    }

    private CacheManager manager(String... options) {
        Properties properties = new Properties();
        properties.put("tidepool.client", node.client());
        properties.put("tidepool.clock", node.clock());
        properties.put("tidepool.table", table);
        for (int i = 0; i < options.length; i += 2) {
            properties.put(options[i], options[i + 1]);
        }
        return node.provider().getCacheManager(URI.create("keys"), KeyCodecOptionIT.class.getClassLoader(), properties);
    }

    private static MutableConfiguration<String, String> standard() {
        return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
    }

    private static DynamoDbConfiguration.Builder<String, String> builder() {
        return DynamoDbConfiguration.builder(String.class, String.class);
    }
}
