package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CompletionListenerFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Deadlines as they stand in the items, and as the clock meets them. */
@ExtendWith(DynamoDbLocal.class)
class ExpiryIT {
    private static final String TABLE = Node.freshTable();
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** An odd number of milliseconds: a deadline in seconds cannot say it. */
    private static final Duration LIFETIME = new Duration(java.util.concurrent.TimeUnit.MILLISECONDS, 90_001);

    private static final Duration HOUR = Duration.ONE_HOUR;

    private static Node node;
    private static Node other;
    private static RawItems items;

    private final String name = "expiry-" + NAMES.incrementAndGet();
    private final String id = name + ":key";
    private final MapLoader<String, String> loader = new MapLoader<>(Map.of("key", "new"));

    @BeforeAll
    static void start() {
        node = Node.start();
        other = Node.besides(node);
        items = new RawItems(node.client(), TABLE);
    }

    @AfterAll
    static void close() {
        other.close();
        node.close();
    }

    /** What a policy answers, by a name that a reader of the report understands. */
    @SuppressWarnings("ImmutableEnumChecker") // durations are immutable
    enum Answer {
        NULL(null),
        ZERO(Duration.ZERO),
        ETERNAL(Duration.ETERNAL),
        FINITE(LIFETIME);

        private final @Nullable Duration duration;

        Answer(@Nullable Duration duration) {
            this.duration = duration;
        }
    }

    /** An operation on the entry "key" whose value becomes "new", if it is written. */
    private record Step(String operation, Consumer<Cache<String, String>> run) {
        @Override
        public String toString() {
            return operation;
        }
    }

    private static final Step PUT = new Step("put", cache -> cache.put("key", "new"));
    private static final Step GET_AND_PUT = new Step("getAndPut", cache -> cache.getAndPut("key", "new"));
    private static final Step PUT_ALL = new Step("putAll", cache -> cache.putAll(Map.of("key", "new")));
    private static final Step PUT_IF_ABSENT = new Step("putIfAbsent", cache -> cache.putIfAbsent("key", "new"));
    private static final Step REPLACE = new Step("replace", cache -> cache.replace("key", "new"));
    private static final Step REPLACE_EQUAL = new Step("replace if equal", cache -> cache.replace("key", "old", "new"));
    private static final Step GET_AND_REPLACE = new Step("getAndReplace", cache -> cache.getAndReplace("key", "new"));
    private static final Step SET = new Step(
            "invoke, setValue",
            cache -> cache.invoke("key", (entry, none) -> {
                entry.setValue("new");
                return null;
            }));
    private static final Step LOAD_OVER = new Step("loadAll, replacing", cache -> loadAll(cache, true));
    private static final Step LOAD_MISSING = new Step("loadAll", cache -> loadAll(cache, false));
    private static final Step GET = new Step("get", cache -> cache.get("key"));
    private static final Step GET_ALL = new Step("getAll", cache -> cache.getAll(Set.of("key")));
    private static final Step ITERATE = new Step("iterator", cache -> cache.forEach(entry -> entry.getValue()));
    private static final Step GET_VALUE =
            new Step("invoke, getValue", cache -> cache.invoke("key", (entry, none) -> entry.getValue()));
    private static final Step REPLACE_UNEQUAL =
            new Step("replace if equal, which it is not", cache -> cache.replace("key", "other", "new"));
    private static final Step REMOVE_UNEQUAL =
            new Step("remove if equal, which it is not", cache -> cache.remove("key", "other"));

    /** With nothing there; the readers read through. */
    private static final List<Step> CREATIONS =
            List.of(PUT, GET_AND_PUT, PUT_IF_ABSENT, PUT_ALL, SET, LOAD_OVER, LOAD_MISSING, GET, GET_ALL, GET_VALUE);

    private static final List<Step> UPDATES =
            List.of(PUT, GET_AND_PUT, PUT_ALL, REPLACE, REPLACE_EQUAL, GET_AND_REPLACE, SET, LOAD_OVER);

    private static final List<Step> ACCESSES =
            List.of(GET, GET_ALL, ITERATE, GET_VALUE, REPLACE_UNEQUAL, REMOVE_UNEQUAL);

    /** That look at an entry, or fail on it, without accessing it by JSR-107's table of expiry policies. */
    private static final List<Step> NEITHER = List.of(
            new Step("containsKey", cache -> cache.containsKey("key")),
            new Step("putIfAbsent", cache -> cache.putIfAbsent("key", "new")),
            new Step("loadAll", cache -> loadAll(cache, false)),
            new Step("invoke, exists", cache -> cache.invoke("key", (entry, none) -> entry.exists())));

    private static void loadAll(Cache<String, String> cache, boolean replaceExisting) {
        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(Set.of("key"), replaceExisting, done);
        try {
            done.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<Arguments> withAnswers(List<Step> steps) {
        return steps.stream().flatMap(step -> Stream.of(Answer.values()).map(answer -> Arguments.of(step, answer)));
    }

    static Stream<Arguments> creations() {
        return withAnswers(CREATIONS);
    }

    static Stream<Arguments> updates() {
        return withAnswers(UPDATES);
    }

    static Stream<Arguments> accesses() {
        return withAnswers(ACCESSES);
    }

    static List<Step> updatesAlone() {
        return UPDATES;
    }

    static List<Step> accessesAlone() {
        return ACCESSES;
    }

    static List<Step> creationsAlone() {
        return CREATIONS;
    }

    static List<Step> neither() {
        return NEITHER;
    }

    private Cache<String, String> cache(ExpiryPolicy policy) {
        return node.cache(name, configuration(policy));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration(ExpiryPolicy policy) {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(TABLE)
                .readThrough(() -> loader)
                .expiryPolicy(() -> policy);
    }

    /** Puts "old", with a deadline in an hour under the policies here, and lets ten seconds pass. */
    private long putOld(Cache<String, String> cache) {
        long deadline = node.clock().millis() + HOUR.getTimeUnit().toMillis(HOUR.getDurationAmount());
        cache.put("key", "old");
        node.clock().advance(java.time.Duration.ofSeconds(10));
        return deadline;
    }

    private static long in(Duration duration) {
        return node.clock().millis() + duration.getTimeUnit().toMillis(duration.getDurationAmount());
    }

    private void assertDeadline(Cache<String, String> cache, String value, long deadline) {
        assertThat(items.get(id))
                .containsEntry("value", RawItems.encoded(value))
                .containsEntry("expiresAt", RawItems.number(deadline))
                .containsEntry("expires", RawItems.number((deadline + 999) / 1000));
        node.clock()
                .advance(java.time.Duration.ofMillis(deadline - 1 - node.clock().millis()));
        assertThat(cache.containsKey("key")).isTrue();
        node.clock().advance(java.time.Duration.ofMillis(1));
        assertThat(cache.containsKey("key")).isFalse();
    }

    private void assertEternal(String value) {
        assertThat(items.get(id))
                .containsEntry("value", RawItems.encoded(value))
                .doesNotContainKeys("expires", "expiresAt");
    }

    private void assertAnswered(
            Cache<String, String> cache, Answer answer, String value, @Nullable Long unchangedDeadline) {
        switch (answer) {
            case NULL -> {
                if (unchangedDeadline == null) {
                    assertEternal(value);
                } else {
                    assertDeadline(cache, value, unchangedDeadline);
                }
            }
            case ZERO -> assertThat(items.get(id)).isEmpty();
            case ETERNAL -> assertEternal(value);
            case FINITE -> assertDeadline(cache, value, in(LIFETIME));
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("creations")
    void anyCreation_ownPolicy_itemHasDeadlineOfCreation(Step step, Answer answer) {
        TablePolicy policy = new TablePolicy(answer.duration, HOUR, HOUR);
        Cache<String, String> cache = cache(policy);

        step.run().accept(cache);

        assertThat(policy.questions()).containsExactly("creation");
        assertAnswered(cache, answer, "new", null);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("updates")
    void anyUpdate_ownPolicy_itemHasDeadlineOfUpdate(Step step, Answer answer) {
        TablePolicy policy = new TablePolicy(HOUR, answer.duration, Duration.ZERO);
        Cache<String, String> cache = cache(policy);
        long deadline = putOld(cache);
        policy.forget();

        step.run().accept(cache);

        assertThat(policy.questions()).containsExactly("update");
        assertAnswered(cache, answer, "new", deadline);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("accesses")
    void anyAccess_ownPolicy_itemHasDeadlineOfAccess(Step step, Answer answer) {
        TablePolicy policy = new TablePolicy(HOUR, Duration.ZERO, answer.duration);
        Cache<String, String> cache = cache(policy);
        long deadline = putOld(cache);
        policy.forget();

        step.run().accept(cache);

        assertThat(policy.questions()).containsExactly("access");
        assertAnswered(cache, answer, "old", deadline);
    }

    @ParameterizedTest
    @MethodSource("neither")
    void anyLook_ownPolicy_isNotAskedAndItemStaysAsItIs(Step step) {
        TablePolicy policy = new TablePolicy(HOUR, Duration.ZERO, Duration.ZERO);
        Cache<String, String> cache = cache(policy);
        putOld(cache);
        Map<String, AttributeValue> before = items.get(id);
        policy.forget();

        step.run().accept(cache);

        assertThat(policy.questions()).isEmpty();
        assertThat(items.get(id)).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("accessesAlone")
    void anyAccess_deadlineMoves_valueAndEtagStay(Step step) {
        Cache<String, String> cache = cache(new TablePolicy(HOUR, null, LIFETIME));
        putOld(cache);
        Map<String, AttributeValue> before = items.get(id);

        step.run().accept(cache);

        Map<String, AttributeValue> after = items.get(id);
        assertThat(after.get("expiresAt")).isNotEqualTo(before.get("expiresAt"));
        assertThat(after.get("value")).isEqualTo(before.get("value"));
        assertThat(after.get("etag")).isEqualTo(before.get("etag"));
        assertThat(after.keySet()).isEqualTo(before.keySet());
    }

    @ParameterizedTest
    @MethodSource("accessesAlone")
    void anyAccess_entryRemovedBetweenReadAndExtension_staysGone(Step step) {
        Cache<String, String> elsewhere = other.cache(name, configuration(new EternalExpiryPolicy()));
        Cache<String, String> cache = cache(new DisturbedPolicy(() -> elsewhere.remove("key")));
        putOld(cache);

        step.run().accept(cache);

        assertThat(items.get(id)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("accessesAlone")
    void anyAccess_entryReplacedBetweenReadAndExtension_keepsItsOwnDeadline(Step step) {
        Cache<String, String> elsewhere = other.cache(name, configuration(new EternalExpiryPolicy()));
        Cache<String, String> cache = cache(new DisturbedPolicy(() -> {
            elsewhere.remove("key");
            elsewhere.put("key", "newer");
        }));
        putOld(cache);

        step.run().accept(cache);

        assertEternal("newer");
    }

    @Test
    void get_zeroAccessAndEntryReplacedBetweenReadAndExpiry_newEntryStays() {
        Cache<String, String> elsewhere = other.cache(name, configuration(new EternalExpiryPolicy()));
        Cache<String, String> cache = cache(new TablePolicyOnAccess(Duration.ZERO, () -> {
            elsewhere.put("key", "newer");
        }));
        putOld(cache);

        assertThat(cache.get("key")).isEqualTo("old");

        assertThat(items.get(id)).containsEntry("value", RawItems.encoded("newer"));
    }

    /** Lives an hour, and does something between the read of an entry and the extension of its life. */
    private static final class DisturbedPolicy extends TablePolicyOnAccess {
        private DisturbedPolicy(Runnable disturbance) {
            super(LIFETIME, disturbance);
        }
    }

    private static class TablePolicyOnAccess implements ExpiryPolicy {
        private final Duration access;
        private final Runnable disturbance;

        private TablePolicyOnAccess(Duration access, Runnable disturbance) {
            this.access = access;
            this.disturbance = disturbance;
        }

        @Override
        public Duration getExpiryForCreation() {
            return HOUR;
        }

        @Override
        public Duration getExpiryForAccess() {
            disturbance.run();
            return access;
        }

        @Override
        public @Nullable Duration getExpiryForUpdate() {
            return null;
        }
    }

    /** A policy of JSR-107, and which of an update and an access move its deadline. */
    @SuppressWarnings("ImmutableEnumChecker") // the policies are immutable
    enum Standard {
        CREATED(new CreatedExpiryPolicy(LIFETIME), false, false, false),
        MODIFIED(new ModifiedExpiryPolicy(LIFETIME), false, true, false),
        ACCESSED(new AccessedExpiryPolicy(LIFETIME), false, false, true),
        TOUCHED(new TouchedExpiryPolicy(LIFETIME), false, true, true),
        ETERNAL(new EternalExpiryPolicy(), true, false, false);

        private final ExpiryPolicy policy;
        private final boolean eternal;
        private final boolean movesOnUpdate;
        private final boolean movesOnAccess;

        Standard(ExpiryPolicy policy, boolean eternal, boolean movesOnUpdate, boolean movesOnAccess) {
            this.policy = policy;
            this.eternal = eternal;
            this.movesOnUpdate = movesOnUpdate;
            this.movesOnAccess = movesOnAccess;
        }
    }

    private static Stream<Arguments> withStandards(List<Step> steps) {
        return steps.stream()
                .flatMap(step -> Stream.of(Standard.values()).map(standard -> Arguments.of(step, standard)));
    }

    static Stream<Arguments> standardCreations() {
        return withStandards(CREATIONS);
    }

    static Stream<Arguments> standardUpdates() {
        return withStandards(UPDATES);
    }

    static Stream<Arguments> standardAccesses() {
        return withStandards(ACCESSES);
    }

    private void assertStandard(
            Cache<String, String> cache, Standard standard, String value, long created, boolean moved) {
        if (standard.eternal) {
            assertEternal(value);
        } else {
            assertDeadline(cache, value, moved ? in(LIFETIME) : created);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("standardCreations")
    void anyCreation_standardPolicy_itemHasItsDeadline(Step step, Standard standard) {
        Cache<String, String> cache = cache(standard.policy);

        step.run().accept(cache);

        assertStandard(cache, standard, "new", in(LIFETIME), true);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("standardUpdates")
    void anyUpdate_standardPolicy_movesDeadlineOrLeavesBothAttributes(Step step, Standard standard) {
        Cache<String, String> cache = cache(standard.policy);
        long created = in(LIFETIME);
        putOld(cache);

        step.run().accept(cache);

        assertStandard(cache, standard, "new", created, standard.movesOnUpdate);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("standardAccesses")
    void anyAccess_standardPolicy_movesDeadlineOrLeavesBothAttributes(Step step, Standard standard) {
        Cache<String, String> cache = cache(standard.policy);
        long created = in(LIFETIME);
        putOld(cache);

        step.run().accept(cache);

        assertStandard(cache, standard, "old", created, standard.movesOnAccess);
    }

    static Stream<Arguments> keepers() {
        return Stream.of(Standard.CREATED, Standard.ACCESSED, Standard.ETERNAL)
                .flatMap(standard -> Stream.of(PUT, GET_AND_PUT, REPLACE, REPLACE_EQUAL, GET_AND_REPLACE, SET)
                        .map(step -> Arguments.of(step, standard)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("keepers")
    void anyUpdate_deadlineOfAnotherProgramThatPolicyKeeps_leavesAttributesAsTheyWere(Step step, Standard standard) {
        Cache<String, String> cache = cache(standard.policy);
        AttributeValue expires = RawItems.number(node.clock().millis() / 1000 + 500);
        items.put(id, Map.of("value", RawItems.encoded("old"), "expires", expires));

        step.run().accept(cache);

        assertThat(items.get(id))
                .containsEntry("value", RawItems.encoded("new"))
                .containsEntry("expires", expires)
                .doesNotContainKey("expiresAt");
    }

    @ParameterizedTest
    @MethodSource("creationsAlone")
    void anyCreation_createdPolicyOfZero_storesNothing(Step step) {
        Events<String, String> events = new Events<>();
        Cache<String, String> cache = node.cache(
                name, configuration(new CreatedExpiryPolicy(Duration.ZERO)).listener(events.synchronous()));

        step.run().accept(cache);

        assertThat(items.get(id)).isEmpty();
        assertThat(events.heard()).doesNotContain("CREATED key: new");
    }

    @Test
    void putIfAbsent_zeroLifetime_isFalseAsNothingWasSet() {
        assertThat(cache(new CreatedExpiryPolicy(Duration.ZERO)).putIfAbsent("key", "new"))
                .isFalse();
    }

    @ParameterizedTest
    @MethodSource("creationsAlone")
    void anyCreation_policyThatThrows_neverExpires(Step step) {
        Cache<String, String> cache = cache(new ThrowingPolicy());

        step.run().accept(cache);

        assertEternal("new");
    }

    static Stream<Arguments> changesAndReads() {
        return Stream.concat(
                UPDATES.stream().map(step -> Arguments.of(step, "new")),
                ACCESSES.stream().map(step -> Arguments.of(step, "old")));
    }

    @ParameterizedTest
    @MethodSource("changesAndReads")
    void anyUpdateOrAccess_policyThatThrows_keepsDeadline(Step step, String value) {
        Cache<String, String> cache = cache(new ThrowingPolicy());
        long deadline = node.clock().millis() + 5_000;
        items.put(
                id,
                Map.of(
                        "value", RawItems.encoded("old"),
                        "expires", RawItems.number((deadline + 999) / 1000),
                        "expiresAt", RawItems.number(deadline),
                        "etag", RawItems.number(7)));

        step.run().accept(cache);

        assertDeadline(cache, value, deadline);
    }

    private static final class ThrowingPolicy implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            throw new Quiet();
        }

        @Override
        public Duration getExpiryForAccess() {
            throw new Quiet();
        }

        @Override
        public Duration getExpiryForUpdate() {
            throw new Quiet();
        }
    }

    @Test
    void put_lifetimeBeyondAllTime_neverExpires() {
        Cache<String, String> cache =
                cache(new CreatedExpiryPolicy(new Duration(java.util.concurrent.TimeUnit.DAYS, Long.MAX_VALUE)));

        cache.put("key", "new");

        assertEternal("new");
    }
}
