package dev.tidepool.bench;

import dev.tidepool.bench.CapacityMeter.Cost;
import java.util.List;

/**
 * What has been measured of one server.
 *
 * @param server its key
 * @param title its name for readers
 * @param journey what one visit from login to logout costs the store
 * @param coldRounds how often it was measured cold
 * @param warmRounds how often it was measured warm
 * @param coldCpuMillis CPU time of its process for each of the first requests
 * @param warmCpuMillis the same once it is warm
 * @param requestsPerSecond requests of HTTP, warm
 * @param p50Millis the latency that half of the requests did not exceed, warm
 * @param p95Millis the same of 95 in a hundred
 * @param p99Millis the same of 99 in a hundred
 */
record Result(
        String server,
        String title,
        Cost journey,
        int coldRounds,
        int warmRounds,
        Spread coldCpuMillis,
        Spread warmCpuMillis,
        Spread requestsPerSecond,
        Spread p50Millis,
        Spread p95Millis,
        Spread p99Millis) {
    private static final double HALF = 50;
    private static final double MOST = 95;
    private static final double NEARLY_ALL = 99;

    static Result of(Contender contender, Cost journey, List<Round> cold, List<Round> warm) {
        return new Result(
                contender.key(),
                contender.title(),
                journey,
                cold.size(),
                warm.size(),
                Spread.of(cold, Round::cpuMillisPerRequest),
                Spread.of(warm, Round::cpuMillisPerRequest),
                Spread.of(warm, Round::requestsPerSecond),
                Spread.of(warm, round -> round.millisAt(HALF)),
                Spread.of(warm, round -> round.millisAt(MOST)),
                Spread.of(warm, round -> round.millisAt(NEARLY_ALL)));
    }
}
