package dev.tidepool.cache.history;

import static dev.tidepool.cache.history.Call.ABSENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The checker on histories whose verdict is known. The letters are values, the numbers times. */
class LinearizabilityTest {
    /** A history with a name. */
    private record Case(String name, List<Call> calls) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case history(String name, Call... calls) {
        return new Case(name, List.of(calls));
    }

    private static Call put(String value) {
        return Call.of(Operation.PUT, value);
    }

    private static Call get(long from, long to, String told) {
        return Call.of(Operation.GET, ABSENT).told(from, to, told);
    }

    private static Call putIfAbsent(String value) {
        return Call.of(Operation.PUT_IF_ABSENT, value);
    }

    private static Call replace(String value) {
        return Call.of(Operation.REPLACE, value);
    }

    private static Call replace(String expected, String value) {
        return Call.comparing(Operation.REPLACE_EQUAL, expected, value);
    }

    private static Call getAndReplace(String value) {
        return Call.of(Operation.GET_AND_REPLACE, value);
    }

    private static Call getAndPut(String value) {
        return Call.of(Operation.GET_AND_PUT, value);
    }

    private static Call remove() {
        return Call.of(Operation.REMOVE, ABSENT);
    }

    private static Call remove(String expected) {
        return Call.comparing(Operation.REMOVE_EQUAL, expected, ABSENT);
    }

    private static Call getAndRemove() {
        return Call.of(Operation.GET_AND_REMOVE, ABSENT);
    }

    private static Call invoke(String seen, String value) {
        return Call.comparing(Operation.INVOKE_SET, seen, value);
    }

    private static Call invokeRemove(String seen) {
        return Call.comparing(Operation.INVOKE_REMOVE, seen, ABSENT);
    }

    private static Call expire() {
        return Call.of(Operation.EXPIRE, ABSENT);
    }

    static Stream<Case> explained() {
        return Stream.of(
                history("nothing at all"),
                history("get of an absent entry", get(1, 2, ABSENT)),
                history("put, then get", put("a").told(1, 2, ""), get(3, 4, "a")),
                history("get beside a put, new value", put("a").told(1, 4, ""), get(2, 3, "a")),
                history("get beside a put, old value", put("a").told(1, 4, ""), get(2, 3, ABSENT)),
                history(
                        "two gets beside a put that see it come",
                        put("a").told(1, 6, ""),
                        get(2, 3, ABSENT),
                        get(4, 5, "a")),
                history(
                        "puts beside each other in the order of no clock",
                        put("a").told(1, 5, ""),
                        put("b").told(2, 4, ""),
                        get(6, 7, "a"),
                        get(8, 9, "a")),
                history(
                        "one of two that put if absent",
                        putIfAbsent("a").told(1, 4, "false"),
                        putIfAbsent("b").told(2, 3, "true"),
                        get(5, 6, "b")),
                history(
                        "all forms that change what is there",
                        put("a").told(1, 2, ""),
                        replace("b").told(3, 4, "true"),
                        replace("b", "c").told(5, 6, "true"),
                        replace("b", "x").told(7, 8, "false"),
                        getAndReplace("d").told(9, 10, "c"),
                        getAndPut("e").told(11, 12, "d"),
                        invoke("e", "f").told(13, 14, "e"),
                        remove("e").told(15, 16, "false"),
                        remove("f").told(17, 18, "true")),
                history(
                        "all forms on nothing",
                        replace("a").told(1, 2, "false"),
                        replace("x", "a").told(3, 4, "false"),
                        getAndReplace("a").told(5, 6, ABSENT),
                        remove().told(7, 8, "false"),
                        getAndRemove().told(9, 10, ABSENT),
                        invokeRemove(ABSENT).told(11, 12, ABSENT),
                        getAndPut("b").told(13, 14, ABSENT),
                        getAndRemove().told(15, 16, "b"),
                        invoke(ABSENT, "c").told(17, 18, ABSENT),
                        invokeRemove("c").told(19, 20, "c"),
                        get(21, 22, ABSENT)),
                history("expired", put("a").told(1, 2, ""), expire().told(3, 4, ""), get(5, 6, ABSENT)));
    }

    static Stream<Case> explainedByDoubt() {
        return Stream.of(
                history(
                        "in doubt and never seen",
                        put("a").told(1, 2, ""),
                        put("b").inDoubt(3),
                        get(4, 5, "a"),
                        get(6, 7, "a")),
                history(
                        "in doubt and seen later",
                        put("a").told(1, 2, ""),
                        put("b").inDoubt(3),
                        get(4, 5, "a"),
                        get(6, 7, "b")),
                history(
                        "a removal in doubt that nothing else explains",
                        put("a").told(1, 2, ""),
                        remove().inDoubt(3),
                        putIfAbsent("b").told(4, 5, "true"),
                        get(6, 7, "b")),
                history(
                        "one in doubt that makes another one possible",
                        put("b").inDoubt(1),
                        replace("b", "c").inDoubt(2),
                        get(3, 4, "c")),
                history(
                        "a put that was carried out twice",
                        put("a").told(1, 8, "").carriedOut(2),
                        put("b").told(2, 3, ""),
                        get(4, 5, "b"),
                        get(9, 10, "a"),
                        put("c").told(11, 12, "")),
                history(
                        "an attempt that arrives after its operation was answered",
                        put("a").told(1, 2, "").carriedOut(2),
                        put("b").told(3, 4, ""),
                        get(5, 6, "b"),
                        get(7, 8, "a")),
                history(
                        "a comparison carried out twice as its value came back",
                        put("a").told(1, 20, "").carriedOut(2),
                        get(2, 3, "a"),
                        replace("a", "b").told(4, 21, "true").carriedOut(2),
                        get(5, 6, "b"),
                        get(7, 8, "a"),
                        get(9, 10, "b")),
                history(
                        "a removal in doubt that was carried out twice",
                        put("a").told(1, 2, ""),
                        getAndRemove().inDoubt(3).carriedOut(2),
                        get(4, 5, ABSENT),
                        put("b").told(6, 7, ""),
                        get(8, 9, ABSENT)));
    }

    static Stream<Case> untrueReads() {
        return Stream.of(
                history("a value never written", get(1, 2, "a")),
                history("a value before it was written", get(1, 2, "a"), put("a").told(3, 4, "")),
                history("a stale read", put("a").told(1, 2, ""), put("b").told(3, 4, ""), get(5, 6, "a")),
                history("a lost put", put("a").told(1, 2, ""), get(3, 4, ABSENT)),
                history(
                        "a removal that removed nothing",
                        put("a").told(1, 2, ""),
                        remove().told(3, 4, "true"),
                        get(5, 6, "a")),
                history(
                        "two gets beside a put that see it come and go",
                        put("a").told(1, 6, ""),
                        get(2, 3, "a"),
                        get(4, 5, ABSENT)),
                history(
                        "readers that disagree on the order of two puts",
                        put("a").told(1, 10, ""),
                        put("b").told(2, 11, ""),
                        get(12, 15, "a"),
                        get(13, 16, "b")),
                history(
                        "a value that rises from the dead",
                        put("a").told(1, 2, ""),
                        remove().told(3, 4, "true"),
                        get(5, 6, ABSENT),
                        get(7, 8, "a")));
    }

    static Stream<Case> lostUpdates() {
        return Stream.of(
                history(
                        "a lost update of two that put and get",
                        put("a").told(1, 2, ""),
                        getAndPut("b").told(3, 6, "a"),
                        getAndPut("c").told(4, 5, "a")),
                history(
                        "a lost update of two processors",
                        put("a").told(1, 2, ""),
                        invoke("a", "b").told(3, 6, "a"),
                        invoke("a", "c").told(4, 5, "a")),
                history(
                        "a lost update of two that compare",
                        put("a").told(1, 2, ""),
                        replace("a", "b").told(3, 6, "true"),
                        replace("a", "c").told(4, 5, "true")),
                history(
                        "two that both put if absent",
                        putIfAbsent("a").told(1, 4, "true"),
                        putIfAbsent("b").told(2, 3, "true")),
                history("put if absent refused by nothing", putIfAbsent("a").told(1, 2, "false"), get(3, 4, ABSENT)),
                history("replaced what was not there", replace("a").told(1, 2, "true")),
                history(
                        "replaced in vain what was there",
                        put("a").told(1, 2, ""),
                        replace("b").told(3, 4, "false")),
                history(
                        "refused a comparison that holds",
                        put("a").told(1, 2, ""),
                        replace("a", "b").told(3, 4, "false")));
    }

    static Stream<Case> untrueAnswers() {
        return Stream.of(
                history(
                        "the value before is another's",
                        put("a").told(1, 2, ""),
                        put("b").told(3, 4, ""),
                        getAndPut("c").told(5, 6, "a")),
                history(
                        "the value before a replacement is another's",
                        put("a").told(1, 2, ""),
                        put("b").told(3, 4, ""),
                        getAndReplace("c").told(5, 6, "a")),
                history(
                        "one entry removed twice",
                        put("a").told(1, 2, ""),
                        remove().told(3, 6, "true"),
                        remove().told(4, 5, "true")),
                history(
                        "one value removed twice",
                        put("a").told(1, 2, ""),
                        getAndRemove().told(3, 6, "a"),
                        remove("a").told(4, 5, "true")),
                history(
                        "a processor that removes what another has removed",
                        put("a").told(1, 2, ""),
                        invokeRemove("a").told(3, 6, "a"),
                        invokeRemove("a").told(4, 5, "a")),
                history("alive after its end", put("a").told(1, 2, ""), expire().told(3, 4, ""), get(5, 6, "a")));
    }

    static Stream<Case> unexplainedByDoubt() {
        return Stream.of(
                history("in doubt, seen before it was called", get(1, 2, "a"), put("a").inDoubt(3)),
                history(
                        "in doubt, seen, gone and seen again",
                        put("b").inDoubt(1),
                        get(2, 3, "b"),
                        put("a").told(4, 5, ""),
                        get(6, 7, "a"),
                        get(8, 9, "b")),
                history(
                        "in doubt but never carried out, and seen",
                        put("b").inDoubt(1).carriedOut(0),
                        get(2, 3, "b")),
                history(
                        "a processor in doubt that is carried out on what it did not see",
                        put("a").told(1, 2, ""),
                        invoke("a", "c").inDoubt(3),
                        put("b").told(4, 5, ""),
                        get(6, 7, "b"),
                        get(8, 9, "c")),
                history(
                        "a processor carried out twice though its entry did not come back",
                        put("a").told(1, 2, ""),
                        invoke("a", "b").told(3, 20, "a").carriedOut(2),
                        get(4, 5, "b"),
                        put("c").told(6, 7, ""),
                        get(8, 9, "b")),
                history(
                        "a comparison carried out twice though its value did not come back",
                        put("a").told(1, 2, ""),
                        replace("a", "b").told(3, 20, "true").carriedOut(2),
                        get(4, 5, "b"),
                        put("c").told(6, 7, ""),
                        get(8, 9, "b")),
                history(
                        "put if absent carried out twice though the entry was never gone",
                        putIfAbsent("a").told(1, 20, "true").carriedOut(2),
                        get(2, 3, "a"),
                        put("b").told(4, 5, ""),
                        get(6, 7, "a")));
    }

    static Stream<Case> untrueAfterDoubt() {
        return Stream.of(
                history(
                        "carried out twice, and told of the second time only",
                        put("a").told(1, 2, ""),
                        getAndPut("b").told(3, 10, "c").carriedOut(2),
                        get(4, 5, "b"),
                        put("c").told(6, 7, ""),
                        get(11, 12, "b")),
                history(
                        "removed twice, and told of the second time only",
                        put("a").told(1, 2, ""),
                        remove().told(3, 10, "true").carriedOut(2),
                        get(4, 5, ABSENT),
                        put("b").told(6, 7, ""),
                        get(11, 12, ABSENT)),
                history("failed, but carried out", put("a").failed(1, 4).carriedOut(1), get(2, 3, "a")),
                history(
                        "told that nothing was changed, but it was",
                        put("a").told(1, 2, ""),
                        replace("a", "b").told(3, 10, "false").carriedOut(1),
                        get(4, 5, "b")));
    }

    @ParameterizedTest
    @MethodSource({"explained", "explainedByDoubt"})
    void violation_historyWithAnOrder_isNone(Case history) {
        assertThat(Linearizability.violation(history.calls())).isNull();
    }

    @ParameterizedTest
    @MethodSource({"untrueReads", "lostUpdates", "untrueAnswers", "unexplainedByDoubt", "untrueAfterDoubt"})
    void violation_historyWithoutAnOrder_isTold(Case history) {
        assertThat(Linearizability.violation(history.calls())).startsWith("No order explains");
    }

    @Test
    void violation_longHistoryWithOneFault_showsWhatMattersAlone() {
        List<Call> calls = new ArrayList<>();
        for (long i = 0; i < 20; i++) {
            calls.add(put("v" + i).told(10 * i, 10 * i + 3, ""));
            calls.add(get(10 * i + 4, 10 * i + 5, "v" + i));
        }
        calls.add(get(135, 136, "v3"));

        assertThat(Linearizability.violation(calls)).contains("GET", "v3").doesNotContain("v2 ", "v14");
    }

    /** Calls that take effect between their call and their return, some of whose answers nobody heard. */
    @Test
    void violation_historiesOfARegister_isNone() {
        for (long seed = 0; seed < 200; seed++) {
            assertThat(Linearizability.violation(new SimulatedRegister(seed).history(6, 10)))
                    .as("seed " + seed)
                    .isNull();
        }
    }

    @Test
    void violation_historiesOfARegisterThatTellsOnceWhatIsNotThere_isTold() {
        for (long seed = 0; seed < 50; seed++) {
            List<Call> calls = new ArrayList<>(new SimulatedRegister(seed).history(3, 5));
            Call one = calls.get((int) seed % calls.size());
            calls.add(get(one.start() + 1_000, one.start() + 1_001, "another"));

            assertThat(Linearizability.violation(calls)).as("seed " + seed).contains("another");
        }
    }

    @Test
    void violation_searchWithoutEnd_givesUpAndSaysSo() {
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            calls.add(put("v" + i).told(i, 1_000 + i, ""));
            calls.add(getAndPut("w" + i).told(100 + i, 2_000 + i, "v" + (i + 1) % 30));
        }
        calls.add(get(3_000, 3_001, "nowhere"));

        assertThatThrownBy(() -> Linearizability.violation(calls))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Undecided");
    }

    /** Threads that take turns at random: one begins a call, or has it take effect, or is answered. */
    private static final class SimulatedRegister {
        private final Random random;
        private final List<Call> calls = new ArrayList<>();
        private String state = ABSENT;
        private long now;
        private int values;

        SimulatedRegister(long seed) {
            this.random = new Random(seed);
        }

        List<Call> history(int threads, int callsEach) {
            List<Turn> turns = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                turns.add(new Turn(callsEach));
            }
            while (!turns.isEmpty()) {
                Turn turn = turns.get(random.nextInt(turns.size()));
                if (!turn.go()) {
                    turns.remove(turn);
                }
            }
            return calls;
        }

        private final class Turn {
            private int left;
            private Call call = put("");
            private int phase;

            Turn(int left) {
                this.left = left;
            }

            boolean go() {
                switch (phase) {
                    case 0 -> call = next().inDoubt(++now);
                    case 1 -> takeEffect();
                    default -> answer();
                }
                phase = (phase + 1) % 3;
                return left > 0;
            }

            private Call next() {
                String value = "v" + ++values;
                return switch (random.nextInt(6)) {
                    case 0 -> Call.of(Operation.GET, ABSENT);
                    case 1 -> replace(state, value);
                    case 2 -> getAndRemove();
                    case 3 -> putIfAbsent(value);
                    case 4 -> getAndPut(value);
                    default -> put(value);
                };
            }

            private void takeEffect() {
                boolean met = call.operation().isMet(call.expected(), state);
                String told = Stream.of(Boolean.toString(met), state, "")
                        .filter(answer -> call.operation().isTruth(answer, state, met))
                        .reduce((first, last) -> last)
                        .orElseThrow();
                call = call.told(call.start(), Call.OPEN, told);
                state = met ? call.value() : state;
            }

            private void answer() {
                boolean isLost = random.nextInt(10) == 0;
                calls.add(isLost ? call.inDoubt(call.start()) : call.told(call.start(), ++now, call.answer()));
                left--;
            }
        }
    }
}
