package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a caller is told of a change of which an attempt may have been applied, whatever the later ones came to. */
@ExtendWith(DynamoDbLocal.class)
@TestInstance(Lifecycle.PER_CLASS)
class DoubtIT {
    private static final Factory<ExpiryPolicy> ETERNAL = EternalExpiryPolicy.factoryOf();
    private static final Factory<ExpiryPolicy> CREATED =
            CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 10));
    private static final Factory<ExpiryPolicy> MODIFIED =
            ModifiedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 10));

    private static final String KEY = "key";
    private static final String MAY_HAVE_BEEN_APPLIED = "may have been applied";

    /** More than the SDK makes. */
    private static final int EVERY_ATTEMPT = 20;

    private final String table = Node.freshTable();
    private final AtomicInteger caches = new AtomicInteger();
    private final List<UnreliableTransport> transports = new ArrayList<>();
    private final Node node = Node.over(server -> {
        UnreliableTransport transport = new UnreliableTransport(server);
        transports.add(transport);
        return transport;
    });
    private final Node other = Node.start();

    @AfterAll
    void stop() {
        node.close();
        other.close();
    }

    private UnreliableTransport transport() {
        return transports.get(0);
    }

    private String freshName() {
        return "cache" + caches.incrementAndGet();
    }

    private DynamoDbConfiguration.Builder<String, String> configuration(Factory<ExpiryPolicy> policy) {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(table)
                .expiryPolicy(policy);
    }

    /** An attempt that ends in doubt, and those after it that are certainly not applied. */
    private record Course(Fault doubtful, List<Fault> refused) {
        static Course of(Fault doubtful, Fault... refused) {
            return new Course(doubtful, List.of(refused));
        }

        static Course forGood(Fault doubtful, Fault refused) {
            return new Course(doubtful, Collections.nCopies(EVERY_ATTEMPT, refused));
        }

        List<Fault> faults() {
            List<Fault> faults = new ArrayList<>(refused);
            faults.add(0, doubtful);
            return faults;
        }

        /** A refusal is one all the same when its answer is cut. */
        boolean mayApply(LostAnswerIT.Row row) {
            return doubtful != Fault.CUT_AFTER || !row.name().endsWith("refused");
        }

        boolean isApplied() {
            return doubtful.name().endsWith("AFTER");
        }

        @Override
        public String toString() {
            return doubtful + " " + refused.get(0);
        }
    }

    static Stream<Arguments> changesAndCourses() {
        List<Course> courses = List.of(
                Course.of(Fault.RESET_AFTER, Fault.EXPIRED),
                Course.of(Fault.ERROR_AFTER, Fault.UNREADABLE),
                Course.of(Fault.RESET_BEFORE, Fault.EXPIRED),
                Course.forGood(Fault.CUT_AFTER, Fault.THROTTLED),
                Course.forGood(Fault.RESET_AFTER, Fault.NEVER_SENT));
        return courses.stream()
                .flatMap(course -> LostAnswerIT.rows()
                        .filter(DoubtIT::isChange)
                        .filter(course::mayApply)
                        .map(row -> Arguments.of(row, course)));
    }

    private static boolean isChange(LostAnswerIT.Row row) {
        return Set.of("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem").contains(row.request());
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("changesAndCourses")
    void change_attemptInDoubtAndLaterOnesRefused_saysThatItMayHaveBeenApplied(LostAnswerIT.Row row, Course course) {
        try (Cache<String, String> cache = node.cache(freshName(), configuration(row.policy()))) {
            if (row.before() != null) {
                cache.put(KEY, row.before());
            }
            transport().failNext(row.request(), course.faults(), () -> {});

            Throwable failure = catchThrowable(() -> row.call().apply(cache));

            transport().calmDown();
            assertThat(failure).isInstanceOf(CacheException.class).hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
            assertThat(cache.get(KEY))
                    .isEqualTo(course.isApplied() ? row.unharmed().entry() : row.before());
        }
    }

    /** Refusals alone leave no doubt, however many there are. */
    static Stream<Arguments> changesAndRefusals() {
        return Stream.of(Fault.THROTTLED, Fault.NEVER_SENT, Fault.EXPIRED, Fault.UNREADABLE)
                .flatMap(fault -> LostAnswerIT.rows().filter(DoubtIT::isChange).map(row -> Arguments.of(row, fault)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("changesAndRefusals")
    void change_everyAttemptRefused_leavesNoDoubt(LostAnswerIT.Row row, Fault refusal) {
        try (Cache<String, String> cache = node.cache(freshName(), configuration(row.policy()))) {
            if (row.before() != null) {
                cache.put(KEY, row.before());
            }
            transport().failNext(row.request(), Collections.nCopies(EVERY_ATTEMPT, refusal), () -> {});

            Throwable failure = catchThrowable(() -> row.call().apply(cache));

            transport().calmDown();
            assertThat(failure).isInstanceOf(CacheException.class);
            assertThat(failure.getMessage()).doesNotContain(MAY_HAVE_BEEN_APPLIED);
            assertThat(cache.get(KEY)).isEqualTo(row.before());
        }
    }

    /**
     * A change that does not depend on what another node writes between its attempts, so that it is made twice.
     *
     * @param answer what the caller is told
     * @param left the entry after it
     */
    private record Unconditional(
            String name,
            Factory<ExpiryPolicy> policy,
            String request,
            Function<Cache<String, String>, @Nullable Object> call,
            Object answer,
            @Nullable String left) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Unconditional> unconditionalChanges() {
        return Stream.of(
                new Unconditional(
                        "getAndPut, eternal",
                        ETERNAL,
                        "UpdateItem",
                        cache -> cache.getAndPut(KEY, "new"),
                        MAY_HAVE_BEEN_APPLIED,
                        "new"),
                new Unconditional(
                        "getAndPut, modified",
                        MODIFIED,
                        "PutItem",
                        cache -> cache.getAndPut(KEY, "new"),
                        MAY_HAVE_BEEN_APPLIED,
                        "new"),
                new Unconditional(
                        "getAndPut, created",
                        CREATED,
                        "UpdateItem",
                        cache -> cache.getAndPut(KEY, "new"),
                        MAY_HAVE_BEEN_APPLIED,
                        "new"),
                new Unconditional(
                        "getAndReplace, eternal",
                        ETERNAL,
                        "UpdateItem",
                        cache -> cache.getAndReplace(KEY, "new"),
                        MAY_HAVE_BEEN_APPLIED,
                        "new"),
                new Unconditional(
                        "getAndReplace, modified",
                        MODIFIED,
                        "PutItem",
                        cache -> cache.getAndReplace(KEY, "new"),
                        MAY_HAVE_BEEN_APPLIED,
                        "new"),
                new Unconditional(
                        "getAndRemove",
                        ETERNAL,
                        "DeleteItem",
                        cache -> cache.getAndRemove(KEY),
                        MAY_HAVE_BEEN_APPLIED,
                        null),
                new Unconditional(
                        "remove", ETERNAL, "DeleteItem", cache -> cache.remove(KEY), MAY_HAVE_BEEN_APPLIED, null),
                new Unconditional("replace", ETERNAL, "UpdateItem", cache -> cache.replace(KEY, "new"), true, "new"),
                new Unconditional(
                        "put",
                        MODIFIED,
                        "PutItem",
                        cache -> {
                            cache.put(KEY, "new");
                            return "done";
                        },
                        "done",
                        "new"));
    }

    @ParameterizedTest
    @MethodSource("unconditionalChanges")
    void change_answerLostAndOtherNodeWrites_neverTellsTheirValueAsTheOneBefore(Unconditional change) {
        String name = freshName();
        try (Cache<String, String> cache = node.cache(name, configuration(change.policy));
                Cache<String, String> theirs = other.cache(name, configuration(change.policy))) {
            cache.put(KEY, "old");
            transport().failNext(change.request, Fault.RESET_AFTER, () -> theirs.put(KEY, "theirs"));

            assertThat(answer(change, cache)).isEqualTo(change.answer);

            assertThat(theirs.get(KEY)).isEqualTo(change.left);
        }
    }

    /** As the first attempt was the one that removed the entry, and none was there when the second came. */
    @Test
    void getAndPut_answerLostAndOtherNodeRemoves_doesNotTellThatNothingWasThere() {
        String name = freshName();
        try (Cache<String, String> cache = node.cache(name, configuration(MODIFIED));
                Cache<String, String> theirs = other.cache(name, configuration(MODIFIED))) {
            cache.put(KEY, "old");
            transport().failNext("PutItem", Fault.RESET_AFTER, () -> theirs.remove(KEY));

            assertThatThrownBy(() -> cache.getAndPut(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** It is made twice, and what was found in between is another node's to tell. */
    @Test
    void getAndPut_creationsAnswerLostAndOtherNodeRemoves_doesNotTellThatItWasMadeOnce() {
        String name = freshName();
        try (Cache<String, String> cache = node.cache(name, configuration(CREATED));
                Cache<String, String> theirs = other.cache(name, configuration(CREATED))) {
            transport()
                    .failNext(
                            "UpdateItem",
                            Fault.RESET_AFTER,
                            () -> assertThat(theirs.getAndRemove(KEY)).isEqualTo("new"));

            assertThatThrownBy(() -> cache.getAndPut(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    @ParameterizedTest
    @MethodSource("unconditionalChanges")
    void change_answerLostAndOtherNodeWrites_tellsListenersNoValueOfTheirs(Unconditional change) {
        String name = freshName();
        List<String> heard = new CopyOnWriteArrayList<>();
        CacheEntryUpdatedListener<String, String> updated =
                events -> events.forEach(event -> heard.add(String.valueOf(event.getOldValue())));
        CacheEntryRemovedListener<String, String> removed =
                events -> events.forEach(event -> heard.add(String.valueOf(event.getOldValue())));
        try (Cache<String, String> cache = node.cache(name, configuration(change.policy));
                Cache<String, String> theirs = other.cache(name, configuration(change.policy))) {
            cache.put(KEY, "old");
            cache.registerCacheEntryListener(
                    new MutableCacheEntryListenerConfiguration<>(() -> updated, null, true, true));
            cache.registerCacheEntryListener(
                    new MutableCacheEntryListenerConfiguration<>(() -> removed, null, true, true));
            transport().failNext(change.request, Fault.RESET_AFTER, () -> theirs.put(KEY, "theirs"));

            assertThat(answer(change, cache)).isEqualTo(change.answer);

            assertThat(heard).doesNotContain("theirs").hasSize(change.left == null ? 0 : 1);
        }
    }

    private static @Nullable Object answer(Unconditional change, Cache<String, String> cache) {
        try {
            return change.call.apply(cache);
        } catch (CacheException e) {
            assertThat(e).hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
            return MAY_HAVE_BEEN_APPLIED;
        }
    }

    /** With a listener each key is changed by a request of its own. */
    @Test
    void removeAll_answerLostAndOtherNodeWrites_saysThatItMayHaveBeenApplied() {
        String name = freshName();
        CacheEntryRemovedListener<String, String> deaf = events -> {};
        try (Cache<String, String> cache = node.cache(name, configuration(ETERNAL));
                Cache<String, String> theirs = other.cache(name, configuration(ETERNAL))) {
            cache.putAll(Map.of(KEY, "old", "other", "old"));
            cache.registerCacheEntryListener(
                    new MutableCacheEntryListenerConfiguration<>(() -> deaf, null, true, true));
            transport().failNext("DeleteItem", Fault.RESET_AFTER, () -> theirs.put(KEY, "theirs"));

            assertThatThrownBy(() -> cache.removeAll(Set.of(KEY, "other")))
                    .isInstanceOf(IncompleteBatchException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }

    /** A server that hides what refused a change is asked for it, and that request may fail for itself. */
    @Test
    void putIfAbsent_answerLostAndReadOfWhatRefusedFails_saysThatItMayHaveBeenApplied() {
        List<UnreliableTransport> chain = new ArrayList<>();
        try (Node hiding = Node.over(server -> {
            UnreliableTransport reads = new UnreliableTransport(new LookalikeTransport(server));
            UnreliableTransport writes = new UnreliableTransport(reads);
            chain.addAll(List.of(reads, writes));
            return writes;
        })) {
            Cache<String, String> cache = hiding.cache(freshName(), configuration(ETERNAL));
            chain.get(0).failNext("GetItem", Fault.EXPIRED, () -> {});
            chain.get(1).failNext("PutItem", Fault.RESET_AFTER, () -> {});

            assertThatThrownBy(() -> cache.putIfAbsent(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);

            assertThat(cache.get(KEY)).isEqualTo("new");
        }
    }

    /** What another program has written over it cannot be read, and says nothing of the lost attempt. */
    @Test
    void putIfAbsent_answerLostAndItemDamaged_saysThatItMayHaveBeenApplied() {
        String name = freshName();
        try (Cache<String, String> cache = node.cache(name, configuration(ETERNAL))) {
            RawItems items = new RawItems(other.client(), table);
            transport()
                    .failNext(
                            "PutItem",
                            Fault.RESET_AFTER,
                            () -> items.put(name + ":" + KEY, Map.of("etag", RawItems.encoded("no number"))));

            assertThatThrownBy(() -> cache.putIfAbsent(KEY, "new"))
                    .isInstanceOf(CacheException.class)
                    .hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        }
    }
}
