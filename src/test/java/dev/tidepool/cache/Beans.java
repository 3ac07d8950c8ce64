package dev.tidepool.cache;

import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.management.CacheMXBean;
import javax.cache.management.CacheStatisticsMXBean;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.ObjectName;

/** The MXBeans of caches, as JMX shows them. */
final class Beans {
    private Beans() {}

    static CacheStatisticsMXBean statistics(Cache<?, ?> cache) {
        return statistics(cache.getName());
    }

    static CacheStatisticsMXBean statistics(String legalName) {
        return JMX.newMXBeanProxy(
                ManagementFactory.getPlatformMBeanServer(),
                name("CacheStatistics", legalName),
                CacheStatisticsMXBean.class);
    }

    static CacheMXBean configuration(String legalName) {
        return JMX.newMXBeanProxy(
                ManagementFactory.getPlatformMBeanServer(), name("CacheConfiguration", legalName), CacheMXBean.class);
    }

    /** Hits, misses, puts and removals in one line, to be compared at a glance. */
    static String figures(Cache<?, ?> cache) {
        CacheStatisticsMXBean bean = statistics(cache);
        return figures(bean.getCacheHits(), bean.getCacheMisses(), bean.getCachePuts(), bean.getCacheRemovals());
    }

    static String figures(long hits, long misses, long puts, long removals) {
        return hits + " hits, " + misses + " misses, " + puts + " puts, " + removals + " removals";
    }

    /** The names of all beans of JCache whose cache has a name, as text. */
    static Set<String> namesOf(String legalName) {
        return query("javax.cache:*,Cache=" + legalName);
    }

    private static Set<String> query(String pattern) {
        try {
            return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName(pattern), null).stream()
                    .map(ObjectName::getCanonicalName)
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }

    private static ObjectName name(String type, String legalName) {
        try {
            return new ObjectName("javax.cache:type=" + type + ",CacheManager=tidepool,Cache=" + legalName);
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }
}
