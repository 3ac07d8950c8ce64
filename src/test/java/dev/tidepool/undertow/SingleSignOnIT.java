package dev.tidepool.undertow;

import static dev.tidepool.undertow.ContextsNode.FORM;
import static dev.tidepool.undertow.ContextsNode.TIMEOUT_SECONDS;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.undertow.ContextsNode.User;
import dev.tidepool.undertow.ContextsNode.Users;
import io.undertow.security.idm.Account;
import io.undertow.server.session.SessionManager;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.handlers.security.ServletSingleSignOnAuthenticationMechanism;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One login for two contexts on two nodes, each request on any of them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SingleSignOnIT {
    private static final AtomicInteger TABLES = new AtomicInteger();
    private static final String READ = "GetItem";
    private static final int SHORT_SECONDS = 120;
    private static final String KNOWN = "hello ada";

    private final String table = "single-sign-on-" + TABLES.incrementAndGet();
    private final SteeredClock clock = new SteeredClock();
    private final ContextsNode one = new ContextsNode(table, clock);
    private final ContextsNode two = new ContextsNode(table, clock);
    private final ContextBrowser browser = new ContextBrowser();

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** By which mechanism a node has single sign-on. */
    enum Way {
        TIDEPOOL {
            @Override
            Consumer<DeploymentInfo> on(ContextsNode node) {
                SingleSignOnExtension extension =
                        new SingleSignOnExtension(node.singleSignOns().cache());
                return deployment -> deployment.addServletExtension(extension);
            }
        },
        UNDERTOW {
            @Override
            Consumer<DeploymentInfo> on(ContextsNode node) {
                JCacheSingleSignOnManager manager =
                        new JCacheSingleSignOnManager(node.singleSignOns().cache());
                var mechanism = new ServletSingleSignOnAuthenticationMechanism(manager);
                mechanism.setPath("/");
                return deployment -> {
                    deployment.addFirstAuthenticationMechanism("SSO", mechanism);
                    var factory = deployment.getSessionManagerFactory();
                    deployment.setSessionManagerFactory(started -> {
                        SessionManager sessions = factory.createSessionManager(started);
                        manager.know(sessions);
                        return sessions;
                    });
                };
            }
        };

        abstract Consumer<DeploymentInfo> on(ContextsNode node);
    }

    private void deploy(Way way) throws Exception {
        for (ContextsNode node : List.of(one, two)) {
            Consumer<DeploymentInfo> change = way.on(node);
            node.deploy("/shop", TIMEOUT_SECONDS, new Users(User::new), change);
            node.deploy("/desk", SHORT_SECONDS, new Users(User::new), change);
            node.deploy("/mail", TIMEOUT_SECONDS, new Users(User::new), change);
            node.requests().clear();
        }
    }

    private void deploy() throws Exception {
        deploy(Way.TIDEPOOL);
    }

    private static String page(ContextsNode node, ContextBrowser browser, String context) throws Exception {
        return node.visit(browser, context + "/secret").body();
    }

    private void assertAllAre(String expected) throws Exception {
        for (ContextsNode node : List.of(one, two)) {
            for (String context : List.of("/shop", "/desk")) {
                assertThat(page(node, browser, context)).as(context).isEqualTo(expected);
            }
        }
    }

    private String singleSignOn() {
        return browser.cookie("/", ContextBrowser.SINGLE_SIGN_ON).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void login_onOneContext_holdsOnAllNodesUntilLogoutOnAnother(Way way) throws Exception {
        deploy(way);
        one.logIn(browser, "/shop");
        assertAllAre(KNOWN);
        ContextBrowser thief = browser.copy();

        two.visit(browser, "/desk/end");

        assertThat(two.storedSessions()).as("sessions at rest").isZero();
        assertThat(two.items("sso:")).as("single sign-ons at rest").isEmpty();
        assertAllAre(FORM);
        assertThat(page(one, thief, "/shop")).isEqualTo(FORM);
    }

    @Test
    void logout_ofRequestAlone_endsAllOtherSessionsAndItsOwnLogin() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        page(one, browser, "/desk");

        two.visit(browser, "/shop/logout");

        assertThat(two.storedSessions())
                .as("its own session is the application's")
                .isEqualTo(1);
        assertThat(browser.cookie("/shop", "JSESSIONID")).isNotEmpty();
        assertThat(two.items("sso:")).isEmpty();
        assertAllAre(FORM);
    }

    @Test
    void node_dies_loginHoldsAndItsSessionsEndWithLogout() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        one.close();

        assertThat(page(two, browser, "/desk")).isEqualTo(KNOWN);
        assertThat(page(two, browser, "/shop")).isEqualTo(KNOWN);
        two.visit(browser, "/desk/end");

        assertThat(two.storedSessions()).isZero();
    }

    /** What is left of a logout by a node that died in the midst of it. */
    @Test
    void logout_thatReachesNoSession_isFinishedByNextLook() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        page(one, browser, "/desk");
        ContextBrowser thief = browser.copy();
        two.singleSignOns()
                .beforeNext(
                        "getAndRemove",
                        () -> two.sessions()
                                .beforeNext("get", () -> two.sessions().fail("get", "remove")));

        two.visit(browser, "/desk/end");
        two.sessions().heal();
        assertThat(two.storedSessions()).as("the session that was left").isEqualTo(1);

        assertThat(page(one, thief.copy().withoutSingleSignOn(), "/shop"))
                .as("without the cookie at once")
                .isEqualTo(FORM);
        clock.advance(Duration.ofSeconds(TIMEOUT_SECONDS / 20));
        assertThat(page(one, thief, "/shop")).as("after the touch interval").isEqualTo(FORM);
    }

    @Test
    void logout_onNodeWithoutContext_endsItsSessionsAtNextLook() throws Exception {
        one.deploy("/shop", TIMEOUT_SECONDS, new Users(User::new), Way.TIDEPOOL.on(one));
        two.deploy("/desk", TIMEOUT_SECONDS, new Users(User::new), Way.TIDEPOOL.on(two));
        one.logIn(browser, "/shop");
        assertThat(page(two, browser, "/desk")).isEqualTo(KNOWN);
        ContextBrowser thief = browser.copy();

        two.visit(browser, "/desk/end");

        assertThat(page(one, browser, "/shop")).as("the browser").isEqualTo(FORM);
        clock.advance(Duration.ofSeconds(TIMEOUT_SECONDS / 20));
        assertThat(page(one, thief, "/shop")).as("who has all cookies").isEqualTo(FORM);
    }

    @Test
    void contexts_thatRegisterAtOnce_areBothEndedByLogout() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        ContextBrowser other = browser.copy();
        one.singleSignOns()
                .beforeNext(
                        "replace", () -> assertThat(page(two, other, "/mail")).isEqualTo(KNOWN));

        assertThat(page(one, browser, "/desk")).isEqualTo(KNOWN);
        assertThat(one.storedSessions()).isEqualTo(3);
        one.visit(browser, "/shop/end");

        assertThat(page(two, other, "/mail")).isEqualTo(FORM);
        assertThat(page(one, browser, "/desk")).isEqualTo(FORM);
    }

    @Test
    void context_thatRegistersDuringLogout_isNotLoggedIn() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        ContextBrowser other = browser.copy();
        one.singleSignOns().beforeNext("replace", () -> two.visit(other, "/shop/end"));

        assertThat(page(one, browser, "/desk")).isEqualTo(FORM);

        assertThat(one.items("sso:")).as("brought back").isEmpty();
        assertThat(page(one, browser, "/desk")).isEqualTo(FORM);
    }

    @Test
    void session_thatChangesItsId_endsWithLogoutElsewhere() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        page(two, browser, "/desk");
        two.visit(browser, "/shop/change-id");
        ContextBrowser thief = browser.copy();

        one.visit(browser, "/desk/end");

        assertThat(page(two, thief, "/shop")).isEqualTo(FORM);
    }

    @Test
    void session_thatTimesOut_leavesLoginOfOthers() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        assertThat(page(one, browser, "/desk")).isEqualTo(KNOWN);
        String before = browser.cookie("/desk", "JSESSIONID").orElseThrow();

        clock.advance(Duration.ofSeconds(2 * SHORT_SECONDS));

        assertThat(page(two, browser, "/desk")).isEqualTo(KNOWN);
        assertThat(browser.cookie("/desk", "JSESSIONID"))
                .as("another session")
                .isNotEmpty()
                .get()
                .isNotEqualTo(before);
        assertThat(page(two, browser, "/shop")).isEqualTo(KNOWN);
        assertThat(two.items("sso:")).hasSize(1);
    }

    @Test
    void login_usedForLong_livesAsLongAsItsLongestSession() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(TIMEOUT_SECONDS - 1));
            assertThat(page(two, browser, "/shop")).as("use " + i).isEqualTo(KNOWN);
        }
        assertThat(page(one, browser, "/desk")).isEqualTo(KNOWN);

        clock.advance(Duration.ofSeconds(2 * TIMEOUT_SECONDS));
        assertAllAre(FORM);
    }

    private List<String> costOf(ContextsNode node, String path) throws Exception {
        node.requests().clear();
        assertThat(node.visit(browser, path).body()).isEqualTo(KNOWN);
        return node.requests().operations();
    }

    @Test
    void page_ofUser_costsWhatSessionDoes() throws Exception {
        deploy();
        one.logIn(browser, "/shop");

        assertThat(costOf(one, "/shop/secret")).as("where the login was").containsExactly(READ);
        assertThat(costOf(two, "/shop/secret")).as("another node").containsExactly(READ);
        List<String> first = costOf(one, "/desk/secret");
        assertThat(first).as("the first page of another context").hasSize(3).startsWith(READ);
        assertThat(costOf(one, "/desk/secret")).as("the second").containsExactly(READ);
        assertThat(costOf(two, "/desk/secret")).as("on another node").containsExactly(READ);
    }

    @Test
    void page_afterTouchInterval_costsOneReadMoreAndAtMostOneWrite() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        clock.advance(Duration.ofSeconds(TIMEOUT_SECONDS / 20));

        List<String> cost = costOf(two, "/shop/secret");
        assertThat(cost).filteredOn(READ::equals).hasSize(2);
        assertThat(cost).hasSizeLessThanOrEqualTo(4);
        assertThat(costOf(two, "/shop/secret")).containsExactly(READ);
        assertThat(costOf(one, "/shop/secret")).containsExactly(READ);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "../../etc", "A123456789012345678901234567890123456789012345678901234567890"})
    void cookie_thatNobodyIssued_isNoRequestAndCleared(String garbage) throws Exception {
        deploy();
        browser.withSingleSignOn(garbage);

        assertThat(one.visit(browser, "/shop/open").body()).isEqualTo("hello null");

        assertThat(one.requests().operations()).isEmpty();
        assertThat(browser.cookie("/", ContextBrowser.SINGLE_SIGN_ON)).isEmpty();
    }

    @Test
    void cookie_ofNoLogin_isOneReadAndCleared() throws Exception {
        deploy();
        browser.withSingleSignOn("x".repeat(40));

        assertThat(one.visit(browser, "/shop/open").body()).isEqualTo("hello null");

        assertThat(one.requests().operations()).containsExactly(READ);
        assertThat(browser.cookie("/", ContextBrowser.SINGLE_SIGN_ON)).isEmpty();
    }

    @Test
    void table_read_givesNobodyACookie() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        page(one, browser, "/desk");

        assertThat(one.items("").toString()).doesNotContain(singleSignOn());
        one.items("sess:")
                .forEach(item -> assertThat(new String(
                                requireNonNull(item.get("value")).b().asByteArray(),
                                java.nio.charset.StandardCharsets.ISO_8859_1))
                        .doesNotContain(singleSignOn()));
    }

    @Test
    void store_fails_isNoLogoutAndNoForm() throws Exception {
        deploy();
        one.logIn(browser, "/shop");
        one.singleSignOns().fail("get");

        assertThat(one.visit(browser, "/desk/secret").statusCode()).isGreaterThanOrEqualTo(500);
        one.singleSignOns().heal();

        assertThat(page(one, browser, "/desk")).isEqualTo(KNOWN);
    }

    @Test
    void login_thatCannotBeStored_isTakenBack() throws Exception {
        deploy();
        one.singleSignOns().fail("putIfAbsent");

        one.logIn(browser, "/shop");
        one.singleSignOns().heal();

        assertThat(page(one, browser, "/shop")).isEqualTo(FORM);
        assertThat(browser.cookie("/", ContextBrowser.SINGLE_SIGN_ON)).isEmpty();
        one.logIn(browser, "/shop");
        assertAllAre(KNOWN);
    }

    /** Neither it nor its principal can be stored, and it is known nowhere else. */
    private record LocalUser(Principal getPrincipal) implements Account {
        @Override
        public Set<String> getRoles() {
            return Set.of("customer");
        }
    }

    @Test
    void account_thatCannotBeStored_isKnownOnAllNodes() throws Exception {
        for (ContextsNode node : List.of(one, two)) {
            Consumer<DeploymentInfo> change = Way.TIDEPOOL.on(node);
            node.deploy("/shop", TIMEOUT_SECONDS, new Users(name -> new LocalUser(() -> name)), change);
            node.deploy("/desk", TIMEOUT_SECONDS, new Users(name -> new LocalUser(() -> name)), change);
        }
        one.logIn(browser, "/shop");

        assertAllAre(KNOWN);
        assertThat(costOf(two, "/shop/secret").size())
                .as("at most one read more")
                .isLessThanOrEqualTo(2);
    }
}
