package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static javax.cache.expiry.Duration.ONE_MINUTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What one search for expired items deletes, and what it costs. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ReapIT {
    private final String table = Node.freshTable();
    private final AtomicReference<SteeredTransport> transport = new AtomicReference<>();
    private final Node node = Node.over(server -> {
        transport.set(new SteeredTransport(server));
        return transport();
    });
    private final Node other = Node.besides(node);
    private final RawItems items = new RawItems(other.client(), table);
    private final long now = node.clock().millis();

    @AfterEach
    void close() {
        other.close();
        node.close();
    }

    private SteeredTransport transport() {
        return requireNonNull(transport.get());
    }

    private DynamoDbConfiguration.Builder<String, String> configuration() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private Cache<String, String> cache(DynamoDbConfiguration.Builder<String, String> configuration) {
        Cache<String, String> cache = node.cache("c", configuration);
        node.requests().clear();
        return cache;
    }

    private static long reap(Cache<String, String> cache) {
        return cache.unwrap(CacheItems.class).reap();
    }

    /** The attributes of an item of the library's own with a deadline. */
    private static Map<String, AttributeValue> item(String value, long deadline) {
        return Map.of(
                "value", RawItems.encoded(value),
                "etag", RawItems.number(value.hashCode()),
                "expires", RawItems.number((deadline + 999) / 1000),
                "expiresAt", RawItems.number(deadline));
    }

    private static Map<String, AttributeValue> with(
            Map<String, AttributeValue> item, String attribute, AttributeValue value) {
        Map<String, AttributeValue> changed = new HashMap<>(item);
        changed.put(attribute, value);
        return changed;
    }

    private static Map<String, AttributeValue> without(Map<String, AttributeValue> item, String... attributes) {
        Map<String, AttributeValue> changed = new HashMap<>(item);
        changed.keySet().removeAll(Set.of(attributes));
        return changed;
    }

    private Set<String> ids() {
        return items.all("").stream()
                .map(item -> requireNonNull(item.get("id")).s())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void assertRequests(String... operations) {
        assertThat(node.requests().operations()).containsExactly(operations);
    }

    @Test
    void reap_itemsOfAllKinds_deletesWhatIsExpiredAndOfThisCache() {
        Cache<String, String> cache = cache(configuration());
        items.put("c:now", item("a", now));
        items.put("c:long ago", item("b", 1));
        items.put("c:without etag", without(item("c", now), "etag"));
        items.put("c:by TTL attribute alone", without(item("d", now - 1000), "etag", "expiresAt"));
        items.put("c:fraction of a second", Map.of("expires", AttributeValue.fromN(now / 1000 - 1 + ".25")));
        items.put("c:stub", Map.of("expires", RawItems.number(now / 1000)));
        items.put("c:live", item("e", now + 1));
        items.put("c:never", without(item("f", 1), "expires", "expiresAt"));
        items.put("c:live by TTL attribute alone", without(item("g", now + 1000), "expiresAt"));
        items.put("c:TTL attribute behind deadline", with(item("h", now + 1), "expires", RawItems.number(1)));
        items.put("d:other prefix", item("i", now));
        items.put("connect", Map.of("expires", RawItems.number(1)));

        assertThat(reap(cache)).isEqualTo(6);

        assertThat(ids())
                .containsExactlyInAnyOrder(
                        "c:live",
                        "c:never",
                        "c:live by TTL attribute alone",
                        "c:TTL attribute behind deadline",
                        "d:other prefix",
                        "connect");
        assertRequests("Scan", "DeleteItem", "DeleteItem", "DeleteItem", "DeleteItem", "DeleteItem", "DeleteItem");
    }

    @Test
    void reap_tableOfOneCache_needsNoPrefix() {
        Cache<String, String> cache = cache(configuration().prefix(""));
        items.put("expired", item("a", now));
        items.put("live", item("b", now + 1));

        assertThat(reap(cache)).isEqualTo(1);

        assertThat(ids()).containsExactly("live");
        assertRequests("Scan", "DeleteItem");
    }

    @Test
    void reap_nothingExpired_isOneRequest() {
        Cache<String, String> cache = cache(configuration());
        cache.put("key", "value");
        node.requests().clear();

        assertThat(reap(cache)).isZero();

        assertRequests("Scan");
    }

    @Test
    void reap_longKey_isDeletedByItsDigest() {
        Cache<String, String> cache =
                cache(configuration().expiryPolicy(() -> new TablePolicy(ONE_MINUTE, null, null)));
        cache.put("k".repeat(3000), "value");
        node.clock().advance(Duration.ofMinutes(2));

        assertThat(reap(cache)).isEqualTo(1);

        assertThat(ids()).isEmpty();
    }

    /** Damage of an item that has expired, or looks so. */
    static Stream<Arguments> damages() {
        return Stream.of(
                Arguments.of("expiresAt", AttributeValue.fromN("1.5")),
                Arguments.of("expiresAt", AttributeValue.fromS("1")),
                Arguments.of("expiresAt", AttributeValue.fromNul(true)),
                Arguments.of("etag", AttributeValue.fromS("1")),
                Arguments.of("etag", AttributeValue.fromN("1e100")));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("damages")
    void reap_damagedItem_leavesItAndDeletesOthers(String attribute, AttributeValue damage) {
        Cache<String, String> cache = cache(configuration());
        items.put("c:damaged", with(item("a", now), attribute, damage));
        IntStream.range(0, 5).forEach(i -> items.put("c:" + i, item("b", now)));

        assertThat(reap(cache)).isEqualTo(5);

        assertThat(ids()).containsExactly("c:damaged");
    }

    @Test
    void reap_onlyTtlAttributeAndOfAnotherType_leavesItAndDeletesOthers() {
        Cache<String, String> cache = cache(configuration());
        items.put("c:damaged", Map.of("value", RawItems.encoded("a"), "expires", AttributeValue.fromS("1")));
        items.put("c:other", item("b", now));

        assertThat(reap(cache)).isEqualTo(1);

        assertThat(ids()).containsExactly("c:damaged");
    }

    private record Meanwhile(String what, BiConsumer<ReapIT, String> act) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Meanwhile> changes() {
        return Stream.of(
                new Meanwhile("extended", (test, id) -> test.items.put(id, item("old", test.now + 60_000))),
                new Meanwhile("written", (test, id) -> test.items.put(id, item("new", test.now + 60_000))),
                new Meanwhile("written and expired again", (test, id) -> test.items.put(id, item("new", test.now))),
                new Meanwhile(
                        "made eternal",
                        (test, id) -> test.items.put(id, without(item("old", 1), "expires", "expiresAt"))));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void reap_itemChangedSinceItWasRead_stays(Meanwhile change) {
        Cache<String, String> cache = cache(configuration());
        items.put("c:key", item("old", now));
        transport().before(operation -> {
            if (operation.equals("DeleteItem")) {
                change.act().accept(this, "c:key");
            }
            return true;
        });

        assertThat(reap(cache)).isZero();

        assertThat(ids()).containsExactly("c:key");
        assertRequests("Scan", "DeleteItem");
    }

    @Test
    void reap_itemWithoutEtagChangedSinceItWasRead_stays() {
        Cache<String, String> cache = cache(configuration());
        items.put("c:key", without(item("old", now), "etag"));
        transport().before(operation -> {
            if (operation.equals("DeleteItem")) {
                items.put("c:key", without(item("new", now), "etag"));
            }
            return true;
        });

        assertThat(reap(cache)).isZero();

        assertThat(items.get("c:key")).containsEntry("value", RawItems.encoded("new"));
    }

    @Test
    void reap_itemDeletedSinceItWasRead_countsForWhoeverDidIt() {
        Cache<String, String> cache = cache(configuration());
        Cache<String, String> twin = other.cache("c", configuration());
        IntStream.range(0, 3).forEach(i -> items.put("c:" + i, item("old", now)));
        AtomicBoolean once = new AtomicBoolean();
        List<Long> reapedByTwin = new ArrayList<>();
        transport().before(operation -> {
            if (operation.equals("DeleteItem") && once.compareAndSet(false, true)) {
                reapedByTwin.add(reap(twin));
            }
            return true;
        });

        assertThat(reap(cache)).isZero();

        assertThat(reapedByTwin).containsExactly(3L);
        assertThat(ids()).isEmpty();
    }

    @Test
    void reap_tableOfSeveralPages_goesThroughAllAtBoundedRate() {
        Cache<String, String> cache = cache(configuration());
        int count = 9;
        AttributeValue large = RawItems.binary(new byte[300_000]);
        IntStream.range(0, count).forEach(i -> items.put("c:" + i, with(item("a", now), "value", large)));
        int pages = pagesOfTable();

        long millis = millisOf(() -> assertThat(reap(cache)).isEqualTo(count));

        assertThat(ids()).isEmpty();
        assertThat(pages).isGreaterThan(1);
        assertThat(node.requests().operations())
                .hasSize(pages + count)
                .startsWith("Scan", "DeleteItem")
                .filteredOn("Scan"::equals)
                .hasSize(pages);
        assertThat(millis).isGreaterThanOrEqualTo((pages - 1) * 1000L);
    }

    private static long millisOf(Runnable task) {
        long start = System.nanoTime();
        task.run();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    private int pagesOfTable() {
        return (int) other.client().scanPaginator(request -> request.tableName(table)).stream()
                .count();
    }

    @Test
    void reap_manyItems_deletesNoMoreThan25ASecond() {
        Cache<String, String> cache = cache(configuration());
        IntStream.range(0, 30).forEach(i -> items.put("c:" + i, item("a", now)));

        long millis = millisOf(() -> assertThat(reap(cache)).isEqualTo(30));

        assertThat(millis).isGreaterThanOrEqualTo(29 * 1000 / 25);
    }

    @Test
    void reap_twice_pagesKeepTheirRate() {
        Cache<String, String> cache = cache(configuration());

        long millis = millisOf(() -> {
            reap(cache);
            reap(cache);
        });

        assertThat(millis).isGreaterThanOrEqualTo(1000);
        assertRequests("Scan", "Scan");
    }

    @Test
    void reap_listenersOnTwoNodes_eachExpiryIsHeardOnce() {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = cache(configuration().listener(events.synchronous()));
        Cache<String, String> twin = other.cache("c", configuration().listener(events.synchronous()));
        IntStream.range(0, 3).forEach(i -> items.put("c:" + i, item("old", now)));
        AtomicBoolean once = new AtomicBoolean();
        transport().before(operation -> {
            if (operation.equals("DeleteItem") && once.compareAndSet(false, true)) {
                assertThat(twin.get("1")).isNull();
            }
            return true;
        });

        long reaped = reap(cache);

        assertThat(reaped).isBetween(2L, 3L);
        assertThat(reap(cache)).isZero();
        assertThat(events.heard()).containsExactlyInAnyOrder("EXPIRED 0: old", "EXPIRED 1: old", "EXPIRED 2: old");
    }

    @Test
    void reap_listenerAndValueThatCannotBeDecoded_leavesItAndTellsOfOthers() {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = cache(configuration().listener(events.synchronous()));
        items.put("c:broken", with(item("old", now), "value", RawItems.binary(new byte[] {1, 2, 3})));
        items.put("c:~broken key", item("old", now));
        items.put("c:key", item("old", now));

        assertThat(reap(cache)).isEqualTo(1);

        assertThat(events.heard()).containsExactly("EXPIRED key: old");
        assertThat(ids()).containsExactly("c:broken", "c:~broken key");
    }

    /** A listener that does something each time. */
    private static Events<String, String> listener(Runnable action) {
        return new Events<>() {
            @Override
            void heard(CacheEntryEvent<? extends String, ? extends String> event, String what) {
                super.heard(event, what);
                action.run();
            }
        };
    }

    @Test
    void reap_listenerThatThrows_allIsReapedAndFirstFailureThrown() {
        Events<String, String> events = listener(() -> {
            throw new Quiet();
        });
        Cache<String, String> cache = cache(configuration().listener(events.synchronous()));
        IntStream.range(0, 3).forEach(i -> items.put("c:" + i, item("old", now)));

        assertThatThrownBy(() -> reap(cache))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasCauseInstanceOf(Quiet.class);

        assertThat(events.heard()).hasSize(3);
        assertThat(ids()).isEmpty();
    }

    @Test
    void reap_listenerThatReaps_isRefused() {
        AtomicReference<Cache<String, String>> own = new AtomicReference<>();
        Events<String, String> events = listener(() -> reap(requireNonNull(own.get())));
        own.set(cache(configuration().listener(events.synchronous())));
        items.put("c:key", item("old", now));

        assertThatThrownBy(() -> reap(requireNonNull(own.get())))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("Cache 'c' is being reaped by this thread: a listener must not call reap()");
    }

    @Test
    void reap_listenerThatClosesTheCache_endsIt() {
        AtomicReference<Cache<String, String>> own = new AtomicReference<>();
        Events<String, String> events = listener(() -> requireNonNull(own.get()).close());
        own.set(cache(configuration().listener(events.synchronous())));
        IntStream.range(0, 3).forEach(i -> items.put("c:" + i, item("old", now)));

        assertThatThrownBy(() -> reap(requireNonNull(own.get()))).isInstanceOf(IllegalStateException.class);

        assertThat(events.heard()).hasSize(1);
        assertThat(ids()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Scan", "DeleteItem"})
    void reap_requestThatIsDenied_namesTheAction(String denied) {
        Cache<String, String> cache = cache(configuration());
        items.put("c:key", item("old", now));
        transport().before(operation -> !operation.equals(denied));

        assertThatThrownBy(() -> reap(cache))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("Cache 'c'")
                .hasMessageContaining("must allow dynamodb:" + denied);

        assertThat(ids()).containsExactly("c:key");
    }

    @Test
    void reap_interruptedThread_isACacheExceptionAndKeepsTheInterrupt() {
        Cache<String, String> cache = cache(configuration());

        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> reap(cache)).isInstanceOf(CacheException.class).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertRequests();
    }
}
