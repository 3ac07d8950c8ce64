package dev.tidepool.cache;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.DynamoDbLocal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheWriter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * The requests of every operation on one entry, under every kind of policy, for every state that the entry may be in.
 * Whole-cache operations are in {@link BulkRequestBudgetIT}.
 */
@ExtendWith(DynamoDbLocal.class)
@TestInstance(Lifecycle.PER_CLASS)
class RequestBudgetIT {
    private static final Duration TEN_MINUTES = new Duration(MINUTES, 10);

    private static final String KEY = "key";

    // Equal maps, whose bytes differ since each keeps the order in which it was filled.
    private static final Map<String, Integer> STORED = filled("a", "b");
    private static final Map<String, Integer> EQUAL = filled("b", "a");
    private static final Object OTHER = "other";
    private static final Object NEW = "new";

    private final String table = Node.freshTable();
    private final AtomicInteger caches = new AtomicInteger();
    private final Node node = Node.start();

    private static Map<String, Integer> filled(String... keys) {
        Map<String, Integer> map = new LinkedHashMap<>();
        for (String key : keys) {
            map.put(key, (int) key.charAt(0));
        }
        return map;
    }

    /** A policy that the library knows nothing about, so that it may ask for one outcome only. */
    private static final class ArbitraryPolicy implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            return TEN_MINUTES;
        }

        @Override
        public Duration getExpiryForAccess() {
            return TEN_MINUTES;
        }

        @Override
        public Duration getExpiryForUpdate() {
            return TEN_MINUTES;
        }
    }

    private static final class EntryPolicy implements EntryExpiryPolicy<String, Object> {
        @Override
        public Duration getExpiry(String key, Object value) {
            return TEN_MINUTES;
        }

        @Override
        public Duration getExpiryAfterAccess(String key, Object value) {
            return TEN_MINUTES;
        }
    }

    @SuppressWarnings("ImmutableEnumChecker") // the suppliers are stateless
    private enum Policy {
        ETERNAL(EternalExpiryPolicy::new),
        CREATED(() -> new CreatedExpiryPolicy(TEN_MINUTES)),
        MODIFIED(() -> new ModifiedExpiryPolicy(TEN_MINUTES)),
        ACCESSED(() -> new AccessedExpiryPolicy(TEN_MINUTES)),
        TOUCHED(() -> new TouchedExpiryPolicy(TEN_MINUTES)),
        PER_ENTRY(() -> (EntryExpiryPolicy<String, Object>) (key, value) -> TEN_MINUTES),
        PER_ENTRY_ACCESSED(EntryPolicy::new),
        ARBITRARY(ArbitraryPolicy::new);

        /** What puts under them do is write the deadline anew, created or updated. */
        static final Set<Policy> REWRITING = EnumSet.of(MODIFIED, TOUCHED, PER_ENTRY, PER_ENTRY_ACCESSED);

        /** Updates under them keep the deadline, which only an UpdateItem can. */
        static final Set<Policy> KEEPING = EnumSet.of(CREATED, ACCESSED);

        static final Set<Policy> FORESEEABLE = EnumSet.complementOf(EnumSet.of(ARBITRARY));
        static final Set<Policy> MOVED_BY_ACCESS = EnumSet.of(ACCESSED, TOUCHED, PER_ENTRY_ACCESSED, ARBITRARY);
        static final Set<Policy> UNMOVED_BY_ACCESS = EnumSet.complementOf(EnumSet.copyOf(MOVED_BY_ACCESS));
        static final Set<Policy> ALL = EnumSet.allOf(Policy.class);

        private final Supplier<ExpiryPolicy> policy;

        Policy(Supplier<ExpiryPolicy> policy) {
            this.policy = policy;
        }
    }

    private enum State {
        ABSENT,
        /** Written at the instant of the operation, so that no access moves its deadline. */
        PRESENT,
        /** Written a minute before. */
        OLDER,
        /** Written long before; DynamoDB has not deleted it yet. */
        EXPIRED;

        static final Set<State> LIVE = EnumSet.of(PRESENT, OLDER);
        static final Set<State> GONE = EnumSet.of(ABSENT, EXPIRED);
        static final Set<State> ALL = EnumSet.allOf(State.class);
    }

    @SuppressWarnings("ImmutableEnumChecker") // the lambdas are stateless
    private enum Call {
        GET(cache -> cache.get(KEY)),
        CONTAINS_KEY(cache -> cache.containsKey(KEY)),
        PUT(cache -> cache.put(KEY, NEW)),
        GET_AND_PUT(cache -> cache.getAndPut(KEY, NEW)),
        PUT_IF_ABSENT(cache -> cache.putIfAbsent(KEY, NEW)),
        REPLACE(cache -> cache.replace(KEY, NEW)),
        GET_AND_REPLACE(cache -> cache.getAndReplace(KEY, NEW)),
        REPLACE_MATCH(cache -> cache.replace(KEY, STORED, NEW)),
        REPLACE_MATCH_OF_OTHER_BYTES(cache -> cache.replace(KEY, EQUAL, NEW)),
        REPLACE_MISMATCH(cache -> cache.replace(KEY, OTHER, NEW)),
        REMOVE(cache -> cache.remove(KEY)),
        GET_AND_REMOVE(cache -> cache.getAndRemove(KEY)),
        REMOVE_MATCH(cache -> cache.remove(KEY, STORED)),
        REMOVE_MATCH_OF_OTHER_BYTES(cache -> cache.remove(KEY, EQUAL)),
        REMOVE_MISMATCH(cache -> cache.remove(KEY, OTHER)),
        INVOKE_NOTHING(cache -> cache.invoke(KEY, (entry, arguments) -> entry.exists())),
        INVOKE_READING(cache -> cache.invoke(KEY, (entry, arguments) -> entry.getValue())),
        INVOKE_WRITING(cache -> cache.invoke(KEY, (entry, arguments) -> {
            entry.setValue(NEW);
            return true;
        })),
        INVOKE_REMOVING(cache -> cache.invoke(KEY, (entry, arguments) -> {
            entry.remove();
            return true;
        }));

        private final Consumer<Cache<String, Object>> call;

        Call(Consumer<Cache<String, Object>> call) {
            this.call = call;
        }
    }

    private record Case(Call call, Policy policy, State state) {
        /** An entry that never expires is never expired. */
        boolean isPossible() {
            return policy != Policy.ETERNAL || state != State.EXPIRED;
        }

        @Override
        public String toString() {
            return call + ", " + policy + ", " + state;
        }
    }

    /** Collects the rows; each possible combination has exactly one, which {@link #add} and the test of it see to. */
    private static final class Budget {
        private final Map<Case, List<String>> rows = new LinkedHashMap<>();

        void add(Call call, Set<Policy> policies, Set<State> states, String... operations) {
            for (Policy policy : policies) {
                for (State state : states) {
                    Case row = new Case(call, policy, state);
                    if (row.isPossible()) {
                        assertThat(rows).as("one row for each case").doesNotContainKey(row);
                        rows.put(row, List.of(operations));
                    }
                }
            }
        }
    }

    private static Map<Case, List<String>> budget() {
        Budget budget = new Budget();
        addReads(budget);
        addPuts(budget, Call.PUT);
        addPuts(budget, Call.GET_AND_PUT);
        addReplacements(budget, Call.REPLACE);
        addReplacements(budget, Call.GET_AND_REPLACE);
        addConditionalWrites(budget);
        addRemovals(budget);
        addInvocations(budget);
        return budget.rows;
    }

    private static void addReads(Budget budget) {
        budget.add(Call.CONTAINS_KEY, Policy.ALL, State.ALL, "GetItem");
        addRead(budget, Call.GET);
    }

    private static void addRead(Budget budget, Call call) {
        budget.add(call, Policy.UNMOVED_BY_ACCESS, State.ALL, "GetItem");
        budget.add(call, Policy.MOVED_BY_ACCESS, EnumSet.complementOf(EnumSet.of(State.OLDER)), "GetItem");
        budget.add(call, Policy.MOVED_BY_ACCESS, EnumSet.of(State.OLDER), "GetItem", "UpdateItem");
    }

    private static void addPuts(Budget budget, Call call) {
        budget.add(call, EnumSet.of(Policy.ETERNAL), State.ALL, "UpdateItem");
        budget.add(call, Policy.REWRITING, State.ALL, "PutItem");
        budget.add(call, Policy.KEEPING, EnumSet.complementOf(EnumSet.of(State.EXPIRED)), "UpdateItem");
        budget.add(call, Policy.KEEPING, EnumSet.of(State.EXPIRED), "UpdateItem", "PutItem");
        budget.add(call, EnumSet.of(Policy.ARBITRARY), State.ALL, "GetItem", "PutItem");
    }

    private static void addReplacements(Budget budget, Call call) {
        budget.add(call, EnumSet.of(Policy.ETERNAL, Policy.CREATED, Policy.ACCESSED), State.ALL, "UpdateItem");
        budget.add(call, Policy.REWRITING, State.ALL, "PutItem");
        budget.add(call, EnumSet.of(Policy.ARBITRARY), State.LIVE, "GetItem", "PutItem");
        budget.add(call, EnumSet.of(Policy.ARBITRARY), State.GONE, "GetItem");
    }

    private static void addConditionalWrites(Budget budget) {
        Set<Policy> updating = EnumSet.of(Policy.ETERNAL, Policy.CREATED, Policy.ACCESSED);
        budget.add(Call.PUT_IF_ABSENT, Policy.FORESEEABLE, State.ALL, "PutItem");
        budget.add(Call.PUT_IF_ABSENT, EnumSet.of(Policy.ARBITRARY), State.LIVE, "GetItem");
        budget.add(Call.PUT_IF_ABSENT, EnumSet.of(Policy.ARBITRARY), State.GONE, "GetItem", "PutItem");

        budget.add(Call.REPLACE_MATCH, updating, State.ALL, "UpdateItem");
        budget.add(Call.REPLACE_MATCH, Policy.REWRITING, State.ALL, "PutItem");

        Call otherBytes = Call.REPLACE_MATCH_OF_OTHER_BYTES;
        budget.add(otherBytes, updating, State.LIVE, "UpdateItem", "UpdateItem");
        budget.add(otherBytes, updating, State.GONE, "UpdateItem");
        budget.add(otherBytes, Policy.REWRITING, State.LIVE, "PutItem", "PutItem");
        budget.add(otherBytes, Policy.REWRITING, State.GONE, "PutItem");

        for (Call match : List.of(Call.REPLACE_MATCH, otherBytes)) {
            budget.add(match, EnumSet.of(Policy.ARBITRARY), State.LIVE, "GetItem", "PutItem");
            budget.add(match, EnumSet.of(Policy.ARBITRARY), State.GONE, "GetItem");
        }

        for (Policy policy : Policy.ALL) {
            String first =
                    policy == Policy.ARBITRARY ? "GetItem" : updating.contains(policy) ? "UpdateItem" : "PutItem";
            addMismatch(budget, Call.REPLACE_MISMATCH, policy, first);
        }
    }

    /** It is an access, which moves the deadline of an entry that is not as young as can be. */
    private static void addMismatch(Budget budget, Call call, Policy policy, String first) {
        budget.add(call, EnumSet.of(policy), EnumSet.of(State.ABSENT, State.PRESENT, State.EXPIRED), first);
        if (Policy.MOVED_BY_ACCESS.contains(policy)) {
            budget.add(call, EnumSet.of(policy), EnumSet.of(State.OLDER), first, "UpdateItem");
        } else {
            budget.add(call, EnumSet.of(policy), EnumSet.of(State.OLDER), first);
        }
    }

    private static void addRemovals(Budget budget) {
        for (Call call : List.of(Call.REMOVE, Call.GET_AND_REMOVE, Call.REMOVE_MATCH)) {
            budget.add(call, Policy.ALL, State.ALL, "DeleteItem");
        }
        budget.add(Call.REMOVE_MATCH_OF_OTHER_BYTES, Policy.ALL, State.LIVE, "DeleteItem", "DeleteItem");
        budget.add(Call.REMOVE_MATCH_OF_OTHER_BYTES, Policy.ALL, State.GONE, "DeleteItem");
        Policy.ALL.forEach(policy -> addMismatch(budget, Call.REMOVE_MISMATCH, policy, "DeleteItem"));
    }

    private static void addInvocations(Budget budget) {
        Set<Policy> updating = EnumSet.of(Policy.ETERNAL, Policy.CREATED, Policy.ACCESSED);
        budget.add(Call.INVOKE_NOTHING, Policy.ALL, State.ALL, "GetItem");
        addRead(budget, Call.INVOKE_READING);
        budget.add(Call.INVOKE_WRITING, Policy.ALL, State.GONE, "GetItem", "PutItem");
        budget.add(Call.INVOKE_WRITING, updating, State.LIVE, "GetItem", "UpdateItem");
        budget.add(
                Call.INVOKE_WRITING, EnumSet.complementOf(EnumSet.copyOf(updating)), State.LIVE, "GetItem", "PutItem");
        budget.add(Call.INVOKE_REMOVING, Policy.ALL, State.LIVE, "GetItem", "DeleteItem");
        budget.add(Call.INVOKE_REMOVING, Policy.ALL, State.GONE, "GetItem");
    }

    static Stream<Map.Entry<Case, List<String>>> rows() {
        return budget().entrySet().stream();
    }

    /** A refusal that carries its item tells the node that refusals do; until then one without costs a read. */
    @BeforeAll
    void refuseOnce() {
        Cache<String, Object> cache = cache(Policy.ETERNAL);
        cache.put(KEY, STORED);
        assertThat(cache.putIfAbsent(KEY, NEW)).isFalse();
    }

    @AfterAll
    void stop() {
        node.close();
    }

    private Cache<String, Object> cache(Policy policy) {
        return node.cache("cache" + caches.incrementAndGet(), configuration(policy));
    }

    private DynamoDbConfiguration.Builder<String, Object> configuration(Policy policy) {
        return DynamoDbConfiguration.builder(String.class, Object.class)
                .table(table)
                .expiryPolicy(policy.policy::get);
    }

    private void prepare(Cache<String, Object> cache, State state) {
        if (state != State.ABSENT) {
            cache.put(KEY, STORED);
        }
        switch (state) {
            case OLDER -> node.clock().advance(java.time.Duration.ofMinutes(1));
            case EXPIRED -> node.clock().advance(java.time.Duration.ofHours(1));
            case ABSENT, PRESENT -> {}
        }
        node.requests().clear();
    }

    @Test
    void budget_everyOperationPolicyAndState_hasARow() {
        List<Case> all = new ArrayList<>();
        for (Call call : Call.values()) {
            for (Policy policy : Policy.values()) {
                for (State state : State.values()) {
                    all.add(new Case(call, policy, state));
                }
            }
        }
        all.removeIf(row -> !row.isPossible());

        assertThat(budget().keySet()).containsExactlyInAnyOrderElementsOf(all);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void operation_underPolicyOnEntry_sendsTheRequestsOfItsRow(Map.Entry<Case, List<String>> row) {
        Case is = row.getKey();
        try (Cache<String, Object> cache = cache(is.policy())) {
            prepare(cache, is.state());

            is.call().call.accept(cache);

            assertThat(node.requests().operations()).containsExactlyElementsOf(row.getValue());
        }
    }

    /** The operations with a writer, under a policy that alone would let each of them be one request. */
    static Stream<Arguments> writerRows() {
        return Stream.of(
                arguments(Call.PUT, State.ABSENT, "UpdateItem", "write"),
                arguments(Call.PUT, State.PRESENT, "UpdateItem", "write"),
                arguments(Call.GET_AND_PUT, State.PRESENT, "UpdateItem", "write"),
                arguments(Call.PUT_IF_ABSENT, State.ABSENT, "GetItem PutItem", "write"),
                arguments(Call.PUT_IF_ABSENT, State.PRESENT, "GetItem", ""),
                arguments(Call.REPLACE, State.ABSENT, "GetItem", ""),
                arguments(Call.REPLACE, State.PRESENT, "GetItem UpdateItem", "write"),
                arguments(Call.GET_AND_REPLACE, State.ABSENT, "GetItem", ""),
                arguments(Call.GET_AND_REPLACE, State.PRESENT, "GetItem UpdateItem", "write"),
                arguments(Call.REPLACE_MATCH, State.ABSENT, "GetItem", ""),
                arguments(Call.REPLACE_MATCH, State.PRESENT, "GetItem UpdateItem", "write"),
                arguments(Call.REPLACE_MATCH_OF_OTHER_BYTES, State.PRESENT, "GetItem UpdateItem", "write"),
                arguments(Call.REPLACE_MISMATCH, State.PRESENT, "GetItem", ""),
                arguments(Call.REMOVE, State.ABSENT, "DeleteItem", "delete"),
                arguments(Call.REMOVE, State.PRESENT, "DeleteItem", "delete"),
                arguments(Call.GET_AND_REMOVE, State.PRESENT, "DeleteItem", "delete"),
                arguments(Call.REMOVE_MATCH, State.ABSENT, "GetItem", ""),
                arguments(Call.REMOVE_MATCH, State.PRESENT, "GetItem DeleteItem", "delete"),
                arguments(Call.REMOVE_MATCH_OF_OTHER_BYTES, State.PRESENT, "GetItem DeleteItem", "delete"),
                arguments(Call.REMOVE_MISMATCH, State.PRESENT, "GetItem", ""),
                arguments(Call.INVOKE_READING, State.PRESENT, "GetItem", ""),
                arguments(Call.INVOKE_WRITING, State.ABSENT, "GetItem PutItem", "write"),
                arguments(Call.INVOKE_WRITING, State.PRESENT, "GetItem UpdateItem", "write"),
                arguments(Call.INVOKE_REMOVING, State.PRESENT, "GetItem DeleteItem", "delete"));
    }

    @ParameterizedTest
    @MethodSource("writerRows")
    void operation_withWriter_readsWhereItIsConditionalAndCallsTheWriterOnce(
            Call call, State state, String operations, String writes) {
        Writes writer = new Writes();
        try (Cache<String, Object> cache = node.cache(
                "cache" + caches.incrementAndGet(),
                configuration(Policy.ETERNAL).writeThrough(() -> writer))) {
            prepare(cache, state);
            writer.calls.clear();

            call.call.accept(cache);

            assertThat(String.join(" ", node.requests().operations())).isEqualTo(operations);
            assertThat(String.join(" ", writer.calls)).isEqualTo(writes);
        }
    }

    private static final class Writes implements CacheWriter<String, Object> {
        private final List<String> calls = new ArrayList<>();

        @Override
        public void write(Cache.Entry<? extends String, ?> entry) {
            calls.add("write");
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ?>> entries) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void delete(Object key) {
            calls.add("delete");
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void containsKey_presentEntry_asksForEverythingButTheValue() {
        try (Cache<String, Object> cache = cache(Policy.CREATED)) {
            prepare(cache, State.PRESENT);

            assertThat(cache.containsKey(KEY)).isTrue();

            GetItemRequest request = (GetItemRequest) node.requests().sent().get(0);
            assertThat(request.projectionExpression().split(", "))
                    .extracting(name -> request.expressionAttributeNames().getOrDefault(name, name))
                    .contains("id", "expires", "expiresAt")
                    .doesNotContain("value");
        }
    }

    /** Which old values are asked for: by what returns one, and by all when there is a listener. */
    static Stream<Arguments> oldValues() {
        return Stream.of(
                arguments(Call.PUT, Policy.ETERNAL, false),
                arguments(Call.PUT, Policy.CREATED, false),
                arguments(Call.PUT, Policy.MODIFIED, false),
                arguments(Call.PUT, Policy.ARBITRARY, false),
                arguments(Call.GET_AND_PUT, Policy.ETERNAL, true),
                arguments(Call.GET_AND_PUT, Policy.MODIFIED, true),
                arguments(Call.REPLACE, Policy.ETERNAL, false),
                arguments(Call.REPLACE_MATCH, Policy.MODIFIED, false),
                arguments(Call.GET_AND_REPLACE, Policy.CREATED, true),
                arguments(Call.REMOVE, Policy.ETERNAL, false),
                arguments(Call.REMOVE_MATCH, Policy.ETERNAL, false),
                arguments(Call.GET_AND_REMOVE, Policy.ETERNAL, true),
                arguments(Call.INVOKE_WRITING, Policy.ETERNAL, false),
                arguments(Call.INVOKE_REMOVING, Policy.ETERNAL, false));
    }

    @ParameterizedTest
    @MethodSource("oldValues")
    void write_withoutListener_asksForTheOldValueOnlyToReturnIt(Call call, Policy policy, boolean wanted) {
        try (Cache<String, Object> cache = cache(policy)) {
            prepare(cache, State.PRESENT);

            call.call.accept(cache);

            assertThat(returnValues()).isEqualTo(wanted ? ReturnValue.ALL_OLD : ReturnValue.NONE);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Call.class,
            names = {"PUT", "PUT_IF_ABSENT", "REPLACE", "REPLACE_MATCH", "REMOVE", "REMOVE_MATCH"})
    void write_withListener_asksForTheOldValueInTheSameRequest(Call call) {
        State state = call == Call.PUT_IF_ABSENT ? State.ABSENT : State.PRESENT;
        try (Cache<String, Object> cache = node.cache(
                "cache" + caches.incrementAndGet(),
                configuration(Policy.MODIFIED).listener(listener()))) {
            prepare(cache, state);

            call.call.accept(cache);

            assertThat(node.requests().sent()).hasSize(1);
            assertThat(returnValues()).isEqualTo(ReturnValue.ALL_OLD);
        }
    }

    private static MutableCacheEntryListenerConfiguration<String, Object> listener() {
        CacheEntryCreatedListener<String, Object> listener = events -> {};
        return new MutableCacheEntryListenerConfiguration<>(() -> listener, null, true, true);
    }

    /** What the last request says, which is the one that writes. */
    private ReturnValue returnValues() {
        List<SdkRequest> sent = node.requests().sent();
        SdkRequest last = sent.get(sent.size() - 1);
        if (last instanceof PutItemRequest put) {
            return put.returnValues();
        }
        return last instanceof UpdateItemRequest update
                ? update.returnValues()
                : ((DeleteItemRequest) last).returnValues();
    }
}
