package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.net.URI;
import java.sql.Timestamp;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which class loader finds the classes of keys and values, where there are several that could. */
@ExtendWith(DynamoDbLocal.class)
final class LoadersIT {
    private static final ClassLoader LIBRARY = LoadersIT.class.getClassLoader();
    private static final String ALLOWED = LoadersIT.class.getPackageName() + ".*";

    private final Node node = Node.start();
    private final String table = Node.freshTable();

    @AfterEach
    void closeNode() {
        node.close();
    }

    static Stream<Arguments> layouts() {
        return Stream.of("fst", "jdk")
                .flatMap(codec -> Stream.of("keys and values", "keys", "values", "values for texts")
                        .flatMap(declared -> Stream.of(true, false).map(copy -> Arguments.of(codec, declared, copy))));
    }

    /** The manager's loader is the library's, which has the application's classes a second time, or lacks them. */
    @ParameterizedTest(name = "{0}, {1} declared, a copy in the parent: {2}")
    @MethodSource("layouts")
    void declaredTypes_ofLoaderThatManagerDoesNotKnow_areReadByIt(String codec, String declared, boolean copy)
            throws Exception {
        ClassLoader application = new CopyingLoader(LIBRARY, Wares.class);
        CacheManager manager = manager(copy ? LIBRARY : CopyingLoader.without(Wares.class));

        Object sold = application
                .loadClass(Wares.class.getName())
                .getMethod("sell", CacheManager.class, String.class, String.class, String.class)
                .invoke(null, manager, table, codec, declared);

        assertThat(sold).isEqualTo("net true true");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void declaredType_ofParentOfManagersLoader_doesNotHideTheChild(String codec) throws Exception {
        CopyingLoader application = new CopyingLoader(LIBRARY, Wares.Item.class);
        Cache<String, Wares.Priced> cache = manager(application)
                .createCache(
                        "items",
                        configuration(String.class, Wares.Priced.class, codec).build());
        Wares.Priced item = (Wares.Priced) itemOf(application);

        cache.put("net", item);

        assertThat(cache.get("net")).isEqualTo(item).hasSameClassAs(item);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void declaredType_ofJdk_leavesManagersLoader(String codec) throws Exception {
        CopyingLoader application = new CopyingLoader(LIBRARY, Wares.class);
        Cache<String, Object> cache = manager(application)
                .createCache(
                        "items",
                        configuration(String.class, objects(List.class), codec).build());
        Object item = itemOf(application);

        cache.put("nets", List.of(item));

        assertThat(cache.get("nets")).isEqualTo(List.of(item));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void otherType_whoseLoaderDoesNotFindTheType_leavesManagersLoader(String codec) throws Exception {
        ClassLoader ofKeys = new CopyingLoader(CopyingLoader.without(Wares.Item.class), Wares.Id.class);
        Object id = idOf(ofKeys);
        Cache<Object, Wares.Item> cache = manager(LIBRARY)
                .createCache(
                        "items",
                        configuration(objects(id.getClass()), Wares.Item.class, codec)
                                .build());
        Wares.Item item = new Wares.Item("net", Wares.Size.SMALL);

        cache.put(id, item);

        assertThat(cache.get(id)).isEqualTo(item);
        assertThat(cache.iterator().next().getKey()).isEqualTo(id);
    }

    @Test
    void otherType_ofPlatform_leavesManagersLoader() throws Exception {
        CopyingLoader application = new CopyingLoader(null, Wares.class);
        Cache<Object, Timestamp> cache = manager(application)
                .createCache(
                        "items",
                        configuration(Object.class, Timestamp.class, "fst").build());

        assertThat(cache.containsKey(idOf(application))).isFalse();
    }

    private CacheManager manager(ClassLoader loader) {
        Properties properties = new Properties();
        properties.put("tidepool.client", node.client());
        properties.put("tidepool.clock", node.clock());
        return node.provider().getCacheManager(URI.create("loaders"), loader, properties);
    }

    private <K, V> DynamoDbConfiguration.Builder<K, V> configuration(Class<K> keys, Class<V> values, String codec) {
        return DynamoDbConfiguration.builder(keys, values)
                .table(table)
                .allow(ALLOWED)
                .set(Option.CODEC, codec);
    }

    @SuppressWarnings("unchecked") // a class that the compiler does not know, or whose type arguments it would miss
    private static Class<Object> objects(Class<?> type) {
        return (Class<Object>) type;
    }

    private static Object idOf(ClassLoader loader) throws ReflectiveOperationException {
        return loader.loadClass(Wares.Id.class.getName())
                .getConstructor(int.class)
                .newInstance(7);
    }

    private static Object itemOf(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> sizes = loader.loadClass(Wares.Size.class.getName());
        return loader.loadClass(Wares.Item.class.getName())
                .getConstructor(String.class, sizes)
                .newInstance("net", sizes.getEnumConstants()[1]);
    }
}
