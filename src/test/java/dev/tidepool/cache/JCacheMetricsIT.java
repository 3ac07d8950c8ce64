package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.cache.JCacheMetrics;
import io.micrometer.core.instrument.config.InvalidConfigurationException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.management.MBeanServerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Micrometer's own metrics of JCache read of our caches; they find the MXBeans by names of their making. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class JCacheMetricsIT {
    private final String table = Node.freshTable();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
    private final Node node = Node.start();

    @AfterEach
    void close() {
        provider.close();
        node.close();
    }

    private CacheManager manager(@Nullable String uri, @Nullable ClassLoader loader) {
        Properties properties = new Properties();
        properties.put("tidepool.client", node.client());
        return provider.getCacheManager(uri == null ? null : URI.create(uri), loader, properties);
    }

    private Cache<String, String> cache(CacheManager manager, String name) {
        return manager.createCache(
                name,
                DynamoDbConfiguration.builder(String.class, String.class)
                        .table(table)
                        .statisticsEnabled(true)
                        .build());
    }

    private void use(Cache<String, String> cache) {
        cache.put("ann", "Ann");
        cache.put("bob", "Bob");
        cache.get("ann");
        cache.get("ann");
        cache.get("ann");
        cache.get("eve");
        cache.remove("bob");
    }

    /** Hits, misses, puts, removals. */
    private String figures() {
        return (long) registry.get("cache.gets")
                        .tag("result", "hit")
                        .functionCounter()
                        .count()
                + " hits, "
                + (long) registry.get("cache.gets")
                        .tag("result", "miss")
                        .functionCounter()
                        .count()
                + " misses, "
                + (long) registry.get("cache.puts").functionCounter().count()
                + " puts, "
                + (long) registry.get("cache.removals").gauge().value()
                + " removals";
    }

    private void assertFound(Cache<String, String> cache) {
        JCacheMetrics.monitor(registry, cache, Tags.empty());

        use(cache);

        assertThat(figures()).isEqualTo("3 hits, 1 misses, 2 puts, 1 removals");
    }

    @Test
    void figures_defaultManager_areThoseOfCache() {
        assertFound(cache(manager(null, null), table));
    }

    @ParameterizedTest
    @ValueSource(strings = {"urn:acme:shop", "acme-shop", "http://acme.example/shop;v1#caches", "acme%20shop"})
    void figures_managerOfUri_areThoseOfCache(String uri) {
        assertFound(cache(manager(uri, null), table));
    }

    @Test
    void figures_managerOfFile_areThoseOfCache(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("caches.properties");
        Files.writeString(file, "tidepool.consistentReads=true\n", StandardCharsets.ISO_8859_1);

        assertFound(cache(manager(file.toUri().toString(), null), table));
    }

    @Test
    void figures_managerOfFileOnClassPath_areThoseOfCache(@TempDir Path folder) throws IOException {
        Files.writeString(
                folder.resolve("caches.properties"), "tidepool.consistentReads=true\n", StandardCharsets.ISO_8859_1);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, JCacheMetricsIT.class.getClassLoader())) {
            assertFound(cache(manager("classpath:caches.properties", loader), table));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"com.acme.Price", "Price#tags", "two words", "a/b", "a;b", "ä€", "a'b", "a\\b", "{a}"})
    void figures_nameOfCache_areThoseOfCache(String name) {
        assertFound(cache(manager(null, null), table + name));
    }

    /** JCache has these replaced with periods, and Micrometer does not replace them: JMX takes no such name. */
    @ParameterizedTest
    @ValueSource(strings = {"a:b", "a=b", "a\"b", "a\nb", "a,b"})
    void monitor_nameOfCacheThatJmxDoesNotTake_isRefusedByMicrometer(String name) {
        Cache<String, String> cache = cache(manager(null, null), table + name);

        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> JCacheMetrics.monitor(registry, cache, Tags.empty()))
                .withMessageContaining("results in an invalid JMX name");
    }

    /** JMX takes them for a pattern, or for one more property of the name; and then there is no such bean. */
    @ParameterizedTest
    @ValueSource(strings = {"a*b", "a?b", "a,b=c"})
    void figures_nameOfCacheThatJmxTakesForAnother_areZero(String name) {
        Cache<String, String> cache = cache(manager(null, null), table + name);
        JCacheMetrics.monitor(registry, cache, Tags.empty());

        use(cache);

        assertThat(figures()).isEqualTo("0 hits, 0 misses, 0 puts, 0 removals");
        assertThat(Beans.statistics(table + name.replaceAll("[*?,=]", ".")).getCacheHits())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"urn:acme?a=b", "urn:acme,b", "urn:acme=b"})
    void monitor_uriThatJmxDoesNotTake_isRefusedByMicrometer(String uri) {
        Cache<String, String> cache = cache(manager(uri, null), table);

        assertThatExceptionOfType(InvalidConfigurationException.class)
                .isThrownBy(() -> JCacheMetrics.monitor(registry, cache, Tags.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"urn:acme*", "urn:acme?a", "urn:acme,a=b"})
    void figures_uriThatJmxTakesForAnother_areZero(String uri) {
        Cache<String, String> cache = cache(manager(uri, null), table);
        JCacheMetrics.monitor(registry, cache, Tags.empty());

        use(cache);

        assertThat(figures()).isEqualTo("0 hits, 0 misses, 0 puts, 0 removals");
    }

    /** The MBean server is the JVM's, and others make it too: only a JVM of its own shows whether we do. */
    @Test
    void bothSwitchesOff_cacheUsedAndClosed_neverAsksForAnMBeanServer() throws Exception {
        assertThat(inOwnJvm(false)).isEqualTo("0 while open, 0 after");
        assertThat(inOwnJvm(true)).as("the measure").isEqualTo("1 while open, 1 after");
    }

    private String inOwnJvm(boolean statistics) throws Exception {
        return OtherJvm.run(
                InOwnJvm.class, List.of(), DynamoDbLocal.endpoint().toString(), table, String.valueOf(statistics));
    }

    /** The program of another JVM: uses a cache, and says how many MBean servers there are. */
    static final class InOwnJvm {
        private InOwnJvm() {}

        public static void main(String[] arguments) {
            try (CacheManager manager = new DynamoDbCachingProvider().getCacheManager()) {
                Cache<String, String> cache = manager.createCache(
                        "prices",
                        DynamoDbConfiguration.builder(String.class, String.class)
                                .set(Option.ENDPOINT, URI.create(arguments[0]))
                                .set(Option.REGION, "us-east-1")
                                .table(arguments[1])
                                .statisticsEnabled(Boolean.parseBoolean(arguments[2]))
                                .build());
                cache.put("tea", "1.20");
                cache.get("tea");
                System.out.print(servers() + " while open, ");
            }
            System.out.print(servers() + " after");
        }

        private static int servers() {
            return MBeanServerFactory.findMBeanServer(null).size();
        }
    }
}
