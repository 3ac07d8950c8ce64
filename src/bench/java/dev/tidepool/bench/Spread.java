package dev.tidepool.bench;

import com.google.common.math.Quantiles;
import com.google.common.math.Stats;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A figure that has been measured several times. */
record Spread(double median, double lowest, double highest) {

    /** A figure of each round. */
    static Spread of(List<Round> rounds, ToDoubleFunction<Round> figure) {
        List<Double> values =
                rounds.stream().map(round -> figure.applyAsDouble(round)).toList();
        Stats stats = Stats.of(values);
        return new Spread(Quantiles.median().compute(values), stats.min(), stats.max());
    }

    /** The median and, of more than one figure, the spread, with so many digits behind the point. */
    String text(int digits) {
        if (lowest == highest) {
            return String.format(Locale.ROOT, "%." + digits + "f", median);
        }
        String figure = "%." + digits + "f";
        return String.format(Locale.ROOT, figure + " (" + figure + "-" + figure + ")", median, lowest, highest);
    }
}
