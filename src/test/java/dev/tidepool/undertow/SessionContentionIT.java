package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.InThread;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two nodes change one session all the time. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SessionContentionIT {
    private static final int THREADS_PER_NODE = 4;
    private static final int NAMES_PER_THREAD = 5;
    private static final long DURATION_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final long WORST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** What one client has seen. */
    private static final class Seen {
        private final int node;
        private final Map<String, String> acknowledged = new HashMap<>();
        private final List<Integer> failures = new ArrayList<>();
        private int saves;
        private long worst;

        Seen(int node) {
            this.node = node;
        }

        @Override
        public String toString() {
            return "node " + node + ": " + saves + " saves, the worst " + TimeUnit.NANOSECONDS.toMillis(worst)
                    + " ms, failures " + failures;
        }
    }

    @Test
    void setAttribute_twoNodesOfFourThreads_noneFailsOrStarvesOrIsLost() throws Exception {
        try (CoreNode first = CoreNode.on(one);
                CoreNode second = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            first.visit(visitor, "/set?name=item&value=kept");
            String id = requireNonNull(visitor.session());
            List<Seen> clients = everywhere(List.of(first, second), id);

            assertThat(clients).allSatisfy(seen -> assertThat(seen.failures).isEmpty());
            assertThat(clients).allSatisfy(seen -> assertThat(seen.worst).isLessThan(WORST_NANOS));
            long all = clients.stream().mapToLong(seen -> seen.saves).sum();
            for (int node : List.of(0, 1)) {
                assertThat(clients.stream()
                                .filter(seen -> seen.node == node)
                                .mapToLong(seen -> seen.saves)
                                .sum())
                        .as("saves of node %d, of %d", node, all)
                        .isGreaterThanOrEqualTo(all / 4);
            }
            for (Seen seen : clients) {
                for (Map.Entry<String, String> attribute : seen.acknowledged.entrySet()) {
                    assertThat(second.visit(visitor, "/get?name=" + attribute.getKey())
                                    .body())
                            .as(attribute.getKey())
                            .isEqualTo(attribute.getValue());
                }
            }
        }
    }

    private static List<Seen> everywhere(List<CoreNode> nodes, String id) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Seen>> running = new ArrayList<>();
        for (int node = 0; node < nodes.size(); node++) {
            for (int thread = 0; thread < THREADS_PER_NODE; thread++) {
                int port = nodes.get(node).port();
                String name = "of" + node + "-" + thread;
                Seen seen = new Seen(node);
                running.add(InThread.call(() -> {
                    start.await();
                    setAllTheTime(port, id, name, seen);
                    return seen;
                }));
            }
        }
        start.countDown();
        List<Seen> clients = new ArrayList<>();
        for (Future<Seen> client : running) {
            clients.add(client.get(60, TimeUnit.SECONDS));
        }
        return clients;
    }

    private static void setAllTheTime(int port, String id, String name, Seen seen) throws Exception {
        try (Visitor visitor = Visitor.with(id)) {
            long end = System.nanoTime() + DURATION_NANOS;
            for (int i = 0; System.nanoTime() < end; i++) {
                String attribute = name + "-" + i % NAMES_PER_THREAD;
                long begin = System.nanoTime();
                int status = visitor.get(port, "/set?name=" + attribute + "&value=" + i)
                        .status();
                seen.worst = Math.max(seen.worst, System.nanoTime() - begin);
                seen.saves++;
                if (status == 200) {
                    seen.acknowledged.put(attribute, String.valueOf(i));
                } else {
                    seen.failures.add(status);
                    seen.acknowledged.remove(attribute);
                }
            }
        }
    }
}
