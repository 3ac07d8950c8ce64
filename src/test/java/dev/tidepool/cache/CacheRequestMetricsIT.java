package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.jsr107.ri.spi.RICachingProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class CacheRequestMetricsIT {
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicReference<UnreliableTransport> unreliable = new AtomicReference<>();
    private final Node node = Node.over(server -> {
        unreliable.set(new UnreliableTransport(server));
        return requireNonNull(unreliable.get());
    });
    private final String table = Node.freshTable();

    @AfterEach
    void close() {
        node.close();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private Cache<String, String> cache(String name) {
        return node.cache(name, configuration());
    }

    private double counted(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    private long requests(String... tags) {
        return registry.get("tidepool.requests").tags(tags).timer().count();
    }

    /** The meters of a registry, each as its name and tags. */
    private static Set<String> meters(MeterRegistry registry) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> id.getName()
                        + id.getTags().stream()
                                .map(tag -> tag.getKey() + "=" + tag.getValue())
                                .collect(Collectors.joining(",", "{", "}")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> cachesOf(MeterRegistry registry) {
        return registry.getMeters().stream()
                .map(meter -> requireNonNull(meter.getId().getTag("cache")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void bindTo_cacheUsed_registersMetersOfCacheAndOfItsOperations() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        Cache<String, String> prices = cache("prices");
        assertThat(meters(registry))
                .containsExactly("tidepool.conflicts{cache=prices}", "tidepool.misses.unavailable{cache=prices}");

        prices.get("a key");

        assertThat(meters(registry))
                .containsExactly(
                        "tidepool.capacity{cache=prices,operation=GetItem}",
                        "tidepool.conflicts{cache=prices}",
                        "tidepool.misses.unavailable{cache=prices}",
                        "tidepool.requests{cache=prices,operation=GetItem,outcome=failed}",
                        "tidepool.requests{cache=prices,operation=GetItem,outcome=refused}",
                        "tidepool.requests{cache=prices,operation=GetItem,outcome=success}",
                        "tidepool.requests{cache=prices,operation=GetItem,outcome=throttled}",
                        "tidepool.retries{cache=prices,operation=GetItem}",
                        "tidepool.throttles{cache=prices,operation=GetItem}");
        assertThat(registry.get("tidepool.capacity").meter().getId().getBaseUnit())
                .isEqualTo("units");
    }

    @Test
    void requests_everyOutcome_areCountedAndTimed() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        Cache<String, String> prices = cache("prices");

        prices.putIfAbsent("tea", "1.20");
        prices.putIfAbsent("tea", "1.30");
        prices.get("tea");
        prices.get("milk");
        requireNonNull(unreliable.get()).failNext("GetItem", UnreliableTransport.Fault.SKEWED, () -> {});
        prices.get("tea");

        assertThat(requests("operation", "PutItem", "outcome", "success")).isEqualTo(1);
        assertThat(requests("operation", "PutItem", "outcome", "refused")).isEqualTo(1);
        assertThat(requests("operation", "GetItem", "outcome", "success")).isEqualTo(3);
        assertThat(requests("operation", "GetItem", "outcome", "throttled")).isZero();
        assertThat(registry.get("tidepool.requests")
                        .tags("operation", "PutItem", "outcome", "success")
                        .timer()
                        .totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
        assertThat(counted("tidepool.capacity", "operation", "PutItem")).isEqualTo(1.0);
        assertThat(counted("tidepool.capacity", "operation", "GetItem")).isEqualTo(3.0);
        assertThat(counted("tidepool.retries", "operation", "GetItem")).isEqualTo(1.0);
        assertThat(counted("tidepool.throttles", "operation", "GetItem")).isZero();
    }

    @Test
    void throttles_ofAttempts_areCountedThoughTheRequestSucceeds() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        Cache<String, String> prices = cache("prices");
        requireNonNull(unreliable.get()).failNext("GetItem", UnreliableTransport.Fault.THROTTLED, () -> {});

        prices.get("tea");

        assertThat(counted("tidepool.throttles", "cache", "prices")).isEqualTo(1.0);
        assertThat(counted("tidepool.retries", "cache", "prices")).isEqualTo(1.0);
        assertThat(requests("outcome", "success")).isEqualTo(1);
    }

    @Test
    void throttled_forAsLongAsTheSdkTries_isAnOutcomeAndAMissWhereAsked() {
        try (Node starved = Node.withoutRetries(
                Transport.refusing("GetItem", "ProvisionedThroughputExceededException", "too fast"))) {
            new CacheRequestMetrics(starved.manager()).bindTo(registry);
            Cache<String, String> strict = starved.cache("strict", configuration());
            Cache<String, String> lenient =
                    starved.cache("lenient", configuration().set(Option.ON_STORE_FAILURE, "miss"));

            assertThatExceptionOfType(CacheException.class).isThrownBy(() -> strict.get("tea"));
            assertThat(lenient.get("tea")).isNull();

            assertThat(requests("cache", "strict", "outcome", "throttled")).isEqualTo(1);
            assertThat(requests("cache", "lenient", "outcome", "throttled")).isEqualTo(1);
            assertThat(counted("tidepool.misses.unavailable", "cache", "strict"))
                    .isZero();
            assertThat(counted("tidepool.misses.unavailable", "cache", "lenient"))
                    .isEqualTo(1.0);
        }
    }

    @Test
    void conflicts_changeTriedAgain_areCounted() {
        AtomicReference<SteeredTransport> steered = new AtomicReference<>();
        try (Node contested = Node.over(server -> {
            steered.set(new SteeredTransport(server));
            return requireNonNull(steered.get());
        })) {
            new CacheRequestMetrics(contested.manager()).bindTo(registry);
            Cache<String, String> mine = contested.cache("c", configuration());
            Cache<String, String> others = cache("c");
            AtomicBoolean overtaken = new AtomicBoolean();
            requireNonNull(steered.get()).before(operation -> {
                if (operation.equals("PutItem") && overtaken.compareAndSet(false, true)) {
                    others.put("key", "other");
                }
                return true;
            });

            mine.invoke("key", (entry, arguments) -> {
                entry.setValue("value");
                return null;
            });

            assertThat(counted("tidepool.conflicts", "cache", "c")).isEqualTo(1.0);
        }
    }

    @Test
    void close_cacheOrItsManager_removesItsMetersAndNoOthers() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        Cache<String, String> closed = cache("closed");
        Cache<String, String> destroyed = cache("destroyed");
        Cache<String, String> kept = cache("kept");
        List.of(closed, destroyed, kept).forEach(cache -> cache.get("key"));
        assertThat(cachesOf(registry)).containsExactly("closed", "destroyed", "kept");

        closed.close();
        node.manager().destroyCache("destroyed");
        assertThat(cachesOf(registry)).containsExactly("kept");

        cache("closed").get("key");
        assertThat(requests("cache", "closed", "outcome", "success"))
                .as("counted anew")
                .isEqualTo(1);

        node.manager().close();
        assertThat(registry.getMeters()).isEmpty();
    }

    /** The cache is closed while its first request is on its way. */
    @Test
    void close_requestUnderWay_leavesNoMetersBehind() {
        AtomicReference<SteeredTransport> steered = new AtomicReference<>();
        try (Node slow = Node.over(server -> {
            steered.set(new SteeredTransport(server));
            return requireNonNull(steered.get());
        })) {
            new CacheRequestMetrics(slow.manager()).bindTo(registry);
            Cache<String, String> cache = slow.cache("c", configuration());
            requireNonNull(steered.get()).before(operation -> {
                cache.close();
                return true;
            });

            cache.get("key");

            assertThat(registry.getMeters()).isEmpty();
        }
    }

    @Test
    void bindTo_severalRegistries_countsInEach() {
        MeterRegistry other = new SimpleMeterRegistry();
        CacheRequestMetrics metrics = new CacheRequestMetrics(node.manager());
        Cache<String, String> prices = cache("prices");
        metrics.bindTo(registry);
        metrics.bindTo(other);

        prices.get("tea");

        assertThat(meters(other)).isEqualTo(meters(registry));
        assertThat(requests("outcome", "success")).isEqualTo(1);
        assertThat(other.get("tidepool.requests")
                        .tag("outcome", "success")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void bindTo_sameRegistryTwice_countsOnce() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        new CacheRequestMetrics(node.manager()).bindTo(registry);

        cache("prices").get("tea");

        assertThat(requests("outcome", "success")).isEqualTo(1);
    }

    @Test
    void tags_ofApplication_areOnEveryMeter() {
        List<Tag> tags = List.of(Tag.of("manager", "main"));
        new CacheRequestMetrics(node.manager(), tags).bindTo(registry);

        cache("prices").get("tea");

        assertThat(registry.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(Tags.of(meter.getId().getTags()))
                        .contains(Tag.of("manager", "main"), Tag.of("cache", "prices")));
    }

    @Test
    void constructor_managerOfAnotherProvider_isRefused() {
        try (CacheManager other = new RICachingProvider().getCacheManager()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new CacheRequestMetrics(other))
                    .withMessageContaining("org.jsr107.ri.RICacheManager sends none")
                    .withMessageContaining("DynamoDbCachingProvider");
        }
    }
}
