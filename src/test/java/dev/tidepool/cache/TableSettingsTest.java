package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.TableSetup.TableSettings;
import dev.tidepool.cache.TableSetup.TableSettings.Capacity;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

final class TableSettingsTest {
    private static final Settings NONE = Settings.none();

    /** Settings, and the capacity that comes of them; null for billing on demand. */
    static final List<Arguments> CAPACITIES = List.of(
            Arguments.of(NONE, null),
            Arguments.of(NONE.with(Option.PAY_PER_REQUEST, true), null),
            Arguments.of(NONE.with(Option.PAY_PER_REQUEST, false), new Capacity(5, 5)),
            Arguments.of(NONE.with(Option.READ_CAPACITY_UNITS, 7L), new Capacity(7, 5)),
            Arguments.of(NONE.with(Option.WRITE_CAPACITY_UNITS, 8L), new Capacity(5, 8)),
            Arguments.of(
                    NONE.with(Option.READ_CAPACITY_UNITS, 7L).with(Option.WRITE_CAPACITY_UNITS, 8L),
                    new Capacity(7, 8)),
            Arguments.of(
                    NONE.with(Option.READ_CAPACITY_UNITS, 7L).with(Option.PAY_PER_REQUEST, false), new Capacity(7, 5)),
            Arguments.of(NONE.with(Option.READ_CAPACITY_UNITS, 7L).with(Option.PAY_PER_REQUEST, true), null));

    @ParameterizedTest
    @FieldSource("CAPACITIES")
    void of_capacityUnitsAndBilling_provisionsWhatIsAskedFor(Settings settings, @Nullable Capacity expected) {
        assertThat(TableSettings.of(settings, "users").capacity()).isEqualTo(expected);
    }

    @Test
    void of_nothingSet_hasDefaults() {
        assertThat(TableSettings.of(NONE, "users"))
                .isEqualTo(new TableSettings("tidepool", "id", true, true, false, null, List.of()));
    }

    @Test
    void of_everythingSet_hasIt() {
        Settings settings = NONE.with(Option.TABLE, "t-{cache}")
                .with(Option.HASH_KEY, "pk")
                .with(Option.CREATE_TABLE, false)
                .with(Option.TIME_TO_LIVE, false)
                .with(Option.INITIALIZED, true);

        assertThat(TableSettings.of(settings, "users"))
                .isEqualTo(new TableSettings("t-users", "pk", false, false, true, null, List.of()));
    }
}
