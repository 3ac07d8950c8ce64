package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.cache.Reaper.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
    private static final long GAP = 40_000_000;

    private final List<Long> pauses = new ArrayList<>();
    private long now = Long.MAX_VALUE - 10; // nanoseconds run over

    private final Pace pace = new Pace(Duration.ofNanos(GAP), () -> now, nanos -> {
        pauses.add(nanos);
        now += nanos;
    });

    @Test
    void step_first_waitsForNothing() {
        pace.step();

        assertThat(pauses).isEmpty();
    }

    @Test
    void step_manyAtOnce_areAGapApart() {
        long start = now;

        IntStream.range(0, 26).forEach(i -> pace.step());

        assertThat(now - start).isEqualTo(25 * GAP);
    }

    @Test
    void step_betweenTwo_workCountsAsWaiting() {
        pace.step();
        now += GAP / 4;
        pace.step();

        assertThat(pauses).containsExactly(GAP - GAP / 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {GAP, GAP + 1, 1_000 * GAP})
    void step_late_waitsForNothingAndNextIsNotEarlier(long late) {
        pace.step();
        now += late;
        pace.step();
        assertThat(pauses).isEmpty();

        pace.step();
        assertThat(pauses).containsExactly(GAP);
    }

    @Test
    void step_pauseThatReturnsEarly_waitsForTheRest() {
        Pace drowsy = new Pace(Duration.ofNanos(GAP), () -> now, nanos -> {
            pauses.add(nanos);
            now += nanos / 2 + 1;
        });
        long start = now;

        drowsy.step();
        drowsy.step();

        assertThat(pauses).hasSizeGreaterThan(1);
        assertThat(now - start).isGreaterThanOrEqualTo(GAP);
    }
}
