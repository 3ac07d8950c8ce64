package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(DynamoDbLocal.class)
final class CacheBeansIT {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    /** The MBean server belongs to all tests, so the cache's name is one that no other has. */
    private final String name = Node.freshTable();

    @Test
    void createCache_bothOff_registersNothing() throws JMException {
        try (Node node = Node.start()) {
            node.cache(name, configuration());

            assertThat(types()).isEmpty();
        }
    }

    @Test
    void createCache_bothOn_registersUnderNamesOfStandard() throws JMException {
        try (Node node = Node.start()) {
            node.cache(name, configuration().statisticsEnabled(true).managementEnabled(true));

            assertThat(types()).containsExactlyInAnyOrder("CacheStatistics", "CacheConfiguration");
            assertThat(SERVER.getAttribute(bean("CacheConfiguration", "tidepool", name), "KeyType"))
                    .isEqualTo("java.lang.String");
        }
    }

    @Test
    void statistics_operations_areCounted() throws JMException {
        try (Node node = Node.start()) {
            Cache<String, String> cache = node.cache(name, configuration().statisticsEnabled(true));
            cache.put("ann", "Ann");
            cache.get("ann");
            cache.get("bob");

            ObjectName bean = bean("CacheStatistics", "tidepool", name);
            assertThat(SERVER.getAttribute(bean, "CachePuts")).isEqualTo(1L);
            assertThat(SERVER.getAttribute(bean, "CacheHits")).isEqualTo(1L);
            assertThat(SERVER.getAttribute(bean, "CacheMisses")).isEqualTo(1L);
        }
    }

    @Test
    void enable_switchedOnAndOffAgain_registersAndUnregisters() throws JMException {
        try (Node node = Node.start()) {
            node.cache(name, configuration());

            node.manager().enableStatistics(name, true);
            node.manager().enableStatistics(name, true);
            assertThat(types()).containsExactly("CacheStatistics");

            node.manager().enableStatistics(name, false);
            node.manager().enableStatistics(name, false);
            assertThat(types()).isEmpty();
        }
    }

    @Test
    void close_cacheWithBeans_unregistersThem() throws JMException {
        try (Node node = Node.start()) {
            Cache<String, String> cache =
                    node.cache(name, configuration().statisticsEnabled(true).managementEnabled(true));

            cache.close();

            assertThat(types()).isEmpty();
        }
    }

    @Test
    void enable_beanUnregisteredByAnother_switchesOffAllTheSame() throws JMException {
        try (Node node = Node.start()) {
            node.cache(name, configuration().statisticsEnabled(true));
            SERVER.unregisterMBean(bean("CacheStatistics", "tidepool", name));

            node.manager().enableStatistics(name, false);
            node.manager().enableStatistics(name, true);

            assertThat(types()).containsExactly("CacheStatistics");
        }
    }

    @Test
    void createCache_illegalCharacters_becomePeriods() throws JMException {
        String wild = name + ":a,b=c\nd*e?f\"g h";
        DynamoDbCachingProvider provider = new DynamoDbCachingProvider();
        try (Node node = Node.start()) {
            Properties properties = new Properties();
            properties.put("tidepool.client", node.client());
            CacheManager manager = provider.getCacheManager(
                    URI.create("urn:acme?a=b,c*"), CacheBeansIT.class.getClassLoader(), properties);

            manager.createCache(
                    wild,
                    configuration()
                            .statisticsEnabled(true)
                            .managementEnabled(true)
                            .build());

            assertThat(SERVER.isRegistered(bean("CacheStatistics", "urn.acme.a.b.c.", name + ".a.b.c.d.e.f.g h")))
                    .isTrue();
            assertThat(SERVER.isRegistered(bean("CacheConfiguration", "urn.acme.a.b.c.", name + ".a.b.c.d.e.f.g h")))
                    .isTrue();
        } finally {
            provider.close();
        }
        assertThat(types()).isEmpty();
    }

    @Test
    void createCache_nameTakenByAnotherManager_worksAndLeavesTheOthersBean() throws JMException {
        try (Node first = Node.start();
                Node second = Node.start()) {
            Cache<String, String> one = first.cache(name, configuration().statisticsEnabled(true));
            Cache<String, String> other =
                    second.cache(name, configuration().statisticsEnabled(true).managementEnabled(true));
            one.put("ann", "Ann");
            other.put("bob", "Bob");
            other.put("carl", "Carl");

            ObjectName bean = bean("CacheStatistics", "tidepool", name);
            assertThat(SERVER.getAttribute(bean, "CachePuts")).isEqualTo(1L);

            other.close();
            assertThat(SERVER.getAttribute(bean, "CachePuts")).isEqualTo(1L);
            assertThat(types()).containsExactly("CacheStatistics");
        }
        assertThat(types()).isEmpty();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(name);
    }

    private static ObjectName bean(String type, String manager, String cache) throws JMException {
        return new ObjectName("javax.cache:type=" + type + ",CacheManager=" + manager + ",Cache=" + cache);
    }

    /** The types of the beans of caches whose names begin as this test's do. */
    private Set<String> types() throws JMException {
        return SERVER.queryNames(new ObjectName("javax.cache:*"), null).stream()
                .filter(bean -> bean.getKeyProperty("Cache").equals(name)
                        || bean.getKeyProperty("Cache").startsWith(name + "."))
                .map(bean -> bean.getKeyProperty("type"))
                .collect(Collectors.toSet());
    }
}
