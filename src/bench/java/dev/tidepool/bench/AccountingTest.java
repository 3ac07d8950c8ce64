package dev.tidepool.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tidepool.bench.CapacityMeter.Cost;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** What is made of measurements, of which the outcome is known. */
final class AccountingTest {
    private static final double PRECISION = 0.001;

    private static final String[] OPTIONS = {
        "minutes=8",
        "visitors=16",
        "rounds=5",
        "seconds=8",
        "coldRounds=3",
        "coldRequests=5000",
        "warmRequests=40000",
        "servers=",
        "chart=target/bench/speed.svg",
        "folder=target/bench"
    };

    /** A second in which requests took 1, 2, 3 ... milliseconds. */
    private static Load requests(int count) {
        Histogram latencies = new Histogram(3);
        for (int request = 1; request <= count; request++) {
            latencies.recordValue(TimeUnit.MILLISECONDS.toNanos(request));
        }
        return new Load(TimeUnit.SECONDS.toNanos(1), latencies);
    }

    private static Round round(int requests, long cpuMillis) {
        return Round.of(
                requests(requests), Duration.ofSeconds(1), Duration.ofSeconds(1).plusMillis(cpuMillis));
    }

    @Test
    void round_hundredRequests_hasTheirPercentiles() {
        Round round = round(100, 50);

        assertThat(round.millisAt(50)).isCloseTo(50, within(50 * PRECISION));
        assertThat(round.millisAt(95)).isCloseTo(95, within(95 * PRECISION));
        assertThat(round.millisAt(99)).isCloseTo(99, within(99 * PRECISION));
    }

    @Test
    void round_cpuBeforeAndAfter_countsWhatIsBetween() {
        assertThat(round(100, 50).cpuMillisPerRequest()).isEqualTo(0.5);
        assertThat(round(4, 10).cpuMillisPerRequest()).isEqualTo(2.5);
    }

    @Test
    void round_requestsOfTwoSeconds_areHalvedForOne() {
        Load load = new Load(TimeUnit.SECONDS.toNanos(2), requests(100).latencies());

        assertThat(Round.of(load, Duration.ZERO, Duration.ZERO).requestsPerSecond())
                .isEqualTo(50);
    }

    @Test
    void spread_oddAndEvenRounds_isMedianLowestHighest() {
        List<Round> three = List.of(round(10, 90), round(10, 10), round(10, 20));
        List<Round> four = List.of(round(10, 90), round(10, 10), round(10, 20), round(10, 30));

        assertThat(Spread.of(three, Round::cpuMillisPerRequest)).isEqualTo(new Spread(2, 1, 9));
        assertThat(Spread.of(four, Round::cpuMillisPerRequest)).isEqualTo(new Spread(2.5, 1, 9));
    }

    @Test
    void text_oneRoundAndMore_hasTheSpreadOnlyOfMore() {
        assertThat(new Spread(2, 2, 2).text(1)).isEqualTo("2.0");
        assertThat(new Spread(2.5, 1, 9).text(1)).isEqualTo("2.5 (1.0-9.0)");
    }

    @Test
    void load_sentToAnotherProcess_isTheSame() throws Exception {
        Load load = requests(1_000);

        assertThat(Load.parse(load.toString())).isEqualTo(load);
        assertThat(load.requests()).isEqualTo(1_000);
    }

    @Test
    void cost_readsAndWrites_areCountedApart() throws Exception {
        ObjectMapper json = new ObjectMapper();
        Cost cost = Cost.NOTHING
                .and("GetItem", json.readTree("{\"ConsumedCapacity\":{\"CapacityUnits\":1.0}}"))
                .and("UpdateItem", json.readTree("{\"ConsumedCapacity\":{\"CapacityUnits\":2.0}}"))
                .and(
                        "BatchGetItem",
                        json.readTree("{\"ConsumedCapacity\":[{\"CapacityUnits\":0.5},{\"CapacityUnits\":4.0}]}"))
                .and("DescribeTable", json.readTree("{\"Table\":{}}"));

        assertThat(cost).isEqualTo(new Cost(4, 5.5, 2));
    }

    @Test
    void comparison_twoServers_isOfTheirMedians() {
        List<Round> cold = List.of(round(10, 30));
        List<Result> results = List.of(
                Result.of(Contender.SDK, Cost.NOTHING, cold, List.of(round(10, 20))),
                Result.of(Contender.CORE, Cost.NOTHING, cold, List.of(round(10, 30))),
                Result.of(Contender.SERVLETS, Cost.NOTHING, cold, List.of(round(10, 35))));

        assertThat(Comparison.of(results))
                .extracting(Comparison::value, Comparison::unit)
                .containsExactly(tuple(1.5, "times"), tuple(0.5, "ms"), tuple(1.0, "times"));
    }

    @Test
    void journey_itsSteps_areThoseThatTheReportSays() {
        assertThat(Step.JOURNEY).hasSize(27);
        assertThat(Step.JOURNEY).filteredOn(step -> step.path().equals("/page")).hasSize(20);
        assertThat(Step.JOURNEY)
                .filteredOn(step -> step.path().equals("/add"))
                .extracting(Step::answer)
                .containsExactly("1", "2", "3", "4", "5");
    }

    @Test
    void options_given_areRead() {
        assertThat(BenchOptions.parse(OPTIONS).contenders()).containsExactly(Contender.values());

        String[] two = OPTIONS.clone();
        two[7] = "servers=core, sdk";
        assertThat(BenchOptions.parse(two).contenders()).isEqualTo(Set.of(Contender.SDK, Contender.CORE));
    }

    @Test
    void options_endedByTheTime_sayTheRoundsThatWere() {
        assertThat(BenchOptions.parse(OPTIONS).text(4))
                .isEqualTo("visitors: 16; cold: the first 5000 requests, rounds: 3;"
                        + " warm: after 40000 requests, rounds: 4 of 8 s");
    }

    @Test
    void options_wrong_areNamed() {
        String[] server = OPTIONS.clone();
        server[7] = "servers=core,redis";
        assertThatThrownBy(() -> BenchOptions.parse(server)).hasMessageContaining("'redis' is none of memory, sdk");

        String[] number = OPTIONS.clone();
        number[2] = "rounds=0";
        assertThatThrownBy(() -> BenchOptions.parse(number)).hasMessageContaining("rounds: '0'");

        String[] warm = OPTIONS.clone();
        warm[6] = "warmRequests=4999";
        assertThatThrownBy(() -> BenchOptions.parse(warm)).hasMessageContaining("'4999' is less than coldRequests");
    }
}
