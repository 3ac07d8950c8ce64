package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Rounds;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.StoredSession;
import io.undertow.server.session.SessionManager;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node keeps of sessions that no request is on: nothing of those that passed by, and little of its own. */
@Tag(Rounds.LONG)
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class HeldMemoryIT {
    private static final int SESSIONS = Rounds.of(20_000, 100_000);
    private static final int WARM_UP = 4_000;
    private static final int PIPELINED = 500;
    private static final int BYTES_OF_SESSION = 384;
    private static final int COLLECTIONS = 4;

    private static final String REQUEST = "GET /begin HTTP/1.1\r\nHost: localhost\r\n";

    @Test
    void getActiveSessions_sessionsThatOnlyPassedBy_areNone() throws Exception {
        SteeredClock clock = new SteeredClock();
        String table = StoreNode.freshTable();
        try (StoreNode one = StoreNode.on(table, clock);
                StoreNode two = StoreNode.on(table, clock);
                CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two)) {
            Set<String> ids = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                try (Visitor visitor = new Visitor()) {
                    node.visit(visitor, "/set?name=item&value=kept");
                    ids.add(requireNonNull(visitor.session()));
                    assertThat(other.visit(visitor, "/get?name=item").body()).isEqualTo("kept");
                    assertThat(other.visit(visitor, "/names").body()).isEqualTo("[item]");
                }
            }

            Eventually.holds("the sessions are let go of", () -> holdsNothing(other.manager()));
            assertThat(node.manager().getActiveSessions()).isEqualTo(ids);
        }
    }

    private static boolean holdsNothing(SessionManager manager) {
        return manager.getActiveSessions().isEmpty()
                && manager.getAllSessions().isEmpty()
                && requireNonNull(manager.getStatistics()).getActiveSessionCount() == 0;
    }

    /**
     * Who writes a later deadline watches it; who wrote the one before lets go as soon as it has seen the later one.
     */
    @Test
    void getActiveSessions_sessionWrittenByTwoNodes_areThoseOfTheLastWriter() throws Exception {
        SteeredClock clock = new SteeredClock();
        String table = StoreNode.freshTable();
        try (StoreNode one = StoreNode.on(table, clock);
                StoreNode two = StoreNode.on(table, clock);
                CoreNode node = CoreNode.on(one);
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/set?name=item&value=kept");
            clock.advance(Duration.ofSeconds(10));
            other.visit(visitor, "/set?name=item&value=new");
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo("new");

            Eventually.holds("the session is let go of", () -> holdsNothing(node.manager()));
            assertThat(other.manager().getActiveSessions()).isEqualTo(Set.of(requireNonNull(visitor.session())));
        }
    }

    /** A page that finds no session leaves nothing either. */
    @Test
    void getActiveSessions_unknownIds_areNone() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = CoreNode.on(store);
                Visitor visitor = Visitor.with("A".repeat(40))) {
            assertThat(node.visit(visitor, "/get?name=item").body()).isEqualTo(CoreNode.NO_SESSION);

            assertThat(holdsNothing(node.manager())).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void heap_ofWatchedSessionAtRest_isAtMost384Bytes(boolean hashIds) throws Exception {
        SessionManager manager =
                JCacheSessionManager.builder(forgetful()).hashIds(hashIds).build("memory");
        try (CoreNode node = CoreNode.start(manager).page("/begin", exchange -> {
            CoreNode.session(exchange).setAttribute("item", "kept");
            return "";
        })) {
            begin(node, WARM_UP);
            long before = usedHeap();

            begin(node, SESSIONS);

            long bytes = (usedHeap() - before) / SESSIONS;
            assertThat(manager.getActiveSessions()).hasSize(SESSIONS + WARM_UP);
            assertThat(bytes).isLessThanOrEqualTo(BYTES_OF_SESSION);
        }
    }

    /** Begins sessions, many on a connection; returns when their requests are over. */
    private static void begin(CoreNode node, int sessions) throws Exception {
        long held = node.manager().getActiveSessions().size();
        byte[] batch = ((REQUEST + "\r\n").repeat(PIPELINED - 1) + REQUEST + "Connection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (int sent = 0; sent < sessions; sent += PIPELINED) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
                socket.getOutputStream().write(batch);
                socket.getInputStream().readAllBytes();
            }
        }
        assertThat(node.manager().getActiveSessions()).hasSize(Math.toIntExact(held + sessions));
    }

    private static long usedHeap() {
        Runtime runtime = Runtime.getRuntime();
        long used = Long.MAX_VALUE;
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
        }
        return used;
    }

    /** A cache that takes everything and keeps nothing of it, as one whose store is elsewhere. */
    @SuppressWarnings("unchecked") // the proxy answers for the one method that takes a session
    private static Cache<String, StoredSession> forgetful() {
        return (Cache<String, StoredSession>) Proxy.newProxyInstance(
                HeldMemoryIT.class.getClassLoader(),
                new Class<?>[] {Cache.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getName", "toString" -> "forgetful";
                    case "getConfiguration" ->
                        new MutableConfiguration<String, StoredSession>().setTypes(String.class, StoredSession.class);
                    case "putIfAbsent" -> true;
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> self == arguments[0];
                    case "get", "getCacheManager" -> null;
                    case "unwrap" -> throw new IllegalArgumentException("it is nothing else");
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
