package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.UnreliableTransport.Fault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.integration.CacheWriter;
import javax.cache.processor.EntryProcessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a node answers when a request's first attempt went wrong and the SDK has sent it again. */
@ExtendWith(DynamoDbLocal.class)
@TestInstance(Lifecycle.PER_CLASS)
class LostAnswerIT {
    private static final Duration TEN_MINUTES = new Duration(TimeUnit.MINUTES, 10);

    private static final Factory<ExpiryPolicy> ETERNAL = EternalExpiryPolicy.factoryOf();
    private static final Factory<ExpiryPolicy> CREATED = CreatedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> MODIFIED = ModifiedExpiryPolicy.factoryOf(TEN_MINUTES);
    private static final Factory<ExpiryPolicy> ARBITRARY = ArbitraryPolicy::new;

    private static final String KEY = "key";
    private static final String MAY_HAVE_BEEN_APPLIED = "may have been applied";

    private static final Set<Fault> AFTER = EnumSet.of(Fault.RESET_AFTER, Fault.ERROR_AFTER, Fault.CUT_AFTER);
    private static final Set<Fault> BEFORE = EnumSet.of(Fault.RESET_BEFORE, Fault.ERROR_BEFORE);
    private static final Set<Fault> CERTAINLY_NOT = EnumSet.of(Fault.THROTTLED, Fault.NEVER_SENT, Fault.OTHER_REGION);

    private final String table = Node.freshTable();
    private final AtomicInteger caches = new AtomicInteger();
    private final List<UnreliableTransport> transports = new ArrayList<>();
    private final Node node = Node.over(server -> {
        UnreliableTransport transport = new UnreliableTransport(server);
        transports.add(transport);
        return transport;
    });
    private final Node other = Node.start();

    private static final class ArbitraryPolicy implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            return TEN_MINUTES;
        }

        @Override
        public @Nullable Duration getExpiryForAccess() {
            return null;
        }

        @Override
        public Duration getExpiryForUpdate() {
            return TEN_MINUTES;
        }
    }

    @BeforeAll
    void refuseOnce() {
        Cache<String, String> cache = cache(node, ETERNAL);
        cache.put(KEY, "old");
        assertThat(cache.putIfAbsent(KEY, "new")).isFalse();
    }

    @AfterAll
    void stop() {
        node.close();
        other.close();
    }

    private UnreliableTransport transport() {
        return transports.get(0);
    }

    private Cache<String, String> cache(Node of, Factory<ExpiryPolicy> policy) {
        return of.cache("cache" + caches.incrementAndGet(), configuration(policy));
    }

    private DynamoDbConfiguration.Builder<String, String> configuration(Factory<ExpiryPolicy> policy) {
        return DynamoDbConfiguration.builder(String.class, String.class)
                .table(table)
                .expiryPolicy(policy);
    }

    /** What an operation comes to: an answer or a failure, and the entry that it leaves. */
    record Ending(@Nullable Object answer, @Nullable String entry) {}

    /**
     * One operation whose request fails once.
     *
     * @param before the entry before, or null
     * @param request the DynamoDB operation whose first attempt goes wrong
     * @param applied how it ends when that attempt was applied and its answer lost
     * @param unharmed how it ends without any fault
     * @param notApplied how it ends when the first attempt got lost on its way
     */
    record Row(
            String name,
            Factory<ExpiryPolicy> policy,
            boolean writer,
            @Nullable String before,
            String request,
            Function<Cache<String, String>, @Nullable Object> call,
            Ending applied,
            Ending unharmed,
            Ending notApplied) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Object done(Runnable operation) {
        operation.run();
        return "done";
    }

    private static Row row(
            String name,
            Factory<ExpiryPolicy> policy,
            @Nullable String before,
            String request,
            Function<Cache<String, String>, @Nullable Object> call,
            @Nullable Object answer,
            @Nullable String after) {
        Ending ending = new Ending(answer, after);
        return new Row(name, policy, false, before, request, call, ending, ending, ending);
    }

    private static Row withWriter(Row row) {
        return new Row(
                row.name + ", writer",
                row.policy,
                true,
                row.before,
                row.request,
                row.call,
                row.applied,
                row.unharmed,
                row.notApplied);
    }

    /** The same, but nobody can tell whether it was made when the first attempt was applied. */
    private static Row unknowable(Row row) {
        return new Row(
                row.name,
                row.policy,
                row.writer,
                row.before,
                row.request,
                row.call,
                new Ending(MAY_HAVE_BEEN_APPLIED, row.unharmed.entry),
                row.unharmed,
                row.notApplied);
    }

    /** The same, but its second attempt may fall on what another node has written after the first was applied. */
    private static Row atLeastOnce(Row row) {
        Ending unknown = new Ending(MAY_HAVE_BEEN_APPLIED, row.unharmed.entry);
        return new Row(
                row.name, row.policy, row.writer, row.before, row.request, row.call, unknown, row.unharmed, unknown);
    }

    /**
     * The same, but the second attempt is refused by what is there, as the first may have been, or may have been
     * applied and then overwritten.
     */
    private static Row refused(Row row) {
        return atLeastOnce(row);
    }

    static Stream<Row> rows() {
        return Stream.of(puts(), conditionalWrites(), removals(), invocations(), refusals())
                .flatMap(rows -> rows);
    }

    private static Stream<Row> puts() {
        Function<Cache<String, String>, @Nullable Object> put = cache -> done(() -> cache.put(KEY, "new"));
        Function<Cache<String, String>, @Nullable Object> getAndPut = cache -> cache.getAndPut(KEY, "new");
        return Stream.of(
                row("put, eternal, absent", ETERNAL, null, "UpdateItem", put, "done", "new"),
                row("put, eternal, present", ETERNAL, "old", "UpdateItem", put, "done", "new"),
                row("put, modified, absent", MODIFIED, null, "PutItem", put, "done", "new"),
                row("put, modified, present", MODIFIED, "old", "PutItem", put, "done", "new"),
                row("put, created, absent", CREATED, null, "UpdateItem", put, "done", "new"),
                row("put, created, present", CREATED, "old", "UpdateItem", put, "done", "new"),
                row("put, arbitrary, absent", ARBITRARY, null, "PutItem", put, "done", "new"),
                row("put, arbitrary, present", ARBITRARY, "old", "PutItem", put, "done", "new"),
                atLeastOnce(row("getAndPut, eternal, absent", ETERNAL, null, "UpdateItem", getAndPut, null, "new")),
                atLeastOnce(row("getAndPut, eternal, present", ETERNAL, "old", "UpdateItem", getAndPut, "old", "new")),
                atLeastOnce(row("getAndPut, modified, absent", MODIFIED, null, "PutItem", getAndPut, null, "new")),
                atLeastOnce(row("getAndPut, modified, present", MODIFIED, "old", "PutItem", getAndPut, "old", "new")),
                atLeastOnce(row("getAndPut, created, absent", CREATED, null, "UpdateItem", getAndPut, null, "new")),
                atLeastOnce(row("getAndPut, created, present", CREATED, "old", "UpdateItem", getAndPut, "old", "new")),
                row("getAndPut, arbitrary, absent", ARBITRARY, null, "PutItem", getAndPut, null, "new"),
                row("getAndPut, arbitrary, present", ARBITRARY, "old", "PutItem", getAndPut, "old", "new"),
                row(
                        "putAll",
                        MODIFIED,
                        "old",
                        "BatchWriteItem",
                        cache -> done(() -> cache.putAll(Map.of(KEY, "new", "other", "new"))),
                        "done",
                        "new"),
                row(
                        "putAll, created",
                        CREATED,
                        null,
                        "UpdateItem",
                        cache -> done(() -> cache.putAll(Map.of(KEY, "new"))),
                        "done",
                        "new"));
    }

    private static Stream<Row> conditionalWrites() {
        Function<Cache<String, String>, @Nullable Object> putIfAbsent = cache -> cache.putIfAbsent(KEY, "new");
        Function<Cache<String, String>, @Nullable Object> replace = cache -> cache.replace(KEY, "new");
        Function<Cache<String, String>, @Nullable Object> replaceEqual = cache -> cache.replace(KEY, "old", "new");
        Function<Cache<String, String>, @Nullable Object> getAndReplace = cache -> cache.getAndReplace(KEY, "new");
        return Stream.of(
                row("putIfAbsent, eternal", ETERNAL, null, "PutItem", putIfAbsent, true, "new"),
                row("putIfAbsent, modified", MODIFIED, null, "PutItem", putIfAbsent, true, "new"),
                row("putIfAbsent, arbitrary", ARBITRARY, null, "PutItem", putIfAbsent, true, "new"),
                withWriter(row("putIfAbsent", ETERNAL, null, "PutItem", putIfAbsent, true, "new")),
                row("replace, eternal", ETERNAL, "old", "UpdateItem", replace, true, "new"),
                row("replace, modified", MODIFIED, "old", "PutItem", replace, true, "new"),
                row("replace, arbitrary", ARBITRARY, "old", "PutItem", replace, true, "new"),
                withWriter(row("replace", ETERNAL, "old", "UpdateItem", replace, true, "new")),
                row("replaceEqual, eternal", ETERNAL, "old", "UpdateItem", replaceEqual, true, "new"),
                row("replaceEqual, modified", MODIFIED, "old", "PutItem", replaceEqual, true, "new"),
                row("replaceEqual, arbitrary", ARBITRARY, "old", "PutItem", replaceEqual, true, "new"),
                withWriter(row("replaceEqual", ETERNAL, "old", "UpdateItem", replaceEqual, true, "new")),
                atLeastOnce(row("getAndReplace, eternal", ETERNAL, "old", "UpdateItem", getAndReplace, "old", "new")),
                atLeastOnce(row("getAndReplace, modified", MODIFIED, "old", "PutItem", getAndReplace, "old", "new")),
                row("getAndReplace, arbitrary", ARBITRARY, "old", "PutItem", getAndReplace, "old", "new"),
                withWriter(row("getAndReplace", ETERNAL, "old", "UpdateItem", getAndReplace, "old", "new")));
    }

    private static Stream<Row> removals() {
        Function<Cache<String, String>, @Nullable Object> removeEqual = cache -> cache.remove(KEY, "old");
        return Stream.of(
                atLeastOnce(row("remove", ETERNAL, "old", "DeleteItem", cache -> cache.remove(KEY), true, null)),
                unknowable(row("removeEqual", ETERNAL, "old", "DeleteItem", removeEqual, true, null)),
                unknowable(withWriter(row("removeEqual", ETERNAL, "old", "DeleteItem", removeEqual, true, null))),
                atLeastOnce(row(
                        "getAndRemove", ETERNAL, "old", "DeleteItem", cache -> cache.getAndRemove(KEY), "old", null)),
                row(
                        "removeAll of keys",
                        ETERNAL,
                        "old",
                        "BatchWriteItem",
                        cache -> done(() -> cache.removeAll(Set.of(KEY))),
                        "done",
                        null),
                row("clear", ETERNAL, "old", "BatchWriteItem", cache -> done(cache::clear), "done", null));
    }

    private static Stream<Row> invocations() {
        Function<Cache<String, String>, @Nullable Object> append = cache -> cache.invoke(KEY, appending());
        Function<Cache<String, String>, @Nullable Object> remove = cache -> cache.invoke(KEY, (entry, arguments) -> {
            entry.remove();
            return "removed";
        });
        return Stream.of(
                row("invoke, create", ETERNAL, null, "PutItem", append, "+", "+"),
                row("invoke, create, arbitrary", ARBITRARY, null, "PutItem", append, "+", "+"),
                row("invoke, update", ETERNAL, "old", "UpdateItem", append, "old+", "old+"),
                row("invoke, update, modified", MODIFIED, "old", "PutItem", append, "old+", "old+"),
                unknowable(row("invoke, remove", ETERNAL, "old", "DeleteItem", remove, "removed", null)),
                row("invoke, read", ETERNAL, "old", "GetItem", append, "old+", "old+"),
                row("get", ETERNAL, "old", "GetItem", cache -> cache.get(KEY), "old", "old"),
                row(
                        "getAll",
                        ETERNAL,
                        "old",
                        "BatchGetItem",
                        cache -> cache.getAll(Set.of(KEY)),
                        Map.of(KEY, "old"),
                        "old"));
    }

    private static Stream<Row> refusals() {
        return Stream.of(
                refused(row(
                        "putIfAbsent, refused",
                        ETERNAL,
                        "old",
                        "PutItem",
                        cache -> cache.putIfAbsent(KEY, "new"),
                        false,
                        "old")),
                refused(row(
                        "replace, refused",
                        ETERNAL,
                        null,
                        "UpdateItem",
                        cache -> cache.replace(KEY, "new"),
                        false,
                        null)),
                refused(row(
                        "replaceEqual, refused",
                        ETERNAL,
                        "old",
                        "UpdateItem",
                        cache -> cache.replace(KEY, "different", "new"),
                        false,
                        "old")),
                refused(row("remove, refused", ETERNAL, null, "DeleteItem", cache -> cache.remove(KEY), false, null)),
                refused(row(
                        "removeEqual, refused",
                        ETERNAL,
                        "old",
                        "DeleteItem",
                        cache -> cache.remove(KEY, "different"),
                        false,
                        "old")),
                refused(row(
                        "getAndRemove, refused",
                        ETERNAL,
                        null,
                        "DeleteItem",
                        cache -> cache.getAndRemove(KEY),
                        null,
                        null)));
    }

    private static EntryProcessor<String, String, String> appending() {
        return (entry, arguments) -> {
            entry.setValue(entry.exists() ? entry.getValue() + "+" : "+");
            return entry.getValue();
        };
    }

    private static Stream<Map.Entry<Fault, Row>> rowsWith(Set<Fault> faults) {
        return faults.stream().flatMap(fault -> rows().map(row -> Map.entry(fault, row)));
    }

    /** The SDK does not send again what was refused, even where it cannot read why. */
    static Stream<Map.Entry<Fault, Row>> rowsAndFaultsAfter() {
        Set<String> refusals = refusals().map(Row::name).collect(Collectors.toSet());
        return rowsWith(AFTER)
                .filter(row -> row.getKey() != Fault.CUT_AFTER || !refusals.contains(row.getValue().name));
    }

    static Stream<Map.Entry<Fault, Row>> rowsAndFaultsBefore() {
        return rowsWith(BEFORE);
    }

    @ParameterizedTest
    @MethodSource("rowsAndFaultsAfter")
    void operation_answerLost_isAppliedOnceAndAnswersWhatIsKnown(Map.Entry<Fault, Row> row) {
        assertThat(perform(row.getValue(), row.getKey())).isEqualTo(row.getValue().applied);
    }

    @ParameterizedTest
    @MethodSource("rowsAndFaultsBefore")
    void operation_requestLost_isAppliedOnceAndAnswersWhatIsKnown(Map.Entry<Fault, Row> row) {
        assertThat(perform(row.getValue(), row.getKey())).isEqualTo(row.getValue().notApplied);
    }

    static Stream<Map.Entry<Fault, Row>> rowsAndCertainFaults() {
        return rowsWith(CERTAINLY_NOT);
    }

    @ParameterizedTest
    @MethodSource("rowsAndCertainFaults")
    void operation_attemptCertainlyNotApplied_answersAsIfNothingHadHappened(Map.Entry<Fault, Row> row) {
        assertThat(perform(row.getValue(), row.getKey())).isEqualTo(row.getValue().unharmed);
    }

    static Stream<Map.Entry<Fault, Row>> refusalsAndCertainFaults() {
        return Stream.of(Fault.SLOWED_DOWN, Fault.SKEWED)
                .flatMap(fault -> refusals().map(row -> Map.entry(fault, row)));
    }

    @ParameterizedTest
    @MethodSource("refusalsAndCertainFaults")
    void refusedOperation_attemptTurnedAway_answersAsIfNothingHadHappened(Map.Entry<Fault, Row> row) {
        assertThat(perform(row.getValue(), row.getKey())).isEqualTo(row.getValue().unharmed);
    }

    private Ending perform(Row row, Fault fault) {
        List<String> written = new ArrayList<>();
        DynamoDbConfiguration.Builder<String, String> configuration = configuration(row.policy);
        if (row.writer) {
            configuration.writeThrough(() -> new Recorder(written));
        }
        try (Cache<String, String> cache = node.cache("cache" + caches.incrementAndGet(), configuration)) {
            if (row.before != null) {
                cache.put(KEY, row.before);
            }
            written.clear();
            node.requests().clear();
            transport().failNext(row.request, fault, () -> {});

            Object answer = answer(() -> row.call.apply(cache));

            assertThat(transport().isFaultPending()).as("it met the fault").isFalse();
            assertThat(node.requests().operations().stream().filter(row.request::equals))
                    .as("the SDK sent it again")
                    .hasSizeGreaterThan(1);
            assertThat(written).hasSize(row.writer ? 1 : 0);
            return new Ending(answer, cache.get(KEY));
        }
    }

    private interface Answering {
        @Nullable Object answer();
    }

    /** Returns what an operation answers, or that it says that it may have been applied. */
    private static @Nullable Object answer(Answering operation) {
        List<@Nullable Object> answer = new ArrayList<>();
        Throwable failure = catchThrowable(() -> answer.add(operation.answer()));
        if (failure == null) {
            return answer.get(0);
        }
        assertThat(failure).isInstanceOf(CacheException.class).hasMessageContaining(MAY_HAVE_BEEN_APPLIED);
        return MAY_HAVE_BEEN_APPLIED;
    }

    private record Recorder(List<String> written) implements CacheWriter<String, String> {
        @Override
        public void write(Cache.Entry<? extends String, ? extends String> entry) {
            written.add(entry.getValue());
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void delete(Object key) {
            written.add("");
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            throw new UnsupportedOperationException();
        }
    }

    /** What another node does between the two attempts of a request. */
    private record Interference(
            String name,
            @Nullable String before,
            String request,
            Function<Cache<String, String>, @Nullable Object> call,
            Consumer<Cache<String, String>> meanwhile,
            @Nullable String left) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Map.Entry<Fault, Interference>> interferencesAfter() {
        Function<Cache<String, String>, @Nullable Object> append = cache -> cache.invoke(KEY, appending());
        Consumer<Cache<String, String>> put = cache -> cache.put(KEY, "theirs");
        Consumer<Cache<String, String>> remove = cache -> cache.remove(KEY);
        Consumer<Cache<String, String>> theirAppend = cache -> cache.invoke(KEY, appending());
        return Stream.of(
                        new Interference("invoke, update; other put", "old", "UpdateItem", append, put, "theirs"),
                        new Interference(
                                "invoke, update; other invoke", "old", "UpdateItem", append, theirAppend, "old++"),
                        new Interference("invoke, update; other remove", "old", "UpdateItem", append, remove, null),
                        new Interference(
                                "invoke, update; other puts the old value back",
                                "old",
                                "UpdateItem",
                                append,
                                cache -> cache.put(KEY, "old"),
                                "old"),
                        new Interference("invoke, create; other put", null, "PutItem", append, put, "theirs"),
                        new Interference("invoke, create; other invoke", null, "PutItem", append, theirAppend, "++"),
                        new Interference(
                                "invoke, remove; other put",
                                "old",
                                "DeleteItem",
                                cache -> cache.invoke(KEY, (entry, arguments) -> {
                                    entry.remove();
                                    return "removed";
                                }),
                                put,
                                "theirs"),
                        new Interference(
                                "putIfAbsent; other put",
                                null,
                                "PutItem",
                                cache -> cache.putIfAbsent(KEY, "new"),
                                put,
                                "theirs"),
                        new Interference(
                                "replaceEqual; other put",
                                "old",
                                "UpdateItem",
                                cache -> cache.replace(KEY, "old", "new"),
                                put,
                                "theirs"),
                        new Interference(
                                "removeEqual; other put",
                                "old",
                                "DeleteItem",
                                cache -> cache.remove(KEY, "old"),
                                put,
                                "theirs"))
                .flatMap(row -> AFTER.stream().map(fault -> Map.entry(fault, row)));
    }

    @ParameterizedTest
    @MethodSource("interferencesAfter")
    void operation_answerLostAndOtherNodeWrites_isNotAppliedAgain(Map.Entry<Fault, Interference> row) {
        Interference is = row.getValue();
        String name = "cache" + caches.incrementAndGet();
        try (Cache<String, String> cache = node.cache(name, configuration(ETERNAL));
                Cache<String, String> theirs = other.cache(name, configuration(ETERNAL))) {
            if (is.before != null) {
                cache.put(KEY, is.before);
            }
            transport().failNext(is.request, row.getKey(), () -> is.meanwhile.accept(theirs));

            assertThat(answer(() -> is.call.apply(cache))).isEqualTo(MAY_HAVE_BEEN_APPLIED);

            assertThat(cache.get(KEY)).isEqualTo(is.left);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"RESET_BEFORE", "ERROR_BEFORE"})
    void invoke_requestLostAndOtherNodeWrites_cannotKnowAndDoesNothing(Fault fault) {
        String name = "cache" + caches.incrementAndGet();
        try (Cache<String, String> cache = node.cache(name, configuration(ETERNAL));
                Cache<String, String> theirs = other.cache(name, configuration(ETERNAL))) {
            cache.put(KEY, "old");
            transport().failNext("UpdateItem", fault, () -> theirs.put(KEY, "theirs"));

            assertThat(answer(() -> cache.invoke(KEY, appending()))).isEqualTo(MAY_HAVE_BEEN_APPLIED);

            assertThat(cache.get(KEY)).isEqualTo("theirs");
        }
    }

    @Test
    void invoke_attemptThrottledAndOtherNodeWrites_startsAgainOnWhatTheyWrote() {
        String name = "cache" + caches.incrementAndGet();
        try (Cache<String, String> cache = node.cache(name, configuration(ETERNAL));
                Cache<String, String> theirs = other.cache(name, configuration(ETERNAL))) {
            cache.put(KEY, "old");
            transport().failNext("UpdateItem", Fault.THROTTLED, () -> theirs.put(KEY, "theirs"));

            assertThat(cache.invoke(KEY, appending())).isEqualTo("theirs+");

            assertThat(theirs.get(KEY)).isEqualTo("theirs+");
        }
    }

    @Test
    void get_answerOfDeadlineUpdateLost_returnsTheValueAndMovesTheDeadlineOnce() {
        Factory<ExpiryPolicy> accessed = AccessedExpiryPolicy.factoryOf(TEN_MINUTES);
        try (Cache<String, String> cache = cache(node, accessed)) {
            cache.put(KEY, "old");
            node.clock().advance(java.time.Duration.ofMinutes(6));
            transport().failNext("UpdateItem", Fault.RESET_AFTER, () -> {});

            assertThat(cache.get(KEY)).isEqualTo("old");

            assertThat(transport().isFaultPending()).isFalse();
            node.clock().advance(java.time.Duration.ofMinutes(9));
            assertThat(cache.containsKey(KEY)).isTrue();
            node.clock().advance(java.time.Duration.ofMinutes(1));
            assertThat(cache.containsKey(KEY)).isFalse();
        }
    }
}
