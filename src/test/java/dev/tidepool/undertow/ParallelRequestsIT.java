package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests on one session at the same time, on one node and on two. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(180)
final class ParallelRequestsIT {
    private static final int THREADS_PER_NODE = 8;
    private static final int ATTRIBUTES = 25;
    private static final int COUNTING = 20;

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        one.close();
        two.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "connect"})
    void setAttribute_differentOnesOverTwoNodes_loseNone(String format) throws Exception {
        String shared = StoreNode.freshTable();
        try (StoreNode here = StoreNode.in(format, shared);
                StoreNode there = StoreNode.in(format, shared);
                CoreNode first = CoreNode.on(here);
                CoreNode second = CoreNode.on(there);
                Visitor visitor = new Visitor()) {
            visitor.get(first.port(), "/set?name=begun&value=1");
            String session = requireNonNull(visitor.session());
            List<Callable<Set<String>>> tasks = new ArrayList<>();
            for (int thread = 0; thread < THREADS_PER_NODE; thread++) {
                tasks.add(setting(first, session, "one-" + thread + "-"));
                tasks.add(setting(second, session, "two-" + thread + "-"));
            }
            Set<String> expected = new TreeSet<>(List.of("begun"));
            for (Future<Set<String>> names : threads.invokeAll(tasks)) {
                expected.addAll(names.get());
            }

            assertThat(expected).hasSize(1 + 2 * THREADS_PER_NODE * ATTRIBUTES);
            assertThat(visitor.get(first.port(), "/names").body()).isEqualTo(expected.toString());
            assertThat(visitor.get(second.port(), "/names").body()).isEqualTo(expected.toString());
        }
    }

    private static Callable<Set<String>> setting(CoreNode node, String session, String prefix) {
        return () -> {
            Set<String> names = new TreeSet<>();
            try (Visitor visitor = Visitor.with(session)) {
                for (int i = 0; i < ATTRIBUTES; i++) {
                    Wire.Answer answer = visitor.get(node.port(), "/set?name=" + prefix + i + "&value=1");
                    assertThat(answer.status()).isEqualTo(200);
                    names.add(prefix + i);
                }
            }
            return names;
        };
    }

    @Test
    void removeAttribute_whileOtherNodeSetsOthers_staysRemoved() throws Exception {
        try (CoreNode first = CoreNode.on(one).page("/remove", CoreNode.onSession((exchange, session) -> {
                    session.removeAttribute("gone");
                    return "removed";
                }));
                CoreNode second = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(first.port(), "/set?name=gone&value=1");
            String session = requireNonNull(visitor.session());
            one.watched().beforeNext(WatchedCache.WRITES, () -> {
                try (Visitor meanwhile = Visitor.with(session)) {
                    meanwhile.get(second.port(), "/set?name=kept&value=1");
                }
            });

            visitor.get(first.port(), "/remove");

            assertThat(visitor.get(second.port(), "/names").body()).isEqualTo("[kept]");
        }
    }

    /** All of them hold the one object before any changes it. */
    @Test
    void objectOfSession_changedByManyRequestsAtOnce_isOneObject() throws Exception {
        CyclicBarrier together = new CyclicBarrier(COUNTING);
        try (CoreNode first = CoreNode.on(one)
                        .page(
                                "/begin",
                                exchange -> CoreNode.session(exchange).setAttribute("count", new AtomicInteger()))
                        .page("/count", CoreNode.onSession((exchange, session) -> {
                            AtomicInteger count = (AtomicInteger) session.getAttribute("count");
                            together.await(20, TimeUnit.SECONDS);
                            return count.incrementAndGet();
                        }));
                CoreNode second = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(first.port(), "/begin");
            String session = requireNonNull(visitor.session());
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < COUNTING; i++) {
                tasks.add(() -> {
                    try (Visitor counting = Visitor.with(session)) {
                        return counting.get(first.port(), "/count").body();
                    }
                });
            }
            Set<Integer> answers = new TreeSet<>();
            for (Future<String> answer : threads.invokeAll(tasks)) {
                answers.add(Integer.valueOf(answer.get()));
            }

            assertThat(answers).hasSize(COUNTING).contains(1, COUNTING);
            assertThat(visitor.get(second.port(), "/get?name=count").body()).isEqualTo(String.valueOf(COUNTING));
        }
    }

    /** One after another would be in step by chance; these overlap as they please. */
    @Test
    void objectOfSession_changedByRequestsThatOverlapAsTheyMay_losesNothing() throws Exception {
        try (CoreNode first = CoreNode.on(one)
                        .page(
                                "/begin",
                                exchange -> CoreNode.session(exchange).setAttribute("count", new AtomicInteger()))
                        .page(
                                "/count",
                                CoreNode.onSession((exchange, session) ->
                                        ((AtomicInteger) session.getAttribute("count")).incrementAndGet()));
                CoreNode second = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(first.port(), "/begin");
            String session = requireNonNull(visitor.session());
            List<Callable<String>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS_PER_NODE; i++) {
                tasks.add(() -> {
                    try (Visitor counting = Visitor.with(session)) {
                        String last = "";
                        for (int n = 0; n < ATTRIBUTES; n++) {
                            last = counting.get(first.port(), "/count").body();
                        }
                        return last;
                    }
                });
            }
            for (Future<String> answer : threads.invokeAll(tasks)) {
                answer.get();
            }

            assertThat(visitor.get(second.port(), "/get?name=count").body())
                    .isEqualTo(String.valueOf(THREADS_PER_NODE * ATTRIBUTES));
        }
    }
}
