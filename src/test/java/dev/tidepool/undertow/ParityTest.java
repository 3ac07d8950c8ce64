package dev.tidepool.undertow;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.Guide;
import dev.tidepool.session.SessionCaches;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.cache.spi.CachingProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * The guide's tables about connect-dynamodb are complete, their defaults those of the code, and each row has a test.
 */
final class ParityTest {
    private static final List<List<String>> ROWS = Guide.of("docs/express.md")
            .section("## Everything that connect-dynamodb does")
            .rows();

    /** Those of its page, and of release 3. */
    private static final Set<String> ITS_OPTIONS = Set.of(
            "client",
            "table",
            "hashKey",
            "prefix",
            "readCapacityUnits",
            "writeCapacityUnits",
            "payPerRequest",
            "reapInterval",
            "AWSConfigPath",
            "AWSConfigJSON",
            "AWSRegion",
            "initialized",
            "specialKeys",
            "skipThrowMissingSpecialKeys");

    /** The test of each row, by the text of its first cell. */
    private static final Map<String, String> TESTS = Map.ofEntries(
            entry("`client`", "cache.ConnectionIT#client_managerAndProviderClosed_canStillBeUsed"),
            entry("`table`", "undertow.SessionsGuideIT#sample_ofCache_hasTableOfItsOwn"),
            entry("`hashKey`", "cache.OptionsIT#hashKey_anotherName_isUsedForTableAndItems"),
            entry("`prefix`", "session.ConnectFormatIT#put_ofNewSession_isExactlyTheItemOfConnect"),
            entry(
                    "`readCapacityUnits`",
                    "cache.TableOptionsIT#createCache_capacityOptions_areWhatTheTableIsCreatedWith"),
            entry(
                    "`writeCapacityUnits`",
                    "cache.TableOptionsIT#createCache_capacityOptions_areWhatTheTableIsCreatedWith"),
            entry("`payPerRequest`", "cache.TableOptionsIT#createCache_capacityOptions_areWhatTheTableIsCreatedWith"),
            entry("`reapInterval`", "cache.ReapIntervalIT#reapInterval_expiredItems_areDeletedAgainAndAgain"),
            entry(
                    "`AWSConfigPath`",
                    "cache.ConnectionIT#awsConfigPath_credentialsRegionAndEndpoint_areThoseOfTheRequest"),
            entry(
                    "`AWSConfigJSON`",
                    "cache.ConnectionIT#awsConfigJson_credentialsRegionAndEndpoint_areThoseOfTheRequest"),
            entry("`AWSRegion`", "cache.ConnectionIT#region_nothingSet_isThatOfTheDefaultChain"),
            entry("`initialized`", "cache.TableOptionsIT#createCache_initializedTable_sendsNothing"),
            entry("`specialKeys`", "undertow.SessionSearchIT#setAttribute_specialKeysOfAllTypes_areAttributesOfItem"),
            entry("`skipThrowMissingSpecialKeys`", "cache.SpecialKeysIT#put_missingParts_leavesAttributesOut"),
            entry("the table", "cache.TableSetupIT#createCache_tableAbsent_createsItOnDemandWithTimeToLive"),
            entry(
                    "a table that may not be described",
                    "undertow.ConnectDefectsIT#tableThatMayNotBeDescribedOrCreated_isErrorAtOnce"),
            entry("a table that is being created", "undertow.ConnectDefectsIT#tableThatIsBeingCreated_isWaitedFor"),
            entry("TTL", "undertow.ConnectDefectsIT#newTable_hasTimeToLiveOnExpires"),
            entry(
                    "`get` of an expired session",
                    "session.ConnectFormatIT#session_afterItsDeadline_isReadForTheGraceAndNoLonger"),
            entry(
                    "`get` of what is no JSON",
                    "undertow.ConnectDefectsIT#sess_thatCannotBeParsed_isErrorThatNamesTheItemWhichStays"),
            entry("`set`", "undertow.ExpressRacesIT#changeOnExpress_duringChangeOnUndertow_isMerged"),
            entry(
                    "`set` of a destroyed session",
                    "undertow.ConnectDefectsIT#save_ofSessionThatNodeHasDestroyed_doesNotBringItBack"),
            entry("`touch`", "undertow.SessionTouchIT#access_withinInterval_isWrittenOncePerInterval"),
            entry(
                    "`touch` of a destroyed session",
                    "undertow.ConnectDefectsIT#touch_ofSessionThatNodeHasDestroyed_leavesNoStub"),
            entry("`destroy`", "undertow.ConnectDefectsIT#save_ofSessionThatAnotherRequestHasEnded_doesNotBringItBack"),
            entry("`expires`", "undertow.ConnectDefectsIT#expires_ofEveryWrite_isWholeSeconds"),
            entry(
                    "a session whose cookie has no age",
                    "undertow.ExpressIT#item_ofSessionBegunOnUndertow_hasAllThatExpressWrites"),
            entry(
                    "a special key that is missing",
                    "undertow.SessionSearchIT#save_missingSpecialKey_failsBeforeAnyRequestAndLeavesSessionAsItWas"),
            entry("`reap`", "session.ReapedSessionsIT#reap_connectFormat_deletesWhatHasEndedAndIsPastTheGrace"));

    private static Stream<List<String>> rows(int columns) {
        return ROWS.stream().filter(row -> row.size() == columns);
    }

    private static List<List<String>> options() {
        return rows(5).skip(1).toList();
    }

    @Test
    void options_ofConnect_haveOneRowEach() {
        assertThat(options().stream().map(row -> name(row.get(0))))
                .doesNotHaveDuplicates()
                .containsExactlyInAnyOrderElementsOf(ITS_OPTIONS);
    }

    private static String name(String cell) {
        return cell.replace("`", "");
    }

    @Test
    void options_ofOurs_areThoseOfTheCodeWithTheDefaultsOfSessions() {
        Set<Option<?>> ofThisTest = Set.of(Option.INITIALIZED, Option.ENDPOINT, Option.REGION); // so it sends nothing
        Settings ofSessions = settingsOfSessions();

        assertThat(options()).allSatisfy(row -> {
            Option<?> option = Option.all().stream()
                    .filter(known -> known.name().equals(name(row.get(2))))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no option " + row.get(2)));
            Object value = ofThisTest.contains(option) ? option.defaultValue() : ofSessions.find(option);
            String shown = value instanceof List<?> list && list.isEmpty() ? "empty" : "`" + value + "`";
            assertThat(row.get(3)).as(option.name()).isEqualTo(value == null ? "unset" : shown);
            assertThat(row.get(4)).isNotBlank();
        });
    }

    private static Settings settingsOfSessions() {
        try (CachingProvider provider = new DynamoDbCachingProvider()) {
            return dev.tidepool.session.StoredSessions.options(provider.getCacheManager()
                    .createCache(
                            "sessions",
                            SessionCaches.configuration()
                                    .set(Option.INITIALIZED, true)
                                    .set(Option.ENDPOINT, URI.create("http://127.0.0.1:1"))
                                    .set(Option.REGION, "us-east-1")
                                    .build()));
        }
    }

    @Test
    void rows_all_haveTestsThatExist() {
        Set<String> rows = Stream.concat(options().stream(), rows(3).skip(1))
                .map(row -> row.get(0))
                .collect(Collectors.toSet());

        assertThat(TESTS.keySet()).isEqualTo(rows);
        assertThat(TESTS.values()).allSatisfy(ParityTest::isTest);
    }

    private static void isTest(String test) {
        String[] parts = test.split("#");
        assertThat(parts).as(test).hasSize(2);
        assertThat(methods("dev.tidepool." + parts[0]).map(method -> method.getName()))
                .as(test)
                .contains(parts[1]);
    }

    private static Stream<java.lang.reflect.Method> methods(String type) {
        try {
            return Arrays.stream(Class.forName(type).getDeclaredMethods())
                    .filter(method -> method.isAnnotationPresent(Test.class)
                            || method.isAnnotationPresent(ParameterizedTest.class));
        } catch (ClassNotFoundException e) {
            throw new AssertionError("no test " + type, e);
        }
    }
}
