package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.tidepool.DynamoDbLocal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * What a caller does when another node has written between its read and its write: it pauses, and reads after the
 * pause, so that what it writes next is founded on a state that is one request old and no older.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
class LostRaceIT {
    private static final String KEY = "key";
    private static final Duration TEN_MINUTES = new Duration(TimeUnit.MINUTES, 10);

    // Equal maps, whose bytes differ since each keeps the order in which it was filled.
    private static final Map<String, Integer> STORED = filled("a", "b");
    private static final Map<String, Integer> EQUAL = filled("b", "a");
    private static final Object NEW = "new";

    private static final Factory<ExpiryPolicy> ETERNAL = EternalExpiryPolicy.factoryOf();
    private static final Factory<ExpiryPolicy> CREATED = CreatedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> ARBITRARY = () -> new TablePolicy(TEN_MINUTES, TEN_MINUTES, TEN_MINUTES);

    private final String table = Node.freshTable();
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(this::steered);
    private final Node other = Node.besides(node);
    private final Cache<String, Object> rival = other.cache("c", configuration(ETERNAL));

    /** How many writes of the node are to be forestalled by the other one. */
    private final AtomicInteger lost = new AtomicInteger();

    private SdkHttpClient steered(SdkHttpClient server) {
        SteeredTransport steered = new SteeredTransport(server);
        steered.before(this::forestall);
        transport.set(steered);
        return steered;
    }

    private static Map<String, Integer> filled(String... keys) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String key : keys) {
            map.put(key, (int) key.charAt(0));
        }
        return map;
    }

    private DynamoDbConfiguration.Builder<String, Object> configuration(Factory<ExpiryPolicy> policy) {
        return DynamoDbConfiguration.builder(String.class, Object.class)
                .table(table)
                .expiryPolicy(policy);
    }

    /** Lets the other node write the same value anew, right before a write of this one. */
    private boolean forestall(String operation) {
        if (List.of("PutItem", "UpdateItem", "DeleteItem").contains(operation) && lost.getAndDecrement() > 0) {
            rival.put(KEY, STORED);
        }
        return true;
    }

    private SteeredTransport transport() {
        return requireNonNull(transport.get());
    }

    @AfterEach
    void close() {
        node.close();
        other.close();
    }

    /**
     * An operation that compares and sets.
     *
     * @param present whether there is an entry when it begins
     * @param requests what it sends when nobody is in its way
     * @param again what it sends for each race that it loses
     */
    private record Race(
            String name,
            Factory<ExpiryPolicy> policy,
            boolean writer,
            boolean present,
            Consumer<Cache<String, Object>> run,
            List<String> requests,
            List<String> again) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Race race(
            String name,
            Factory<ExpiryPolicy> policy,
            boolean present,
            Consumer<Cache<String, Object>> run,
            String requests,
            String again) {
        return new Race(name, policy, false, present, run, List.of(requests.split(" ")), List.of(again.split(" ")));
    }

    private static Race written(String name, Consumer<Cache<String, Object>> run, String requests, String again) {
        return new Race(name, ETERNAL, true, true, run, List.of(requests.split(" ")), List.of(again.split(" ")));
    }

    static Stream<Race> races() {
        return Stream.of(
                race("invoke, update", ETERNAL, true, LostRaceIT::set, "GetItem UpdateItem", "GetItem UpdateItem"),
                race("invoke, create", ARBITRARY, false, LostRaceIT::set, "GetItem PutItem", "GetItem PutItem"),
                race(
                        "invoke, remove",
                        ETERNAL,
                        true,
                        cache -> cache.invoke(KEY, (entry, none) -> {
                            entry.remove();
                            return null;
                        }),
                        "GetItem DeleteItem",
                        "GetItem DeleteItem"),
                race(
                        "replace if equal, other bytes",
                        ETERNAL,
                        true,
                        cache -> assertThat(cache.replace(KEY, EQUAL, NEW)).isTrue(),
                        "UpdateItem UpdateItem",
                        "GetItem UpdateItem"),
                race(
                        "remove if equal, other bytes",
                        ETERNAL,
                        true,
                        cache -> assertThat(cache.remove(KEY, EQUAL)).isTrue(),
                        "DeleteItem DeleteItem",
                        "GetItem DeleteItem"));
    }

    static Stream<Race> racesAfterReading() {
        return Stream.of(
                race(
                        "put, arbitrary policy",
                        ARBITRARY,
                        true,
                        cache -> cache.put(KEY, NEW),
                        "GetItem PutItem",
                        "GetItem PutItem"),
                race(
                        "put that creates, arbitrary policy",
                        ARBITRARY,
                        false,
                        cache -> cache.put(KEY, NEW),
                        "GetItem PutItem",
                        "GetItem PutItem"),
                race(
                        "getAndPut, arbitrary policy",
                        ARBITRARY,
                        true,
                        cache -> assertThat(cache.getAndPut(KEY, NEW)).isEqualTo(STORED),
                        "GetItem PutItem",
                        "GetItem PutItem"),
                race(
                        "replace, arbitrary policy",
                        ARBITRARY,
                        true,
                        cache -> assertThat(cache.replace(KEY, NEW)).isTrue(),
                        "GetItem PutItem",
                        "GetItem PutItem"),
                race(
                        "replace if equal, arbitrary policy",
                        ARBITRARY,
                        true,
                        cache -> assertThat(cache.replace(KEY, EQUAL, NEW)).isTrue(),
                        "GetItem PutItem",
                        "GetItem PutItem"),
                race(
                        "putAll, arbitrary policy",
                        ARBITRARY,
                        true,
                        cache -> cache.putAll(Map.of(KEY, NEW)),
                        "GetItem PutItem",
                        "GetItem PutItem"),
                written(
                        "replace, writer",
                        cache -> assertThat(cache.replace(KEY, NEW)).isTrue(),
                        "GetItem UpdateItem",
                        "GetItem UpdateItem"),
                written(
                        "remove if equal, writer",
                        cache -> assertThat(cache.remove(KEY, EQUAL)).isTrue(),
                        "GetItem DeleteItem",
                        "GetItem DeleteItem"));
    }

    private static void set(Cache<String, Object> cache) {
        cache.invoke(KEY, (entry, none) -> {
            entry.setValue(NEW);
            return null;
        });
    }

    private Cache<String, Object> cache(Race race) {
        DynamoDbConfiguration.Builder<String, Object> configuration = configuration(race.policy());
        Cache<String, Object> cache =
                node.cache("c", race.writer() ? configuration.writeThrough(Deaf::new) : configuration);
        // A refusal that carries its item tells the node that refusals do; until then one without costs a read.
        rival.put("refusing", NEW);
        assertThat(cache.putIfAbsent("refusing", NEW)).isFalse();
        if (race.present()) {
            rival.put(KEY, STORED);
        }
        node.requests().clear();
        return cache;
    }

    @ParameterizedTest
    @MethodSource({"races", "racesAfterReading"})
    void change_racesLost_readsAgainBeforeEachTry(Race race) {
        Cache<String, Object> cache = cache(race);
        lost.set(losses(race) + 1);

        race.run().accept(cache);

        List<String> expected = Stream.of(race.requests(), race.again(), race.again())
                .flatMap(List::stream)
                .toList();
        assertThat(node.requests().operations()).containsExactlyElementsOf(expected);
        assertThat(rival.get(KEY)).isNotEqualTo(STORED);
    }

    /**
     * How many of its writes another's write must precede until it has lost a race: one beside those it loses anyway.
     */
    private static int losses(Race race) {
        return (int)
                race.requests().stream().filter(name -> !name.equals("GetItem")).count();
    }

    /** An interrupted thread gets through no pause, so what it has sent by then was sent before the pause. */
    @ParameterizedTest
    @MethodSource({"races", "racesAfterReading"})
    void change_raceLost_pausesBeforeItSendsAnything(Race race) {
        Cache<String, Object> cache = cache(race);
        lost.set(losses(race));
        interruptAtConflict(cache);

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> race.run().accept(cache))
                .withMessageContaining("Interrupted while waiting")
                .withRootCauseInstanceOf(InterruptedException.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(node.requests().operations()).containsExactlyElementsOf(race.requests());
        assertThat(rival.get(KEY)).isEqualTo(STORED);
    }

    /** Else a node that wins goes on at once, and the other one finds no room between its reads and its writes. */
    @Test
    void invoke_raceLostLately_pausesBeforeItReadsTheEntry() {
        Cache<String, Object> cache = cache(races().findFirst().orElseThrow());
        lost.set(1);
        set(cache);
        node.requests().clear();

        assertThat(failureOfInterrupted(() -> set(cache))).contains("Interrupted while waiting");
        assertThat(node.requests().operations()).isEmpty();
        assertThat(failureOfInterrupted(() -> cache.invoke("other", (entry, none) -> entry.exists())))
                .doesNotContain("Interrupted while waiting");

        node.clock().advance(java.time.Duration.ofSeconds(1));
        assertThat(failureOfInterrupted(() -> set(cache))).doesNotContain("Interrupted while waiting");
    }

    private static String failureOfInterrupted(Runnable operation) {
        Thread.currentThread().interrupt();
        try {
            operation.run();
            throw new AssertionError("nothing has noticed the interruption");
        } catch (CacheException e) {
            return String.valueOf(e.getMessage());
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private static void interruptAtConflict(Cache<String, Object> cache) {
        ((DynamoDbCache<String, Object>) cache).observe(name -> new RequestObserver() {
            @Override
            public void sent(SentRequest request) {
                // Counted at the client.
            }

            @Override
            public void conflict() {
                Thread.currentThread().interrupt();
            }

            @Override
            public void unavailable() {
                // The store is there.
            }

            @Override
            public void closed() {
                // Holds nothing.
            }
        });
    }

    /** A put of its own kind: its second request is due where an expired item is still there. */
    @Test
    void put_createdPolicyExpiredItemReplacedMeanwhile_pausesBeforeItTriesAgain() {
        Cache<String, Object> cache = node.cache("c", configuration(CREATED));
        cache.put(KEY, STORED);
        node.clock().advance(java.time.Duration.ofHours(1));
        node.requests().clear();
        transport().before(operation -> {
            if (operation.equals("PutItem")) {
                rival.put(KEY, STORED);
            }
            return true;
        });
        interruptAtConflict(cache);

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> cache.put(KEY, NEW))
                .withMessageContaining("Interrupted while waiting")
                .withRootCauseInstanceOf(InterruptedException.class);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(node.requests().operations()).containsExactly("UpdateItem", "PutItem");
    }

    /** A writer that all is the same to. */
    private static final class Deaf implements CacheWriter<String, Object> {
        @Override
        public void write(Cache.Entry<? extends String, ?> entry) {
            // Not stored anywhere else.
        }

        @Override
        public void writeAll(java.util.Collection<Cache.Entry<? extends String, ?>> entries) {
            entries.clear();
        }

        @Override
        public void delete(Object key) {
            // Not stored anywhere else.
        }

        @Override
        public void deleteAll(java.util.Collection<?> keys) {
            keys.clear();
        }
    }
}
