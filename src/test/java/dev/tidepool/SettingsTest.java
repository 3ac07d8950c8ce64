package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SettingsTest {
    private static final Settings USERS = Settings.none().with(Option.TABLE, "users");

    @Test
    void get_nothingSet_returnsDefault() {
        assertThat(Settings.none().get(Option.TABLE)).isEqualTo("tidepool");
        assertThat(Settings.none().get(Option.CONSISTENT_READS)).isTrue();
        assertThat(Settings.none().get(Option.ALLOW)).isEmpty();
    }

    @Test
    void get_set_returnsParsedValue() {
        assertThat(USERS.with(Option.CONSISTENT_READS, "false").get(Option.CONSISTENT_READS))
                .isFalse();
    }

    @Test
    void get_unsetOptionWithoutDefault_namesIt() {
        assertThatNullPointerException()
                .isThrownBy(() -> Settings.none().get(Option.REGION))
                .withMessage("region");
    }

    @Test
    void find_unsetOptionWithoutDefault_returnsNull() {
        assertThat(Settings.none().find(Option.REGION)).isNull();
    }

    @Test
    void find_emptyText_isNotTakenForUnset() {
        assertThat(Settings.none().with(Option.PREFIX, "").find(Option.PREFIX)).isEmpty();
    }

    @Test
    void with_anotherOption_keepsTheFirst() {
        Settings settings = USERS.with(Option.REGION, "eu-central-1");

        assertThat(settings.get(Option.TABLE)).isEqualTo("users");
        assertThat(settings.get(Option.REGION)).isEqualTo("eu-central-1");
    }

    @Test
    void with_sameOption_replacesItInNewSettingsOnly() {
        Settings changed = USERS.with(Option.TABLE, "orders");

        assertThat(changed.get(Option.TABLE)).isEqualTo("orders");
        assertThat(USERS.get(Option.TABLE)).isEqualTo("users");
    }

    @Test
    void with_badValue_namesOptionAndValue() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> USERS.with(Option.CONSISTENT_READS, "maybe"))
                .withMessageContaining("'consistentReads'")
                .withMessageContaining("'maybe'");
    }

    @Test
    void overriddenBy_others_othersWinWhereTheySetSomething() {
        Settings others = Settings.none().with(Option.TABLE, "orders").with(Option.ALLOW, List.of("com.acme.Order"));

        Settings merged = USERS.with(Option.REGION, "eu-central-1").overriddenBy(others);

        assertThat(merged.get(Option.TABLE)).isEqualTo("orders");
        assertThat(merged.get(Option.ALLOW)).containsExactly("com.acme.Order");
        assertThat(merged.get(Option.REGION)).isEqualTo("eu-central-1");
    }

    @Test
    void overriddenBy_valueThatIsTheDefault_winsOverOtherValue() {
        Settings merged = USERS.overriddenBy(Settings.none().with(Option.TABLE, "tidepool"));

        assertThat(merged.get(Option.TABLE)).isEqualTo("tidepool");
    }

    @Test
    void overriddenBy_others_changesNeither() {
        Settings others = Settings.none().with(Option.TABLE, "orders");

        Settings merged = USERS.overriddenBy(others).with(Option.REGION, "eu-central-1");

        assertThat(merged.find(Option.REGION)).isEqualTo("eu-central-1");
        assertThat(USERS).isEqualTo(Settings.none().with(Option.TABLE, "users"));
        assertThat(others).isEqualTo(Settings.none().with(Option.TABLE, "orders"));
    }

    @Test
    void equals_sameValuesInAnotherOrder_isTrue() {
        Settings one = USERS.with(Option.REGION, "eu-central-1");
        Settings other = Settings.none().with(Option.REGION, "eu-central-1").with(Option.TABLE, "users");

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    }

    @Test
    void equals_anotherValueOrAnotherOption_isFalse() {
        assertThat(USERS)
                .isNotEqualTo(Settings.none())
                .isNotEqualTo(USERS.with(Option.TABLE, "orders"))
                .isNotEqualTo(USERS.with(Option.REGION, "eu-central-1"))
                .isNotEqualTo("Settings[table]");
    }

    @Test
    void toString_anySettings_showsNamesAndNoValues() {
        assertThat(USERS.with(Option.PREFIX, "secret"))
                .asString()
                .contains("table", "prefix")
                .doesNotContain("users", "secret");
    }
}
