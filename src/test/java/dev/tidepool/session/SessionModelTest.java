package dev.tidepool.session;

import static org.junit.jupiter.api.Assertions.fail;

import dev.tidepool.Rounds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The engine's rules, by random schedules: several engines on one cache whose calls fail, come late, or lose races. A
 * failure names its seed; {@code -Dtidepool.test.seed=} runs that one alone.
 */
@Tag(Rounds.LONG)
class SessionModelTest {
    private static final int SCHEDULES = Rounds.of(400);
    private static final int STEPS = 60;

    @Test
    void randomSchedules_onSeveralNodes_keepTheRules() {
        Long seed = Long.getLong("tidepool.test.seed");
        for (long each = seed == null ? 1 : seed; each <= (seed == null ? SCHEDULES : seed); each++) {
            @Nullable String broken = new SessionSchedule(each).run(STEPS);
            if (broken != null) {
                fail("seed " + each + ": " + broken);
            }
        }
    }
}
