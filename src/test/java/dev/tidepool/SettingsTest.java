package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

final class SettingsTest {
    private static final Settings USERS = Settings.none().with(Option.TABLE, "users");
    private static final AwsConfig CREDENTIALS_ONLY = new AwsConfig("AKIAEXAMPLE", "hush", null, null, null);
    private static final AwsConfig CONFIG =
            new AwsConfig("AKIAEXAMPLE", "hush", null, "eu-west-1", URI.create("http://localhost:8001"));
    private static final Settings CONNECTION =
            Settings.none().with(Option.REGION, "eu-central-1").with(Option.ENDPOINT, "http://localhost:8000");
    private static final DynamoDbClient CLIENT = DynamoDbClient.builder()
            .region(Region.US_EAST_1)
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .build();

    @AfterAll
    static void closeClient() {
        CLIENT.close();
    }

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
        Settings others =
                Settings.none().with(Option.TABLE, "orders").with(Option.SPECIAL_KEYS, List.of("userId:S:by-user"));

        Settings merged = USERS.with(Option.REGION, "eu-central-1")
                .with(Option.SPECIAL_KEYS, "admin:BOOL")
                .overriddenBy(others);

        assertThat(merged.get(Option.TABLE)).isEqualTo("orders");
        assertThat(merged.get(Option.SPECIAL_KEYS)).containsExactly(SpecialKey.of("userId:S:by-user"));
        assertThat(merged.get(Option.REGION)).isEqualTo("eu-central-1");
    }

    @Test
    void overriddenBy_allowInBoth_holdsTogether() {
        Settings first = Settings.none().with(Option.ALLOW, "com.acme.User,com.acme.Order");
        Settings second = Settings.none().with(Option.ALLOW, "com.acme.Item,com.acme.User");

        assertThat(first.overriddenBy(second).get(Option.ALLOW))
                .containsExactly("com.acme.User", "com.acme.Order", "com.acme.Item");
        assertThat(first.overriddenBy(Settings.none().with(Option.ALLOW, ""))).isEqualTo(first);
    }

    @Test
    void with_allowAgain_addsToIt() {
        Settings settings = Settings.none().with(Option.ALLOW, "com.acme.User").with(Option.ALLOW, "com.acme.Order");

        assertThat(settings.get(Option.ALLOW)).containsExactly("com.acme.User", "com.acme.Order");
    }

    @Test
    void placeOf_setAsPropertyAndByCode_isThatOfTheLast() {
        Settings.Place place = new Settings.Place("tidepool.allow", "a file");
        Settings byProperty =
                Settings.none().with(Option.ALLOW, "com.acme.User").at(Option.ALLOW, place);
        Settings byCode = Settings.none().with(Option.ALLOW, "com.acme.Order");

        assertThat(byProperty.placeOf(Option.ALLOW)).isEqualTo(place);
        assertThat(byProperty.overriddenBy(USERS).placeOf(Option.ALLOW)).isEqualTo(place);
        assertThat(byProperty.overriddenBy(byCode).placeOf(Option.ALLOW)).isNull();
        assertThat(byCode.overriddenBy(byProperty).placeOf(Option.ALLOW)).isEqualTo(place);
        assertThat(byProperty.with(Option.ALLOW, "com.acme.Order").placeOf(Option.ALLOW))
                .isNull();
        assertThat(byProperty.placeOf(Option.TABLE)).isNull();
    }

    @Test
    void equals_anotherPlace_isTrue() {
        assertThat(USERS.at(Option.TABLE, new Settings.Place("tidepool.table", "a file")))
                .isEqualTo(USERS)
                .hasSameHashCodeAs(USERS);
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

    /** Options that say two things of the same, with a value each. */
    static final List<Arguments> EXCLUSIONS = List.of(
            Arguments.of(Option.CLIENT, CLIENT, Option.REGION, "eu-central-1"),
            Arguments.of(Option.CLIENT, CLIENT, Option.ENDPOINT, "http://localhost:8000"),
            Arguments.of(Option.CLIENT, CLIENT, Option.AWS_CONFIG_PATH, CONFIG),
            Arguments.of(Option.CLIENT, CLIENT, Option.AWS_CONFIG_JSON, CONFIG),
            Arguments.of(Option.AWS_CONFIG_PATH, CONFIG, Option.AWS_CONFIG_JSON, CONFIG));

    @ParameterizedTest
    @FieldSource("EXCLUSIONS")
    void with_optionThatAnotherExcludes_namesBothInEitherOrder(
            Option<?> one, Object oneValue, Option<?> other, Object otherValue) {
        Settings withOne = Settings.none().with(one, oneValue);
        Settings withOther = Settings.none().with(other, otherValue);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> withOne.with(other, otherValue))
                .withMessageContaining("'" + one + "'")
                .withMessageContaining("'" + other + "'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> withOther.with(one, oneValue))
                .withMessageContaining("'" + one + "'")
                .withMessageContaining("'" + other + "'");
    }

    @ParameterizedTest
    @FieldSource("EXCLUSIONS")
    void overriddenBy_optionThatAnotherExcludes_laterTakesItsPlace(
            Option<?> one, Object oneValue, Option<?> other, Object otherValue) {
        Settings first = Settings.none().with(one, oneValue);
        Settings second = Settings.none().with(other, otherValue);

        assertThat(first.overriddenBy(second)).isEqualTo(second);
        assertThat(second.overriddenBy(first)).isEqualTo(first);
    }

    @Test
    void with_sameExcludingOptionAgain_replacesIt() {
        Settings settings = Settings.none().with(Option.CLIENT, CLIENT);

        assertThat(settings.with(Option.CLIENT, CLIENT)).isEqualTo(settings);
        assertThat(Settings.none()
                        .with(Option.AWS_CONFIG_JSON, CONFIG)
                        .with(Option.AWS_CONFIG_JSON, CREDENTIALS_ONLY)
                        .awsConfig())
                .isEqualTo(CREDENTIALS_ONLY);
    }

    @Test
    void overriddenBy_optionsThatHaveNothingToDoWithAClient_keepsIt() {
        Settings others = Settings.none().with(Option.HASH_KEY, "pk").with(Option.CALL_TIMEOUT, "1s");

        assertThat(Settings.none()
                        .with(Option.CLIENT, CLIENT)
                        .overriddenBy(others)
                        .find(Option.CLIENT))
                .isSameAs(CLIENT);
    }

    @Test
    void overriddenBy_configWithRegionAndEndpoint_takesThePlaceOfBothOptions() {
        Settings others = Settings.none().with(Option.AWS_CONFIG_JSON, CONFIG);

        Settings merged = CONNECTION.overriddenBy(others);

        assertThat(merged).isEqualTo(others);
        assertThat(merged.awsConfig()).isEqualTo(CONFIG);
    }

    @Test
    void overriddenBy_configOfCredentialsAlone_keepsRegionAndEndpoint() {
        Settings merged = CONNECTION.overriddenBy(Settings.none().with(Option.AWS_CONFIG_PATH, CREDENTIALS_ONLY));

        assertThat(merged).isEqualTo(CONNECTION.with(Option.AWS_CONFIG_PATH, CREDENTIALS_ONLY));
    }

    @Test
    void overriddenBy_configAndRegionOfTheSamePlace_keepsThatRegion() {
        Settings others = Settings.none().with(Option.AWS_CONFIG_JSON, CONFIG).with(Option.REGION, "ap-south-1");

        assertThat(CONNECTION.overriddenBy(others).find(Option.REGION)).isEqualTo("ap-south-1");
    }

    @Test
    void overriddenBy_regionAndEndpoint_keepConfigForItsCredentials() {
        Settings merged = Settings.none().with(Option.AWS_CONFIG_JSON, CONFIG).overriddenBy(CONNECTION);

        assertThat(merged).isEqualTo(CONNECTION.with(Option.AWS_CONFIG_JSON, CONFIG));
    }

    @Test
    void awsConfig_nothingSet_isNull() {
        assertThat(CONNECTION.awsConfig()).isNull();
    }

    @Test
    void awsConfig_setByEitherOption_isIt() {
        assertThat(Settings.none().with(Option.AWS_CONFIG_PATH, CONFIG).awsConfig())
                .isEqualTo(CONFIG);
        assertThat(Settings.none().with(Option.AWS_CONFIG_JSON, CONFIG).awsConfig())
                .isEqualTo(CONFIG);
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
        assertThat(USERS.with(Option.PREFIX, "secret").with(Option.AWS_CONFIG_JSON, CONFIG))
                .asString()
                .contains("table", "prefix", "awsConfigJson")
                .doesNotContain("users", "secret", "AKIA", "hush", "eu-west-1", "localhost");
    }

    @ParameterizedTest
    @CsvSource({
        "{cache}, users, users",
        "prod-{cache}, users, prod-users",
        "{cache}-{cache}, users, users-users",
        "shared, users, shared",
        "t-{cache}, my users, t-my_users",
        "{cache}, com.acme/User##NaturalId, com.acme_User__NaturalId",
        "{cache}, ключи, _____",
        "shared, not a table, shared"
    })
    void tableOf_anyTable_putsNameOfCacheWhereItIsAskedFor(String table, String cache, String expected) {
        assertThat(Settings.none().with(Option.TABLE, table).tableOf(cache)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"{cache}, a, a", "{cache}, '', ''", "{cache}, #, _"})
    void tableOf_cacheNameThatNoTableCanHave_namesOptionAndValue(String table, String cache, String value) {
        Settings settings = Settings.none().with(Option.TABLE, table);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.tableOf(cache))
                .withMessageContaining("'table'")
                .withMessageContaining("'" + value + "'");
    }

    @Test
    void prefixOf_nothingSet_isNameOfCacheAndColon() {
        assertThat(Settings.none().prefixOf("users")).isEqualTo("users:");
        assertThat(Settings.none().with(Option.TABLE, "shared").prefixOf("users"))
                .isEqualTo("users:");
    }

    @Test
    void prefixOf_tableOfItsOwn_isEmptyUnlessSet() {
        Settings own = Settings.none().with(Option.TABLE, "t-{cache}");

        assertThat(own.prefixOf("users")).isEmpty();
        assertThat(own.with(Option.PREFIX, "v1/").prefixOf("users")).isEqualTo("v1/");
        assertThat(own.prefixOf("users#1")).isEqualTo("users#1:");
    }
}
