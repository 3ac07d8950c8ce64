package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerDelegate;
import javax.management.MBeanServerNotification;
import javax.management.Notification;
import javax.management.NotificationListener;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The MXBeans of two deployments that overlap: their caches have the same names, and JMX takes a name once. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RedeploymentIT {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    private final String name = Node.freshTable();

    @Test
    void close_firstOfTwo_makesTheBeansOfTheSecondAppear() {
        try (Node first = Node.start();
                Node second = Node.start()) {
            put(observed(first), 1);
            Cache<String, String> later = observed(second);
            put(later, 2);
            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(1);

            first.provider().close();

            assertThat(Beans.namesOf(name)).hasSize(2);
            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(2);
            assertThat(Beans.configuration(name).isStatisticsEnabled()).isTrue();
            put(later, 3);
            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(5);
        }
        assertThat(Beans.namesOf(name)).isEmpty();
    }

    /** Each deployment has the library in its own class loader, as a web application has. */
    @Test
    void close_firstOfTwoWithLibrariesOfTheirOwn_makesTheBeansOfTheSecondAppear() throws Exception {
        try (URLClassLoader firstLoader = classPathOfItsOwn();
                URLClassLoader secondLoader = classPathOfItsOwn()) {
            Consumer<String> first = deployment(firstLoader);
            Consumer<String> second = deployment(secondLoader);
            first.accept("put");
            second.accept("put");
            second.accept("put");
            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(1);

            first.accept("close");
            assertThat(Beans.namesOf(name)).hasSize(2);
            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(2);

            second.accept("close");
            assertThat(Beans.namesOf(name)).isEmpty();
        }
    }

    @Test
    void close_libraryOfItsOwn_leavesNoThread() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (URLClassLoader loader = classPathOfItsOwn()) {
            Consumer<String> deployment = deployment(loader);
            deployment.accept("put");
            deployment.accept("putAll");
            Set<Thread> begun = threadsBesides(before);
            assertThat(begun).extracting(Thread::getName).anyMatch(name -> name.startsWith("tidepool-"));

            deployment.accept("close");

            for (Thread thread : begun) {
                thread.join();
            }
            assertThat(threadsBesides(before)).isEmpty();
        }
    }

    /** Those of the library and of the AWS SDK; the server of this test has threads of its own. */
    private static Set<Thread> threadsBesides(Set<Thread> known) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !known.contains(thread))
                .filter(thread -> thread.getName().matches("(tidepool|sdk|idle-connection).*"))
                .collect(Collectors.toSet());
    }

    @Test
    void close_oneAfterTheOther_handsTheNameOn() {
        List<Node> nodes = List.of(Node.start(), Node.start(), Node.start());
        for (int i = 0; i < nodes.size(); i++) {
            put(observed(nodes.get(i)), i + 1);
        }

        nodes.get(0).close();
        long heir = Beans.statistics(name).getCachePuts();
        assertThat(heir).isIn(2L, 3L);
        nodes.get((int) heir - 1).close();

        assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(5 - heir);
        nodes.forEach(Node::close);
        assertThat(Beans.namesOf(name)).isEmpty();
    }

    @Test
    void enable_switchedOffOfTheFirst_handsOverThatBeanAlone() {
        try (Node first = Node.start();
                Node second = Node.start()) {
            put(observed(first), 1);
            put(observed(second), 2);

            first.manager().enableStatistics(name, false);

            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(2);
            assertThat(Beans.configuration(name).isStatisticsEnabled()).isFalse();
        }
    }

    @Test
    void enable_switchedOnWhileNameIsTaken_appearsLater() {
        try (Node first = Node.start();
                Node second = Node.start()) {
            put(observed(first), 1);
            Cache<String, String> later = second.cache(name, configuration());
            second.manager().enableStatistics(name, true);
            put(later, 2);

            first.provider().close();

            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(2);
            assertThat(Beans.namesOf(name)).hasSize(1);
        }
    }

    @Test
    void close_secondClosedOrSwitchedOffBefore_makesNothingAppear() {
        try (Node first = Node.start();
                Node second = Node.start();
                Node third = Node.start()) {
            observed(first);
            observed(second);
            observed(third);
            second.provider().close();
            third.manager().enableStatistics(name, false);

            first.provider().close();

            assertThat(Beans.namesOf(name)).singleElement().asString().contains("CacheConfiguration");
        }
    }

    /** Whoever took the bean away, what stands under the name is the second's. */
    @Test
    void close_beanTakenAwayByAnotherMeanwhile_leavesTheSecondsInPlace() throws JMException {
        try (Node first = Node.start();
                Node second = Node.start()) {
            observed(first);
            put(observed(second), 2);

            SERVER.unregisterMBean(statistics());
            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(2);
            first.provider().close();

            assertThat(Beans.statistics(name).getCachePuts()).isEqualTo(2);
        }
    }

    /** Each has a bean that the other waits for, and both are taken away in the same moment. */
    @Test
    void close_twoThatWaitForEachOther_bothEnd() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        NotificationListener together = (notification, handback) -> {
            if (isUnregistrationOfOurs(notification)) {
                both.countDown();
                await(both);
            }
        };
        Executor inItsOwnThread = task -> new Thread(task).start();
        SERVER.addNotificationListener(MBeanServerDelegate.DELEGATE_NAME, together, null, null);
        try (Node first = Node.start();
                Node second = Node.start()) {
            first.cache(name, configuration().statisticsEnabled(true));
            second.cache(name, configuration().managementEnabled(true));
            first.manager().enableManagement(name, true);
            second.manager().enableStatistics(name, true);

            CompletableFuture.allOf(
                            CompletableFuture.runAsync(first.provider()::close, inItsOwnThread),
                            CompletableFuture.runAsync(second.provider()::close, inItsOwnThread))
                    .join();
        } finally {
            SERVER.removeNotificationListener(MBeanServerDelegate.DELEGATE_NAME, together);
        }
        assertThat(Beans.namesOf(name)).isEmpty();
    }

    private boolean isUnregistrationOfOurs(Notification notification) {
        return notification.getType().equals(MBeanServerNotification.UNREGISTRATION_NOTIFICATION)
                && notification instanceof MBeanServerNotification bean
                && name.equals(bean.getMBeanName().getKeyProperty("Cache"));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ObjectName statistics() throws JMException {
        return new ObjectName(Beans.namesOf(name).stream()
                .filter(bean -> bean.contains("CacheStatistics"))
                .findFirst()
                .orElseThrow());
    }

    private Cache<String, String> observed(Node node) {
        return node.cache(name, configuration().statisticsEnabled(true).managementEnabled(true));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(name);
    }

    private static void put(Cache<String, String> cache, int times) {
        for (int i = 0; i < times; i++) {
            cache.put("ann", "Ann");
        }
    }

    private static URLClassLoader classPathOfItsOwn() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @SuppressWarnings("unchecked") // it is one, of the JDK's own type
    private Consumer<String> deployment(ClassLoader loader) throws ReflectiveOperationException {
        return (Consumer<String>) loader.loadClass(Deployment.class.getName())
                .getConstructor(String.class, String.class)
                .newInstance(DynamoDbLocal.endpoint().toString(), name);
    }

    /** An application with one cache. */
    public static final class Deployment implements Consumer<String> {
        private final CacheManager manager = new DynamoDbCachingProvider().getCacheManager();
        private final Cache<String, String> cache;

        public Deployment(String endpoint, String name) {
            cache = manager.createCache(
                    name,
                    DynamoDbConfiguration.builder(String.class, String.class)
                            .set(Option.ENDPOINT, URI.create(endpoint))
                            .set(Option.REGION, "us-east-1")
                            .table(name)
                            .statisticsEnabled(true)
                            .managementEnabled(true)
                            .build());
        }

        @Override
        public void accept(String command) {
            switch (command) {
                case "close" -> manager.close();
                case "putAll" ->
                    cache.putAll(IntStream.range(0, 60)
                            .boxed()
                            .collect(Collectors.toMap(number -> "ann" + number, number -> "Ann")));
                default -> cache.put("ann", "Ann");
            }
        }
    }
}
