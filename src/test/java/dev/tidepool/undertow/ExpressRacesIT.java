package dev.tidepool.undertow;

import static dev.tidepool.undertow.Side.UNDEFINED;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.undertow.Side.Held;
import dev.tidepool.undertow.UndertowSide.Way;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests on one session at the same time, on Express and on Undertow: what we promise, and what Node's unconditional
 * writes do to that. Skipped where node or npm is missing.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class ExpressRacesIT {
    private static @Nullable ExpressApps apps;

    private final SharedTable shared = new SharedTable(requireNonNull(apps));
    private final Browser browser = new Browser();
    private final Side express = shared.express();

    ExpressRacesIT() throws Exception {}

    @BeforeAll
    static void start() throws Exception {
        apps = SharedTable.startExpress();
    }

    @AfterAll
    static void stop() {
        if (apps != null) {
            apps.close();
        }
    }

    @AfterEach
    void close() {
        shared.close();
    }

    /** The same cookie in another tab. */
    private Browser tab() {
        return new Browser()
                .withCookie(
                        SharedTable.COOKIE, browser.cookie(SharedTable.COOKIE).orElseThrow());
    }

    @ParameterizedTest
    @EnumSource
    void destroyOnExpress_duringChangeOnUndertow_isFinal(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.get(browser, "/login?user=ann");
        Browser tab = tab();
        Held change = undertow.held(tab, Side.setting("a", "1"));

        express.get(browser, "/logout");
        change.release();

        assertThat(shared.all()).isEmpty();
        assertThat(express.read(browser, "user")).isEqualTo(UNDEFINED);
        assertThat(undertow.read(browser, "user")).isEqualTo(UNDEFINED);
    }

    @ParameterizedTest
    @EnumSource
    void destroyOnExpress_duringAccessOnUndertow_leavesNothing(Way way) throws Exception {
        Side undertow = shared.undertow(
                way,
                shared.node().manager().touchInterval(Duration.ZERO),
                ExpressSessionConfig.builder(SharedTable.SECRET).build());
        express.get(browser, "/login?user=ann");
        Held access = undertow.held(tab(), "/plain?");

        express.get(browser, "/logout");
        access.release();
        undertow.get(browser, "/plain?");

        assertThat(shared.all()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void regenerateOnExpress_duringChangeOnUndertow_leavesTheOldIdNobody(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        Browser old = tab();
        Held change = undertow.held(old, Side.setting("b", "2"));

        express.get(browser, "/login?user=ann");
        change.release();

        assertThat(SharedTable.idOf(browser)).isNotEqualTo(SharedTable.idOf(tabOf(old)));
        assertThat(shared.all()).hasSize(1);
        assertThat(undertow.read(browser, "user")).isEqualTo("\"ann\"");
        assertThat(undertow.read(browser, "b")).isEqualTo(UNDEFINED);
    }

    private Browser tabOf(Browser other) {
        return other.cookie(SharedTable.COOKIE).isPresent()
                ? other
                : new Browser().withCookie(SharedTable.COOKIE, "s%3A.");
    }

    @ParameterizedTest
    @EnumSource
    void changeOnExpress_duringChangeOnUndertow_isMerged(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        Held change = undertow.held(tab(), Side.setting("b", "2"));

        express.set(browser, "c", "3");
        change.release();

        assertThat(express.read(browser, "a")).isEqualTo("1");
        assertThat(express.read(browser, "b")).isEqualTo("2");
        assertThat(express.read(browser, "c")).isEqualTo("3");
    }

    /** Node writes the whole session as it has read it. */
    @ParameterizedTest
    @EnumSource
    void changeOnUndertow_duringChangeOnExpress_isLost(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        Held change = express.held(tab(), Side.setting("b", "2"));

        undertow.set(browser, "c", "3");
        assertThat(express.read(browser, "c")).isEqualTo("3");
        change.release();

        assertThat(undertow.read(browser, "a")).isEqualTo("1");
        assertThat(undertow.read(browser, "b")).isEqualTo("2");
        assertThat(undertow.read(browser, "c")).as("overwritten by Node").isEqualTo(UNDEFINED);
    }

    /** A request of Express that only reads moves the deadline alone. */
    @ParameterizedTest
    @EnumSource
    void changeOnUndertow_duringAccessOnExpress_isKept(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        Held access = express.held(tab(), "/plain?");

        undertow.set(browser, "c", "3");
        access.release();

        assertThat(express.read(browser, "c")).isEqualTo("3");
        assertThat(undertow.read(browser, "c")).isEqualTo("3");
    }

    /** Node's write asks for nothing: it brings back what is gone. */
    @ParameterizedTest
    @EnumSource
    void destroyOnUndertow_duringChangeOnExpress_isUndoneByNode(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.get(browser, "/login?user=ann");
        Browser tab = tab();
        Held change = express.held(tab, Side.setting("b", "2"));

        undertow.get(browser, "/logout?");
        assertThat(shared.all()).isEmpty();
        change.release();

        assertThat(express.read(tab, "user")).isEqualTo("\"ann\"");
        assertThat(undertow.read(tab, "user")).as("it is back for all").isEqualTo("\"ann\"");
    }

    @ParameterizedTest
    @EnumSource
    void destroyOnUndertow_duringAccessOnExpress_leavesStubThatIsNoSession(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.get(browser, "/login?user=ann");
        Browser tab = tab();
        Held access = express.held(tab, "/plain?");

        undertow.get(browser, "/logout?");
        access.release();

        assertThat(shared.item(tab)).as("what Node's touch leaves").containsOnlyKeys("id", "expires");
        assertThat(undertow.read(tab, "user")).isEqualTo(UNDEFINED);
        assertThat(express.read(tab, "user")).isEqualTo(UNDEFINED);
        undertow.set(tab, "a", "1");
        assertThat(undertow.read(tab, "a")).isEqualTo("1");
        assertThat(undertow.read(tab, "user")).isEqualTo(UNDEFINED);
    }

    @ParameterizedTest
    @EnumSource
    void newIdOnUndertow_duringAccessOnExpress_isNotDisturbed(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        Browser old = tab();
        Held access = express.held(old, "/plain?");

        undertow.get(browser, "/login?user=ann");
        access.release();

        assertThat(undertow.read(browser, "a")).isEqualTo("1");
        assertThat(express.read(browser, "user")).isEqualTo("\"ann\"");
        assertThat(undertow.read(old, "a")).isEqualTo(UNDEFINED);
        assertThat(express.read(old, "a")).isEqualTo(UNDEFINED);
    }

    /** What Node writes takes the place of the signpost, so the session before the login lives on beside it. */
    @ParameterizedTest
    @EnumSource
    void newIdOnUndertow_duringChangeOnExpress_leavesTwoSessions(Way way) throws Exception {
        Side undertow = shared.undertow(way);
        express.set(browser, "a", "1");
        Browser old = tab();
        Held change = express.held(old, Side.setting("b", "2"));

        undertow.get(browser, "/login?user=ann");
        change.release();

        assertThat(express.read(browser, "user")).isEqualTo("\"ann\"");
        assertThat(undertow.read(browser, "user")).isEqualTo("\"ann\"");
        assertThat(undertow.read(browser, "b")).isEqualTo(UNDEFINED);
        assertThat(express.read(old, "b")).as("as it was before the login").isEqualTo("2");
        assertThat(undertow.read(old, "b")).isEqualTo("2");
        assertThat(undertow.read(old, "user")).as("nobody has logged in here").isEqualTo(UNDEFINED);
    }
}
