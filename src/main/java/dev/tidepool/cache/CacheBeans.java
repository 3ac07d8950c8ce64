package dev.tidepool.cache;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;
import javax.cache.management.CacheStatisticsMXBean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;
import javax.management.MalformedObjectNameException;
import javax.management.Notification;
import javax.management.NotificationListener;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import javax.management.relation.MBeanServerNotificationFilter;
import org.jspecify.annotations.Nullable;
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

    /** By their types; those that were switched on at least once. */
    private final Map<String, Bean> beans = new ConcurrentHashMap<>();

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
        toggle("CacheStatistics", statistics, CacheStatisticsMXBean.class, enabled);
    }

    void enableManagement(boolean enabled) {
        toggle("CacheConfiguration", management, CacheMXBean.class, enabled);
    }

    private <T> void toggle(String type, T bean, Class<T> shownAs, boolean enabled) {
        if (enabled) {
            beans.computeIfAbsent(type, key -> new Bean(name(type), bean, shownAs))
                    .show();
            return;
        }
        Bean last = beans.get(type);
        if (last != null) {
            last.hide();
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

    /**
     * A bean and its name. Of two deployments that overlap both have a cache of that name: the bean of the later one
     * waits until the name is free, and needs nobody to tell it but the MBean server, as the earlier one may have this
     * class from another class loader.
     *
     * <p>Nothing is unregistered under the lock: those who wait for the name are told in the same thread, and take
     * their own.
     */
    private static final class Bean extends StandardMBean implements NotificationListener {
        private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        private final ObjectName name;

        /** Guarded by this, like the next. */
        private boolean shown;

        private boolean waiting;

        /** Whether it is this very bean that has the name; the server says so. */
        private volatile boolean registered;

        <T> Bean(ObjectName name, T bean, Class<T> shownAs) {
            super(bean, shownAs, true);
            this.name = name;
        }

        synchronized void show() {
            shown = true;
            try {
                if (!waiting && !isRegisteredNow()) {
                    LOG.warn(
                            "{} is registered already, by a cache manager of the same URI with another class loader;"
                                    + " this one's follows when that one is gone",
                            name);
                    server.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, this, unregistration(), null);
                    waiting = true;
                    stopWaitingIf(isRegisteredNow()); // as the name may have become free meanwhile
                }
            } catch (JMException e) {
                throw failure(e);
            }
        }

        void hide() {
            try {
                synchronized (this) {
                    shown = false;
                    stopWaitingIf(true);
                }
                if (registered) {
                    server.unregisterMBean(name);
                }
            } catch (InstanceNotFoundException e) {
                LOG.debug("{} has been unregistered by somebody else", name);
            } catch (JMException e) {
                throw failure(e);
            }
        }

        @Override
        public synchronized void handleNotification(Notification freed, @Nullable Object handback) {
            try {
                stopWaitingIf(shown && isRegisteredNow());
            } catch (JMException e) {
                LOG.warn("{} cannot be registered", name, e);
            }
        }

        private boolean isRegisteredNow() throws JMException {
            try {
                if (!registered) {
                    server.registerMBean(this, name);
                }
                return true;
            } catch (InstanceAlreadyExistsException e) {
                return false;
            }
        }

        private void stopWaitingIf(boolean done) throws JMException {
            if (waiting && done) {
                waiting = false;
                server.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, this);
            }
        }

        private MBeanServerNotificationFilter unregistration() {
            MBeanServerNotificationFilter filter = new MBeanServerNotificationFilter();
            filter.disableAllObjectNames();
            filter.enableObjectName(name);
            filter.enableType(MBeanServerNotification.UNREGISTRATION_NOTIFICATION);
            return filter;
        }

        @Override
        public void postRegister(Boolean done) {
            super.postRegister(done);
            registered = done;
        }

        @Override
        public void postDeregister() {
            super.postDeregister();
            registered = false;
        }

        private CacheException failure(JMException cause) {
            return new CacheException("The MXBean " + name + " cannot be (un)registered", cause);
        }
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
