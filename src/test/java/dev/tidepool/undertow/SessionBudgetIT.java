package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.server.handlers.ResponseCodeHandler;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many requests the pages of an application cost, counted where they are sent to DynamoDB. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SessionBudgetIT {
    private static final String READ = "GetItem";
    private static final int PAGES = 20;
    private static final int UPDATES = 5;
    private static final int JOURNEY = 33;
    private static final int JOURNEY_READS = 26;
    private static final int JOURNEY_WRITES = 8;

    private final StoreNode store = StoreNode.on(StoreNode.freshTable());

    @AfterEach
    void close() {
        store.close();
    }

    private static boolean isWrite(String operation) {
        return operation.equals("PutItem") || operation.equals("UpdateItem");
    }

    private CoreNode shop() {
        return CoreNode.on(store).page("/begin", exchange -> {
            var session = CoreNode.session(exchange);
            session.changeSessionId(exchange, CoreNode.config(exchange));
            session.setAttribute("item", "1");
            return "begun";
        });
    }

    private List<String> costOf(CoreNode node, Visitor visitor, String path) throws Exception {
        store.requests().clear();
        assertThat(node.visit(visitor, path).status()).isEqualTo(200);
        return store.requests().operations();
    }

    @Test
    void login_ofVisitorWithoutSession_isOneWrite() throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = new Visitor()) {
            assertThat(costOf(node, visitor, "/begin")).singleElement().matches(SessionBudgetIT::isWrite);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/get?name=item", "/get?name=none", "/names", "/accessed"})
    void page_thatReads_isOneRead(String path) throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/begin");

            assertThat(costOf(node, visitor, path)).containsExactly(READ);
            assertThat(costOf(node, visitor, path)).containsExactly(READ);
        }
    }

    @Test
    void page_thatChanges_isOneReadAndOneWrite() throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/begin");

            List<String> cost = costOf(node, visitor, "/set?name=item&value=2");

            assertThat(cost).hasSize(2).startsWith(READ);
            assertThat(cost.get(1)).matches(SessionBudgetIT::isWrite);
        }
    }

    @Test
    void logout_isOneReadAndOneDeleteAtMost() throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/begin");

            assertThat(costOf(node, visitor, "/end")).containsExactly(READ, "DeleteItem");
            assertThat(visitor.session()).as("the cookie is cleared").isNull();
        }
    }

    @Test
    void page_thatIsNotAboutSession_isNoRequest() throws Exception {
        try (CoreNode node = shop().on("/io", ResponseCodeHandler.HANDLE_200);
                Visitor visitor = new Visitor();
                Visitor stranger = new Visitor()) {
            node.visit(visitor, "/begin");

            assertThat(costOf(node, visitor, "/plain")).isEmpty();
            assertThat(costOf(node, visitor, "/io")).isEmpty();
            assertThat(costOf(node, stranger, "/plain")).isEmpty();
            assertThat(costOf(node, stranger, "/get?name=item")).isEmpty();
        }
    }

    @Test
    void cookie_unknown_isOneReadHoweverOftenAsked() throws Exception {
        try (CoreNode node = shop().page("/ask", exchange -> {
                    boolean first = CoreNode.existing(exchange) == null;
                    return first && CoreNode.existing(exchange) == null;
                });
                Visitor visitor = Visitor.with("x".repeat(40))) {
            assertThat(costOf(node, visitor, "/ask")).containsExactly(READ);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "'; DROP TABLE sessions; --",
                "../../../../etc/passwd",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.",
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            })
    void cookie_thatNoManagerIssues_isNoRequest(String garbage) throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = Visitor.with(garbage)) {
            assertThat(costOf(node, visitor, "/get?name=item")).isEmpty();
        }
    }

    @Test
    void cookie_ofTenKilobytes_isNoRequest() throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = Visitor.with("A".repeat(10_240))) {
            assertThat(costOf(node, visitor, "/get?name=item")).isEmpty();
        }
    }

    @Test
    void journey_ofOneVisitor_isWithinBudget() throws Exception {
        try (CoreNode node = shop();
                Visitor visitor = new Visitor()) {
            store.requests().clear();
            node.visit(visitor, "/begin");
            for (int i = 0; i < PAGES; i++) {
                assertThat(node.visit(visitor, "/get?name=item").status()).isEqualTo(200);
            }
            for (int i = 0; i < UPDATES; i++) {
                assertThat(node.visit(visitor, "/set?name=item&value=" + i).status())
                        .isEqualTo(200);
            }
            node.visit(visitor, "/end");

            assertWithinBudget(store.requests().operations());
        }
    }

    /** Sessions this small cost one unit for each read and each write. */
    private static void assertWithinBudget(List<String> operations) {
        assertThat(operations).hasSizeLessThanOrEqualTo(JOURNEY);
        assertThat(operations).filteredOn(READ::equals).hasSizeLessThanOrEqualTo(JOURNEY_READS);
        assertThat(operations)
                .filteredOn(operation -> !operation.equals(READ))
                .hasSizeLessThanOrEqualTo(JOURNEY_WRITES);
    }

    private ServletNode servlets() throws Exception {
        return plan().start();
    }

    private ServletNode.Plan plan() {
        return ServletNode.on(store)
                .on("/begin", (request, response) -> {
                    HttpSession session = request.getSession();
                    request.changeSessionId();
                    session.setAttribute("item", "1");
                })
                .on(
                        "/get",
                        (request, response) -> response.getWriter()
                                .print(request.getSession(false).getAttribute("item")))
                .on("/set", (request, response) -> request.getSession().setAttribute("item", request.getQueryString()))
                .on("/end", (request, response) -> request.getSession(false).invalidate())
                .on("/plain", (request, response) -> response.getWriter().print("plain"))
                .on("/ask", (request, response) -> {
                    boolean first = request.getSession(false) == null;
                    response.getWriter().print(first && request.getSession(false) == null);
                })
                .on("/ask-for-new", (request, response) -> {
                    boolean first = request.getSession(false) == null;
                    response.getWriter().print(first && request.getSession(true).isNew());
                });
    }

    private List<String> costOf(ServletNode node, Visitor visitor, String path) throws Exception {
        store.requests().clear();
        assertThat(node.visit(visitor, path).status()).isEqualTo(200);
        return store.requests().operations();
    }

    @Test
    void servlets_ofAllKinds_costWhatHandlersDo() throws Exception {
        try (ServletNode node = servlets();
                Visitor visitor = new Visitor()) {
            assertThat(costOf(node, visitor, "/begin"))
                    .as("login")
                    .singleElement()
                    .matches(SessionBudgetIT::isWrite);
            assertThat(costOf(node, visitor, "/get")).as("read").containsExactly(READ);
            assertThat(costOf(node, visitor, "/set?2")).as("change").hasSize(2).startsWith(READ);
            assertThat(costOf(node, visitor, "/end")).as("logout").containsExactly(READ, "DeleteItem");
        }
    }

    /** Undertow's login asks for the session of every request, whether the deployment has a login or not. */
    @Test
    void servlet_thatIsNotAboutSession_isOneReadOfContainerUnlessItHasNoSecurity() throws Exception {
        try (ServletNode node = servlets();
                ServletNode open = plan().deployed(deployment -> deployment.setSecurityDisabled(true))
                        .start();
                Visitor visitor = new Visitor();
                Visitor stranger = new Visitor()) {
            node.visit(visitor, "/begin");

            assertThat(costOf(node, visitor, "/plain")).containsExactly(READ);
            assertThat(costOf(open, visitor, "/plain")).isEmpty();
            assertThat(costOf(node, stranger, "/plain")).isEmpty();
        }
    }

    @Test
    void servlet_unknownCookie_isOneReadHoweverOftenAsked() throws Exception {
        try (ServletNode node = servlets();
                Visitor visitor = Visitor.with("x".repeat(40))) {
            assertThat(costOf(node, visitor, "/ask")).containsExactly(READ);
        }
    }

    @Test
    void servlet_unknownCookieAndNewSession_isOneReadAndOneWrite() throws Exception {
        try (ServletNode node = servlets();
                Visitor visitor = Visitor.with("x".repeat(40))) {
            List<String> cost = costOf(node, visitor, "/ask-for-new");

            assertThat(cost).hasSize(2).startsWith(READ);
            assertThat(cost.get(1)).matches(SessionBudgetIT::isWrite);
            assertThat(visitor.session())
                    .as("an id that the client chose is not adopted")
                    .isNotEqualTo("x".repeat(40));
        }
    }

    @Test
    void servlets_journeyOfOneVisitor_isWithinBudget() throws Exception {
        try (ServletNode node = servlets();
                Visitor visitor = new Visitor()) {
            store.requests().clear();
            visitor.get(node.port(), "/begin");
            for (int i = 0; i < PAGES; i++) {
                assertThat(visitor.get(node.port(), "/get").status()).isEqualTo(200);
            }
            for (int i = 0; i < UPDATES; i++) {
                assertThat(visitor.get(node.port(), "/set?" + i).status()).isEqualTo(200);
            }
            visitor.get(node.port(), "/end");

            assertWithinBudget(store.requests().operations());
        }
    }
}
