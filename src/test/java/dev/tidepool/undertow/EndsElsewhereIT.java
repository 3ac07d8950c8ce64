package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.servlet.api.ListenerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a node that holds local attributes of a session makes of an end, and of a new id, that came about elsewhere. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class EndsElsewhereIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(1000);
    private static final Duration MOMENT = Duration.ofSeconds(1);

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);

    /** Whatever cannot leave the JVM. */
    private final CountDownLatch channel = new CountDownLatch(7);

    /** What a node's listeners hear of ends, with what they see of the local attribute and of a stored one. */
    private final class Ends extends SessionEvents {
        private final List<String> ends = new CopyOnWriteArrayList<>();

        @Override
        public void sessionDestroyed(
                Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
            String local = session.getAttribute("channel") == channel ? "with its channel" : "without a channel";
            ends.add(reason + " " + local);
        }
    }

    private final Ends heard = new Ends();

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private CoreNode node(StoreNode store) {
        return CoreNode.start(store.manager()
                        .localAttributes("channel")
                        .sessionTimeout(TIMEOUT)
                        .touchInterval(Duration.ZERO)
                        .build(StoreNode.APPLICATION))
                .withPages()
                .page("/keep", exchange -> {
                    CoreNode.session(exchange).setAttribute("channel", channel);
                    return "kept";
                })
                .page("/kept", CoreNode.onSession((exchange, session) -> session.getAttribute("channel") == channel));
    }

    /** A node whose listeners are heard. */
    private CoreNode listening() {
        CoreNode node = node(one);
        node.manager().registerSessionListener(heard);
        return node;
    }

    private static String holdsChannel(CoreNode node, Visitor visitor) throws Exception {
        node.visit(visitor, "/set?name=item&value=shared");
        node.visit(visitor, "/keep");
        return requireNonNull(visitor.session());
    }

    private void deadlinePasses(CoreNode node) throws Exception {
        clock.advance(TIMEOUT.plus(MOMENT));
        ((JCacheSessionManager) node.manager()).endDue();
        Eventually.holds(
                "the session is let go of",
                () -> node.manager().getActiveSessions().isEmpty());
    }

    private void assertToldOnce(CoreNode node, String end) throws Exception {
        Eventually.holds("the listeners are told", () -> !heard.ends.isEmpty());
        clock.advance(TIMEOUT);
        ((JCacheSessionManager) node.manager()).endDue();
        assertThat(heard.ends).containsExactly(end);
        assertThat(node.manager().getActiveSessions()).isEmpty();
    }

    @Test
    void logoutElsewhere_nextAccess_tellsListeners() throws Exception {
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            String id = holdsChannel(node, visitor);
            assertThat(other.visit(visitor, "/end").body()).isEqualTo("ended");

            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
                assertThat(node.visit(late, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            }

            assertToldOnce(node, "INVALIDATED with its channel");
        }
    }

    @Test
    void logoutElsewhere_nobodyComesAgain_tellsListenersAtDeadline() throws Exception {
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            holdsChannel(node, visitor);
            assertThat(other.visit(visitor, "/end").body()).isEqualTo("ended");
            assertThat(heard.ends).isEmpty();

            deadlinePasses(node);

            Eventually.holds("the listeners are told", () -> !heard.ends.isEmpty());
            assertThat(heard.ends).singleElement().asString().endsWith("with its channel");
        }
    }

    /** The node that wrote last ends the session; the other one has a connection to close all the same. */
    @Test
    void timeoutElsewhere_deadline_tellsListenersOfBothOnce() throws Exception {
        SessionEvents heardByOther = new SessionEvents();
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            other.manager().registerSessionListener(heardByOther);
            holdsChannel(node, visitor);
            clock.advance(MOMENT);
            other.visit(visitor, "/set?name=item&value=later");
            heardByOther.clear();
            clock.advance(TIMEOUT.plus(MOMENT));

            ((JCacheSessionManager) other.manager()).endDue();
            heardByOther.await("destroyed TIMEOUT");
            deadlinePasses(node);

            Eventually.holds("the listeners are told", () -> !heard.ends.isEmpty());
            assertThat(heard.ends).singleElement().asString().endsWith("with its channel");
            assertThat(heardByOther.heard()).containsExactly("destroyed TIMEOUT");
        }
    }

    /** Who has nothing of its own to clean up need not hear of what others have ended. */
    @Test
    void logoutElsewhere_nodeWithoutLocalAttributes_tellsNobody() throws Exception {
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=shared");
            String id = requireNonNull(visitor.session());
            other.visit(visitor, "/end");

            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);
            }
            deadlinePasses(node);

            assertThat(heard.ends).isEmpty();
        }
    }

    @Test
    void idChangedElsewhere_nextAccess_localAttributesHaveMoved() throws Exception {
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            holdsChannel(node, visitor);
            assertThat(other.visit(visitor, "/login").body()).isEqualTo("logged in");

            assertThat(node.visit(visitor, "/kept").body()).isEqualTo("true");
            assertThat(node.visit(visitor, "/names").body()).isEqualTo("[channel, item]");

            assertThat(node.manager().getActiveSessions()).isEqualTo(Set.of(requireNonNull(visitor.session())));
            assertThat(heard.ends).isEmpty();
            node.visit(visitor, "/end");
            assertToldOnce(node, "INVALIDATED with its channel");
        }
    }

    /** An old id is nobody's; that someone shows it ends nothing of the session that had it. */
    @Test
    void idChangedElsewhere_oldIdIsShown_endsNothing() throws Exception {
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            String before = holdsChannel(node, visitor);
            other.visit(visitor, "/login");

            try (Visitor late = Visitor.with(before)) {
                assertThat(node.visit(late, "/kept").body()).isEqualTo(CoreNode.NO_SESSION);
            }

            assertThat(heard.ends).isEmpty();
            assertThat(node.visit(visitor, "/kept").body()).isEqualTo("true");
        }
    }

    @Test
    void idChangedAndEndedElsewhere_deadline_tellsListeners() throws Exception {
        try (CoreNode node = listening();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            holdsChannel(node, visitor);
            other.visit(visitor, "/login");
            assertThat(other.visit(visitor, "/end").body()).isEqualTo("ended");

            deadlinePasses(node);

            Eventually.holds("the listeners are told", () -> !heard.ends.isEmpty());
            assertThat(heard.ends).singleElement().asString().endsWith("with its channel");
        }
    }

    /** A connection that is closed when its session ends, as servlets write it. */
    private static final class Closed implements HttpSessionBindingListener {
        private final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            calls.add("unbound " + event.getName());
        }
    }

    @Test
    void logoutElsewhereOfServlets_nextAccess_tellsListenersAndUnbinds() throws Exception {
        Closed connection = new Closed();
        try (ServletNode node = ServletNode.of(
                                new JCacheSessionManagerFactory(one.manager().localAttributes("channel")))
                        .on("/keep", (request, response) -> request.getSession().setAttribute("channel", connection))
                        .on(
                                "/there",
                                (request, response) -> response.getWriter().print(request.getSession(false) != null))
                        .deployed(deployment -> deployment.addListener(new ListenerInfo(
                                HttpSessionListener.class, new ImmediateInstanceFactory<>(new HttpSessionListener() {
                                    @Override
                                    public void sessionDestroyed(HttpSessionEvent event) {
                                        HttpSession session = event.getSession();
                                        connection.calls.add(
                                                "destroyed " + (session.getAttribute("channel") == connection));
                                    }
                                }))))
                        .start();
                CoreNode other = node(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/keep");
            String id = requireNonNull(visitor.session());
            assertThat(other.visit(visitor, "/end").body()).isEqualTo("ended");

            try (Visitor late = Visitor.with(id)) {
                assertThat(node.visit(late, "/there").body()).isEqualTo("false");
            }

            Eventually.holds("the connection is closed", () -> connection.calls.size() > 1);
            assertThat(connection.calls).containsExactly("destroyed true", "unbound channel");
        }
    }
}
