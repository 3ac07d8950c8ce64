package dev.tidepool.cache;

import static dev.tidepool.cache.TableBatches.WritePace.FIRST_GAP_NANOS;
import static dev.tidepool.cache.TableBatches.WritePace.MAX_GAP_NANOS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.cache.TableBatches.WritePace;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WritePaceTest {
    private final List<Long> pauses = new ArrayList<>();
    private long now = Long.MAX_VALUE - 10; // nanoseconds run over

    private final WritePace pace = new WritePace(() -> now, nanos -> {
        pauses.add(nanos);
        now += nanos;
    });

    @Test
    void step_tableWithCapacity_waitsForNothing() {
        IntStream.range(0, 100).forEach(i -> {
            pace.step();
            pace.quicken();
        });

        assertThat(pauses).isEmpty();
    }

    @Test
    void step_afterOneShortage_isAGapAfterTheLast() {
        pace.slowDown();

        pace.step();
        pace.step();
        now += FIRST_GAP_NANOS / 4;
        pace.step();

        assertThat(pauses).containsExactly(FIRST_GAP_NANOS, FIRST_GAP_NANOS - FIRST_GAP_NANOS / 4);
    }

    @Test
    void slowDown_severalBatchesAtOnce_countsOnce() {
        IntStream.range(0, 16).forEach(i -> pace.slowDown());

        pace.step();
        pace.step();

        assertThat(pauses).containsExactly(FIRST_GAP_NANOS);
    }

    @Test
    void slowDown_againAndAgain_doublesTheGapUpToABound() {
        List<Long> gaps = new ArrayList<>();
        IntStream.range(0, 10).forEach(i -> {
            pace.slowDown();
            pauses.clear();
            pace.step();
            pace.step();
            gaps.add(pauses.get(pauses.size() - 1));
        });

        assertThat(gaps).startsWith(FIRST_GAP_NANOS, 2 * FIRST_GAP_NANOS, 4 * FIRST_GAP_NANOS);
        assertThat(gaps.subList(6, 10)).containsOnly(MAX_GAP_NANOS);
    }

    @Test
    void quicken_againAndAgain_endsWithoutAGap() {
        IntStream.range(0, 10).forEach(i -> {
            pace.slowDown();
            pace.step();
            pace.step();
        });

        IntStream.range(0, 30).forEach(i -> pace.quicken());
        pace.step();
        pauses.clear();
        pace.step();

        assertThat(pauses).isEmpty();
    }
}
