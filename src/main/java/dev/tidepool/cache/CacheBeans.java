package dev.tidepool.cache;

import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two MXBeans of a cache, under the names that JSR-107 gives them. The MBean server is not touched before one of
 * them is switched on.
 */
final class CacheBeans {
    private static final Logger LOG = LoggerFactory.getLogger(CacheBeans.class);

    /** JSR-107: "any illegal character is replaced with a period" (Javadoc of CacheManager.enableManagement). */
    private static final Pattern ILLEGAL = Pattern.compile("[,:=\n*?\"]");

    private final String suffix;
    private final CacheStatistics statistics;
    private final ManagementBean management;

    /** The beans that are this cache's own; guarded by this. */
    private final Set<ObjectName> registered = new HashSet<>();

    /**
     * The beans of one cache, both switched off.
     *
     * @param configuration the cache's configuration as it stands
     */
    CacheBeans(
            String managerUri,
            String cacheName,
            CacheStatistics statistics,
            Supplier<? extends CompleteConfiguration<?, ?>> configuration) {
        this.suffix = ",CacheManager=" + legal(managerUri) + ",Cache=" + legal(cacheName);
        this.statistics = statistics;
        this.management = new ManagementBean(configuration);
    }

    void enableStatistics(boolean enabled) {
        toggle("CacheStatistics", statistics, enabled);
    }

    void enableManagement(boolean enabled) {
        toggle("CacheConfiguration", management, enabled);
    }

    private synchronized void toggle(String type, Object bean, boolean enabled) {
        ObjectName name = name(type);
        try {
            if (enabled && registered.add(name)) {
                ManagementFactory.getPlatformMBeanServer().registerMBean(bean, name);
            } else if (!enabled && registered.remove(name)) {
                ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
            }
        } catch (InstanceAlreadyExistsException e) {
            registered.remove(name);
            LOG.warn("{} is registered already, by a cache manager of the same URI with another class loader", name);
        } catch (InstanceNotFoundException e) {
            LOG.debug("{} has been unregistered by somebody else", name);
        } catch (JMException e) {
            registered.remove(name);
            throw new CacheException("The MXBean " + name + " cannot be (un)registered", e);
        }
    }

    private ObjectName name(String type) {
        try {
            return new ObjectName("javax.cache:type=" + type + suffix);
        } catch (MalformedObjectNameException e) {
            throw new CacheException("The cache's name does not make a name for JMX", e);
        }
    }

    private static String legal(String text) {
        return ILLEGAL.matcher(text).replaceAll(".");
    }

    /** A cache's configuration as JMX shows it. */
    private static final class ManagementBean implements CacheMXBean {
        private final Supplier<? extends CompleteConfiguration<?, ?>> current;

        ManagementBean(Supplier<? extends CompleteConfiguration<?, ?>> current) {
            this.current = current;
        }

        @Override
        public String getKeyType() {
            return current.get().getKeyType().getName();
        }

        @Override
        public String getValueType() {
            return current.get().getValueType().getName();
        }

        @Override
        public boolean isReadThrough() {
            return current.get().isReadThrough();
        }

        @Override
        public boolean isWriteThrough() {
            return current.get().isWriteThrough();
        }

        @Override
        public boolean isStoreByValue() {
            return current.get().isStoreByValue();
        }

        @Override
        public boolean isStatisticsEnabled() {
            return current.get().isStatisticsEnabled();
        }

        @Override
        public boolean isManagementEnabled() {
            return current.get().isManagementEnabled();
        }
    }
}
