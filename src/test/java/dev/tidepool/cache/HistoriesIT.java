package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Rounds;
import dev.tidepool.cache.StormyTransport.Fault;
import dev.tidepool.cache.history.Call;
import dev.tidepool.cache.history.Linearizability;
import dev.tidepool.cache.history.Operation;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What two nodes of four threads are told of five entries, under each standard policy: some order of the calls on each
 * entry explains every answer. A failure names its seed, which decides what the threads do and which faults they meet,
 * not how they overlap; {@code -Dhistories.seed=} runs that one alone.
 */
@Tag(Rounds.LONG)
@ExtendWith(DynamoDbLocal.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HistoriesIT {
    private static final int RUNS = Rounds.of(1, 20);
    private static final int CALLS = 40;
    private static final double PROBABILITY = 0.2;

    /** All that there is, some more often so that entries are there, and are looked at. */
    private static final List<Operation> ANY = any();

    private static List<Operation> any() {
        List<Operation> operations = new ArrayList<>(EnumSet.complementOf(EnumSet.of(Operation.EXPIRE)));
        operations.addAll(List.of(Operation.GET, Operation.GET, Operation.PUT_IF_ABSENT, Operation.INVOKE_SET));
        return operations;
    }

    private static HistoryRecorder recorder(StormyCluster cluster, List<Operation> operations) {
        return new HistoryRecorder(cluster.stormy(), cluster.clock(), operations);
    }

    /** Has the last word on each entry, and judges what was told of it. */
    private static void judge(StormyCluster cluster, HistoryRecorder recorder, String description) {
        recorder.readAll(cluster.calm());
        for (String key : HistoryRecorder.KEYS) {
            assertThat(Linearizability.violation(recorder.history(key)))
                    .as("%s, entry %s", description, key)
                    .isNull();
        }
    }

    private static void assertCarriedOutOnceAtMost(HistoryRecorder recorder) {
        for (String key : HistoryRecorder.KEYS) {
            assertThat(recorder.history(key)).allMatch(call -> call.times() <= 1);
        }
    }

    private static void judgeUnderFaults(StandardPolicy policy, Set<Fault> faults, double probability)
            throws Exception {
        judgeUnderFaults(policy, faults, probability, recorder -> {});
    }

    private static void judgeUnderFaults(
            StandardPolicy policy, Set<Fault> faults, double probability, Consumer<HistoryRecorder> alsoTrue)
            throws Exception {
        for (long seed : StormyCluster.seeds(RUNS)) {
            try (StormyCluster cluster = new StormyCluster(policy, faults, probability, seed)) {
                HistoryRecorder recorder = recorder(cluster, ANY);

                cluster.storm(() -> recorder.run(seed, CALLS));

                assertThat(cluster.faults()).isPositive();
                alsoTrue.accept(recorder);
                judge(cluster, recorder, policy + ", seed " + seed);
            }
        }
    }

    /** Half-way all entries come to their end, but for those that have none. */
    @ParameterizedTest
    @EnumSource(StandardPolicy.class)
    void calls_withoutFaults_areLinearizable(StandardPolicy policy) throws Exception {
        for (long seed : StormyCluster.seeds(RUNS)) {
            try (StormyCluster cluster = new StormyCluster(policy, Set.of(), 0, seed)) {
                HistoryRecorder recorder = recorder(cluster, ANY);

                recorder.run(seed, CALLS);
                cluster.clock().advance(StandardPolicy.LIFETIME.multipliedBy(2));
                if (policy != StandardPolicy.ETERNAL) {
                    recorder.expireAll();
                }
                recorder.run(-seed, CALLS);

                assertCarriedOutOnceAtMost(recorder);
                judge(cluster, recorder, policy + ", seed " + seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StandardPolicy.class)
    void calls_refusedBeforeTheyAreCarriedOut_areLinearizableAndNoneIsInDoubt(StandardPolicy policy) throws Exception {
        judgeUnderFaults(policy, Fault.REFUSED_BEFORE, PROBABILITY, recorder -> {
            assertCarriedOutOnceAtMost(recorder);
            for (String key : HistoryRecorder.KEYS) {
                assertThat(recorder.history(key)).noneMatch(Call::isInDoubt);
            }
        });
    }

    @ParameterizedTest
    @EnumSource(StandardPolicy.class)
    void calls_answersLost_areLinearizableByTheirAttempts(StandardPolicy policy) throws Exception {
        judgeUnderFaults(policy, Fault.LOST_ANSWER, PROBABILITY);
    }

    @ParameterizedTest
    @EnumSource(StandardPolicy.class)
    void calls_allFaults_areLinearizableByTheirAttempts(StandardPolicy policy) throws Exception {
        judgeUnderFaults(policy, Fault.PROMPT, PROBABILITY);
    }

    /** By the SDK's time limit for an attempt, which costs its time. */
    @Test
    void calls_someAnswersLate_areLinearizableByTheirAttempts() throws Exception {
        judgeUnderFaults(StandardPolicy.TOUCHED, EnumSet.of(Fault.SLOW, Fault.ERROR_BEFORE), PROBABILITY / 4);
    }

    /** Nothing brings back what a processor has found, so there is no second time. */
    @Test
    void invoke_allFaultsOnEntriesThatStay_isCarriedOutAtMostOnce() throws Exception {
        List<Operation> operations = List.of(Operation.GET, Operation.INVOKE_SET, Operation.INVOKE_SET);
        for (long seed : StormyCluster.seeds(RUNS)) {
            try (StormyCluster cluster = new StormyCluster(StandardPolicy.ETERNAL, Fault.PROMPT, PROBABILITY, seed)) {
                HistoryRecorder recorder = recorder(cluster, operations);
                recorder.writeAll(cluster.calm());

                cluster.storm(() -> recorder.run(seed, CALLS));

                assertCarriedOutOnceAtMost(recorder);
                judge(cluster, recorder, "seed " + seed);
            }
        }
    }
}
