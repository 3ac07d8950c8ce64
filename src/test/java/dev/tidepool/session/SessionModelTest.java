package dev.tidepool.session;

import static org.junit.jupiter.api.Assertions.fail;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The engine's rules, by random schedules: several engines on one cache whose calls fail, come late, or lose races. A
 * failure names its seed; {@code -Dtidepool.test.seed=} runs that one alone.
 */
class SessionModelTest {
    private static final int SCHEDULES = Integer.getInteger("tidepool.test.schedules", 1_000);
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
