package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Rounds;
import dev.tidepool.session.Eventually;
import dev.tidepool.undertow.PromisedSession.Act;
import dev.tidepool.undertow.PromisedSession.Outcome;
import dev.tidepool.undertow.PromisedSession.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of two JVMs without stickiness, while every seventh request to the store goes wrong and now and then a JVM is
 * killed: what a 200 has promised is there, what was logged out does not come back, and every failure is a 503. The
 * store is never taken for one that is down.
 *
 * <p>{@code -Dfaults.seed} repeats the faults and the clients' plans, though not how threads take turns.
 */
@Tag(Rounds.LONG)
@ExtendWith(DynamoDbLocal.class)
@Timeout(180)
final class SessionsUnderFaultsIT {
    private static final int KILLS = Rounds.of(2, 10);
    private static final int CLIENTS = 6;
    private static final int MOST_BURSTS = 1_000;
    private static final int ANSWERS_BEFORE_KILL = 30;
    private static final int SHOWN = 20;

    /** How many of each must have been promised: what is checked at the end. */
    private static final Map<Act, Integer> LEAST = Map.of(Act.SET, 100, Act.LOGIN, 10, Act.LOGOUT, 10);

    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");

    private final long seed = Long.getLong("faults.seed", System.nanoTime());
    private final String table = StoreNode.freshTable();
    private final StoreNode store = StoreNode.on(table);
    private final AtomicReferenceArray<StormyNode> nodes = new AtomicReferenceArray<>(2);
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger sessions = new AtomicInteger();
    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final Map<Act, Integer> promised = new ConcurrentHashMap<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile boolean isOver;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path logs;

    @AfterEach
    void close() {
        isOver = true;
        threads.shutdownNow();
        for (int i = 0; i < nodes.length(); i++) {
            StormyNode node = nodes.get(i);
            if (node != null) {
                node.close();
            }
        }
        store.close();
    }

    @Test
    void requests_storeFailsAndNodesAreKilled_promisesAreKeptAndFailuresAre503() throws Exception {
        start(0);
        start(1);
        List<Client> clients = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Client client = new Client(new Random(seed + i));
            clients.add(client);
            running.add(threads.submit(client::run, null));
        }

        killInTurn(new Random(seed));
        isOver = true;
        for (Future<?> client : running) {
            client.get();
        }
        int faults = calm();
        for (Client client : clients) {
            client.checkAll();
        }

        String what =
                "seed " + seed + ", logs in " + logs + ", " + promised + ", refused " + refused + ", lost " + lost;
        assertThat(broken.stream().limit(SHOWN)).as(what).isEmpty();
        assertThat(outages()).as("outages that are none; " + what).isEmpty();
        assertThat(faults).as("faults of the last nodes; " + what).isPositive();
        assertThat(lost.get()).as("requests lost with a node; " + what).isGreaterThanOrEqualTo(KILLS);
    }

    private void start(int slot) throws IOException {
        int number = started.incrementAndGet();
        nodes.set(
                slot,
                StormyNode.start(
                        DynamoDbLocal.endpoint(), table, seed + number, logs.resolve("node-" + number + ".log")));
    }

    private void killInTurn(Random random) throws Exception {
        for (int kill = 1; kill <= KILLS; kill++) {
            int slot = random.nextInt(nodes.length());
            StormyNode victim = nodes.get(slot);
            Eventually.holds(
                    "node " + slot + " is in the middle of load before kill " + kill,
                    () -> victim.answered() >= ANSWERS_BEFORE_KILL && victim.underWay() > 1);
            victim.kill();
            start(slot);
        }
        for (int slot = 0; slot < nodes.length(); slot++) {
            StormyNode last = nodes.get(slot);
            Eventually.holds("node " + slot + " serves", () -> last.answered() >= ANSWERS_BEFORE_KILL);
        }
        for (Act act : LEAST.keySet()) {
            Eventually.holds("enough is promised of " + act, () -> promised.getOrDefault(act, 0) >= LEAST.get(act));
        }
    }

    /** Ends the faults, and returns how many there were on the nodes that are left. */
    private int calm() throws IOException {
        int faults = 0;
        for (int slot = 0; slot < nodes.length(); slot++) {
            StormyNode.Reply reply = nodes.get(slot).get("/calm", null);
            faults += reply == null ? 0 : Integer.parseInt(reply.body());
        }
        return faults;
    }

    /** What the nodes have said of a store that is down, which this one never is. */
    private List<String> outages() throws IOException {
        List<String> said = new ArrayList<>();
        for (int number = 1; number <= started.get(); number++) {
            try (Stream<String> lines = Files.lines(logs.resolve("node-" + number + ".log"))) {
                lines.filter(line -> line.contains("known to be down")).forEach(said::add);
            }
        }
        return said;
    }

    private void complain(String promise) {
        broken.add(promise);
    }

    /** One client, with one session after another. */
    private final class Client {
        private final Random random;
        private final List<PromisedSession> past = new ArrayList<>();
        private @Nullable PromisedSession session;

        Client(Random random) {
            this.random = random;
        }

        private StormyNode anyNode() {
            int slot = random.nextInt(nodes.length());
            StormyNode node = nodes.get(slot);
            return node.isKilled() ? nodes.get(1 - slot) : node;
        }

        void run() {
            for (int burst = 0; burst < MOST_BURSTS && !isOver; burst++) {
                if (session == null) {
                    session = begin();
                } else {
                    session.learn(sendAll(session, plan(session)));
                    if (session.isOver()) {
                        past.add(session);
                        session = null;
                    }
                }
            }
        }

        private @Nullable PromisedSession begin() {
            int number = sessions.incrementAndGet();
            String name = NAMES.get(0);
            StormyNode.Reply reply =
                    ask(anyNode(), "/begin?name=" + name + "&value=" + PromisedSession.firstValue(number), null);
            if (reply == null) {
                return null;
            }
            if (reply.status() == 200 && reply.cookie() != null) {
                return new PromisedSession(number, reply.cookie(), name, SessionsUnderFaultsIT.this::complain);
            }
            if (reply.status() != 503 || reply.cookie() != null) {
                complain("a session begins with " + reply.status());
            }
            return null;
        }

        private List<Request> plan(PromisedSession now) {
            List<Request> burst = new ArrayList<>();
            List<String> names = new ArrayList<>(NAMES);
            Collections.shuffle(names, random);
            int sets = random.nextInt(4);
            names.subList(0, sets).forEach(name -> burst.add(now.set(name)));
            if (sets == 0 || random.nextInt(3) == 0) {
                burst.add(now.request(Act.READ));
            }
            if (random.nextInt(6) == 0) {
                burst.add(now.request(Act.LOGIN));
            }
            if (random.nextInt(10) == 0) {
                burst.add(now.request(Act.LOGOUT));
            }
            endedId(now).ifPresent(id -> burst.add(Request.of(Act.TRESPASS, id)));
            return burst;
        }

        /** Most often the id that ended last, when what ended it may still be under way. */
        private Optional<String> endedId(PromisedSession now) {
            List<String> ended = new ArrayList<>();
            past.forEach(before -> ended.addAll(before.endedIds()));
            ended.addAll(now.endedIds());
            if (ended.isEmpty() || random.nextInt(3) == 0) {
                return Optional.empty();
            }
            int back = random.nextBoolean() ? 1 : 1 + random.nextInt(ended.size());
            return Optional.of(ended.get(ended.size() - back));
        }

        private List<Outcome> sendAll(PromisedSession now, List<Request> burst) {
            List<Future<Outcome>> sent = new ArrayList<>();
            for (Request request : burst) {
                StormyNode node = anyNode();
                sent.add(threads.submit(() -> new Outcome(request, ask(node, now.path(request), request.id()))));
            }
            return sent.stream()
                    .map(SessionsUnderFaultsIT::outcome)
                    .peek(this::count)
                    .toList();
        }

        private void count(Outcome outcome) {
            if (outcome.isDone()) {
                promised.merge(outcome.request().act(), 1, Integer::sum);
            }
        }

        private StormyNode.@Nullable Reply ask(StormyNode node, String path, @Nullable String id) {
            try {
                StormyNode.Reply reply = node.get(path, id);
                if (reply == null) {
                    lost.incrementAndGet();
                } else if (reply.status() == 503) {
                    refused.incrementAndGet();
                }
                return reply;
            } catch (IOException e) {
                complain(path + ": no answer from a node that lives: " + e);
                return null;
            }
        }

        /** Asks both nodes for the session, and some node for each id that must not work; nothing fails any more. */
        void checkAll() {
            if (session != null) {
                past.add(session);
            }
            for (PromisedSession each : past) {
                for (int slot = 0; slot < nodes.length(); slot++) {
                    if (!each.isOver()) {
                        check(each, nodes.get(slot), each.request(Act.READ));
                    }
                }
                each.endedIds().forEach(id -> check(each, anyNode(), Request.of(Act.TRESPASS, id)));
            }
        }

        private void check(PromisedSession each, StormyNode node, Request request) {
            StormyNode.Reply reply = ask(node, each.path(request), request.id());
            if (reply == null || reply.status() != 200) {
                complain("no answer in calm weather: " + reply);
            }
            each.learn(List.of(new Outcome(request, reply)));
        }
    }

    private static Outcome outcome(Future<Outcome> sent) {
        try {
            return sent.get();
        } catch (Exception e) {
            throw new AssertionError("a request was not sent", e);
        }
    }
}
