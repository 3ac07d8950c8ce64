package dev.tidepool.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What the medians of two servers make.
 *
 * @param name what is compared with what
 * @param value of the comparison
 * @param unit of the value
 */
record Comparison(String name, double value, String unit) {
    private static final String TIMES = "times";

    /** Compares servers, as far as they have been measured. */
    static List<Comparison> of(List<Result> results) {
        Map<String, Result> byServer = results.stream().collect(Collectors.toMap(Result::server, Function.identity()));
        ToDoubleFunction<Result> cold = result -> result.coldCpuMillis().median();
        ToDoubleFunction<Result> warm = result -> result.warmCpuMillis().median();
        List<Comparison> all = new ArrayList<>();
        compare(
                byServer,
                all,
                "Warm CPU: Tidepool on Undertow / the SDK with its defaults",
                ratio(Contender.SDK, warm));
        compare(
                byServer,
                all,
                "Warm CPU: Tidepool on Undertow / the SDK with Tidepool's settings",
                ratio(Contender.SDK_TUNED, warm));
        compare(byServer, all, "Warm CPU: Tidepool on Undertow / Express", ratio(Contender.EXPRESS, warm));
        compare(
                byServer,
                all,
                "Warm CPU: Tidepool on servlets - Tidepool on Undertow",
                new Pair(Contender.SERVLETS, Contender.CORE, warm, (one, other) -> one - other, "ms"));
        compare(
                byServer,
                all,
                "Cold CPU: Tidepool on Undertow / the SDK with its defaults",
                ratio(Contender.SDK, cold));
        compare(byServer, all, "Cold CPU: Tidepool on Undertow / Express", ratio(Contender.EXPRESS, cold));
        return all;
    }

    private record Pair(
            Contender one,
            Contender other,
            ToDoubleFunction<Result> figure,
            DoubleBinaryOperator operation,
            String unit) {}

    private static Pair ratio(Contender other, ToDoubleFunction<Result> figure) {
        return new Pair(Contender.CORE, other, figure, (one, of) -> one / of, TIMES);
    }

    private static void compare(Map<String, Result> results, List<Comparison> all, String name, Pair pair) {
        Result one = results.get(pair.one().key());
        Result other = results.get(pair.other().key());
        if (one != null && other != null) {
            double value = pair.operation()
                    .applyAsDouble(
                            pair.figure().applyAsDouble(one), pair.figure().applyAsDouble(other));
            all.add(new Comparison(name, value, pair.unit()));
        }
    }
}
