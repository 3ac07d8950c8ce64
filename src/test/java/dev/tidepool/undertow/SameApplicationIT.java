package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionManager;
import io.undertow.servlet.api.ListenerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Deployments of one JVM that have one application's sessions, and so each other's: all hear of every end. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SameApplicationIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(1000);

    /** How often a value was unbound, by the deployment that was told. */
    private static final Map<String, List<String>> UNBOUND = new ConcurrentHashMap<>();

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);

    /** What the listeners of one manager hear of ends. */
    private static final class Ends extends SessionEvents {
        private final List<String> ends = new CopyOnWriteArrayList<>();

        Ends(SessionManager manager) {
            manager.registerSessionListener(this);
        }

        @Override
        public void sessionDestroyed(
                Session session, @Nullable HttpServerExchange exchange, SessionDestroyedReason reason) {
            ends.add(reason + " " + session.getId() + " " + session.getAttribute("item"));
        }
    }

    @BeforeEach
    void forget() {
        UNBOUND.clear();
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private static CoreNode node(StoreNode store, String deployment) {
        return CoreNode.start(store.manager()
                        .application(StoreNode.APPLICATION)
                        .sessionTimeout(TIMEOUT)
                        .touchInterval(Duration.ZERO)
                        .build(deployment))
                .withPages();
    }

    private static void assertTold(Ends heard, String end) throws Exception {
        Eventually.holds("the listeners are told of '" + end + "'", () -> !heard.ends.isEmpty());
        assertThat(heard.ends).containsExactly(end);
    }

    private static void endDue(CoreNode node) {
        ((JCacheSessionManager) node.manager()).endDue();
    }

    @Test
    void logout_inOtherDeployment_tellsListenersOfBothOnce() throws Exception {
        try (CoreNode front = node(one, "front");
                CoreNode back = node(one, "back");
                Visitor visitor = new Visitor()) {
            Ends heardByFront = new Ends(front.manager());
            Ends heardByBack = new Ends(back.manager());
            front.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            assertThat(back.visit(visitor, "/get?name=item").body()).isEqualTo("kept");

            assertThat(back.visit(visitor, "/end").body()).isEqualTo("ended");

            assertTold(heardByBack, "INVALIDATED " + id + " kept");
            assertTold(heardByFront, "INVALIDATED " + id + " kept");
            clock.advance(TIMEOUT.plusSeconds(1));
            endDue(front);
            endDue(back);
            assertThat(heardByFront.ends).hasSize(1);
            assertThat(heardByBack.ends).hasSize(1);
            assertThat(front.manager().getActiveSessions()).isEmpty();
        }
    }

    @Test
    void timeout_inOtherDeployment_tellsListenersOfBothOnce() throws Exception {
        try (CoreNode front = node(one, "front");
                CoreNode back = node(one, "back");
                Visitor visitor = new Visitor()) {
            Ends heardByFront = new Ends(front.manager());
            Ends heardByBack = new Ends(back.manager());
            front.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            clock.advance(Duration.ofSeconds(1));
            assertThat(back.visit(visitor, "/set?name=item&value=later").status())
                    .isEqualTo(200);
            clock.advance(TIMEOUT.plusSeconds(1));

            endDue(back);
            endDue(front);

            assertTold(heardByBack, "TIMEOUT " + id + " later");
            assertTold(heardByFront, "TIMEOUT " + id + " later");
        }
    }

    /** Two nodes in one JVM, as tests have them, are two nodes. */
    @Test
    void logout_onNodeOfSameDeployment_isNotToldToTheOther() throws Exception {
        try (CoreNode node = node(one, StoreNode.APPLICATION);
                CoreNode other = node(two, StoreNode.APPLICATION);
                Visitor visitor = new Visitor()) {
            Ends heard = new Ends(node.manager());
            Ends heardByOther = new Ends(other.manager());
            node.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());

            other.visit(visitor, "/end");

            assertTold(heardByOther, "INVALIDATED " + id + " kept");
            clock.advance(TIMEOUT.plusSeconds(1));
            endDue(node);
            assertThat(heard.ends).isEmpty();
        }
    }

    /** Deployments with names of applications of their own have sessions of their own. */
    @Test
    void logout_inDeploymentOfOtherApplication_isNotTold() throws Exception {
        try (CoreNode front = node(one, "front");
                CoreNode stranger = CoreNode.start(
                                one.manager().application("stranger").build("stranger"))
                        .withPages();
                Visitor visitor = new Visitor()) {
            Ends heard = new Ends(stranger.manager());
            front.visit(visitor, "/set?name=item&value=kept");
            stranger.visit(visitor, "/get?name=item");

            front.visit(visitor, "/end");

            assertThat(heard.ends).isEmpty();
        }
    }

    /** A manager that has stopped is no longer there to be told. */
    @Test
    void logout_otherDeploymentHasStopped_isNotTold() throws Exception {
        try (CoreNode front = node(one, "front");
                CoreNode back = node(one, "back");
                Visitor visitor = new Visitor()) {
            Ends heard = new Ends(front.manager());
            Ends heardByBack = new Ends(back.manager());
            front.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            front.manager().stop();

            back.visit(visitor, "/end");

            assertTold(heardByBack, "INVALIDATED " + id + " kept");
            assertThat(heard.ends).isEmpty();
        }
    }

    /** An attribute of servlets that hears when it leaves its session. */
    static final class Bound implements Serializable, HttpSessionBindingListener {
        private static final long serialVersionUID = 1L;

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            String deployment = event.getSession().getServletContext().getServletContextName();
            UNBOUND.computeIfAbsent(deployment, name -> new CopyOnWriteArrayList<>())
                    .add(event.getName());
        }
    }

    private ServletNode servlets(String deployment, List<String> told) throws Exception {
        return ServletNode.of(new JCacheSessionManagerFactory(one.manager().application(StoreNode.APPLICATION)))
                .on("/begin", (request, response) -> {
                    HttpSession session = request.getSession();
                    session.setAttribute("item", "kept");
                    session.setAttribute("bound", new Bound());
                })
                .on(
                        "/end",
                        (request, response) ->
                                requireNonNull(request.getSession(false)).invalidate())
                .deployed(description -> description
                        .setDeploymentName(deployment)
                        .setDisplayName(deployment)
                        .addListener(new ListenerInfo(
                                HttpSessionListener.class, new ImmediateInstanceFactory<>(new HttpSessionListener() {
                                    @Override
                                    public void sessionDestroyed(HttpSessionEvent event) {
                                        told.add(event.getSession().getId() + " "
                                                + event.getSession().getAttribute("item"));
                                    }
                                }))))
                .start();
    }

    /** The container takes the attributes from a session that it is told has ended, each time it is told. */
    @Test
    void logoutOfServlets_inOtherDeployment_tellsListenersOfBothOnce() throws Exception {
        List<String> toldInFront = new CopyOnWriteArrayList<>();
        List<String> toldInBack = new CopyOnWriteArrayList<>();
        try (ServletNode front = servlets("front", toldInFront);
                ServletNode back = servlets("back", toldInBack);
                Visitor visitor = new Visitor()) {
            front.visit(visitor, "/begin");
            String id = requireNonNull(visitor.session());

            assertThat(back.visit(visitor, "/end").status()).isEqualTo(200);

            Eventually.holds("the listeners of the other are told", () -> !toldInFront.isEmpty());
            assertThat(toldInBack).containsExactly(id + " kept");
            assertThat(toldInFront).containsExactly(id + " kept");
            Eventually.holds("values are unbound in both", () -> UNBOUND.size() == 2);
            assertThat(UNBOUND).containsOnly(Map.entry("front", List.of("bound")), Map.entry("back", List.of("bound")));
        }
    }
}
