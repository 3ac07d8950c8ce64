package dev.tidepool.session;

import dev.tidepool.session.ModelClients.Hold;
import dev.tidepool.session.ModelClients.Node;
import dev.tidepool.session.ModelClients.Request;
import dev.tidepool.session.ModelStore.Fate;
import dev.tidepool.session.SessionModel.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Random things that clients do to sessions on some nodes, one after the other or one within a call that another node
 * makes to the store. Everything comes from the seed, but for the ids.
 */
final class SessionSchedule {
    private static final int MOST_SESSIONS = 4;

    private static final List<Fate> TROUBLES = List.of(Fate.FAIL_BEFORE, Fate.FAIL_AFTER, Fate.FAIL_AND_COME_LATE);

    private final Random random;
    private final SessionModel model = new SessionModel();
    private final ModelStore store = new ModelStore(model);
    private final ModelClients clients = new ModelClients(model, this::note);
    private final ModelChanges changes;
    private final StringBuilder text = new StringBuilder();
    private List<Arm> arms = new ArrayList<>();
    private int depth;

    /** Something that happens at a call about a session. */
    private static final class Arm {
        final ModelSession session;
        final @Nullable Fate fate;
        int calls;

        Arm(ModelSession session, @Nullable Fate fate, int calls) {
            this.session = session;
            this.fate = fate;
            this.calls = calls;
        }
    }

    SessionSchedule(long seed) {
        this.random = new Random(seed);
        this.changes = new ModelChanges(random, model, clients);
        model.steer(this::fate, clients::isKeptAlive, this::note);
        int count = 2 + random.nextInt(2);
        Duration touch = random.nextInt(3) == 0 ? Duration.ZERO : null;
        for (int i = 0; i < count; i++) {
            SessionEngine.Builder builder = SessionEngine.builder(store.cache()).clock(model);
            if (touch != null) {
                builder.touchInterval(touch);
            }
            clients.nodes.add(new Node(i, builder.build("shop", null, this::told)));
        }
    }

    private void told(SessionHandle handle, EndReason reason) {
        ModelSession session = model.session(handle.live().content());
        model.told(session);
        model.require(reason == EndReason.TIMEOUT, "an end by time has another reason", session);
        try {
            Set<String> names = handle.attributeNames();
            Map<String, String> last = session.states.get(session.states.size() - 1);
            model.require(
                    names.containsAll(last.keySet().stream()
                                    .filter(ModelChanges.NAMES::contains)
                                    .toList())
                            || !session.pending.isEmpty(),
                    "a listener does not see the attributes",
                    session);
        } catch (IllegalStateException e) {
            model.require(false, "a listener cannot read the session", session);
        }
    }

    /** Runs it; returns what was broken, with all that happened, or null. */
    @Nullable String run(int steps) {
        for (int i = 0; i < steps && model.broken() == null; i++) {
            step();
        }
        if (model.broken() == null) {
            settle();
        }
        String broken = model.broken();
        clients.nodes.forEach(node -> node.engine().stop());
        return broken == null ? null : broken + "\n" + text;
    }

    private void note(String line) {
        text.append("  ".repeat(depth)).append(line).append('\n');
    }

    private long now() {
        return model.millis();
    }

    private Fate fate(ModelSession session) {
        for (Arm arm : List.copyOf(arms)) {
            if (arm.session == session && --arm.calls == 0) {
                arms.remove(arm);
                if (arm.fate != null) {
                    note("    the store: " + arm.fate);
                    return arm.fate;
                }
                race(session);
            }
        }
        return Fate.PASS;
    }

    private void race(ModelSession session) {
        List<Arm> others = arms;
        arms = new ArrayList<>();
        model.operation().isDisturbed = true;
        depth++;
        try {
            note("    meanwhile");
            for (int i = 0; i < 3; i++) {
                List<Node> free = clients.nodes.stream()
                        .filter(node -> !model.isBusy(node.number()))
                        .toList();
                if (!free.isEmpty()) {
                    act(session, free);
                }
            }
        } finally {
            depth--;
            arms = others;
        }
    }

    private <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void step() {
        List<ModelSession> sessions = model.sessions();
        arms = new ArrayList<>();
        ModelSession session = sessions.isEmpty() ? null : oneOf(sessions);
        if (session != null) {
            int trouble = random.nextInt(10);
            if (trouble < 2) {
                arms.add(new Arm(session, oneOf(TROUBLES), 1 + random.nextInt(4)));
            } else if (trouble < 5) {
                arms.add(new Arm(session, null, 1 + random.nextInt(4)));
            }
        }
        int kind = random.nextInt(100);
        if (kind < 5) {
            pass();
        } else if (kind < 8) {
            if (store.arrive()) {
                note("what was late arrives");
            }
        } else {
            act(session, clients.nodes);
        }
        arms = new ArrayList<>();
    }

    /** Lets time pass; the alarms of sessions in use ring, or not, as threads may be late. */
    private void pass() {
        long[] millis = {100, 1_000, 5_000, 9_000, 40_000, 300_000, 700_000};
        long time = millis[random.nextInt(millis.length)];
        boolean ring = random.nextInt(4) > 0;
        note("time passes: " + time + " ms" + (ring ? ", alarms ring" : ""));
        model.advance(Duration.ofMillis(time));
        if (ring) {
            clients.nodes.stream()
                    .filter(node ->
                            clients.requests.stream().anyMatch(request -> request.node.number() == node.number()))
                    .forEach(this::endDue);
        }
    }

    private void act(@Nullable ModelSession session, List<Node> free) {
        int kind = random.nextInt(100);
        Node node = oneOf(free);
        List<Hold> holds = clients.holds(session, free);
        if (session == null || (kind < 4 && model.sessions().size() < MOST_SESSIONS)) {
            List<String> worked = session == null || !session.hasEnded ? List.of() : session.idsThatWorked();
            if (worked.isEmpty()) {
                clients.create(node, changes.aTimeout());
            } else {
                clients.create(node, changes.aTimeout(), oneOf(worked));
            }
        } else if (kind < 18) {
            clients.find(node, session, anId(session));
        } else if (kind < 22) {
            endDue(node);
        } else if (kind < 24) {
            sweep(node);
        } else if (kind < 28) {
            clients.findOutside(node, session, anId(session));
        } else if (!holds.isEmpty()) {
            act(kind, oneOf(holds));
        } else {
            clients.find(node, session, anId(session));
        }
    }

    private void act(int kind, Hold hold) {
        Request request = hold.request;
        if (kind < 40) {
            changes.read(hold);
        } else if (kind < 54) {
            changes.set(hold);
        } else if (kind < 58) {
            changes.remove(hold);
        } else if (kind < 66 && request != null) {
            changes.changeInPlace(hold);
        } else if (kind < 69) {
            changes.setTimeout(hold);
        } else if (kind < 75 && hold.session.creationInDoubtOn == ModelSession.NOBODY) {
            changes.changeId(hold);
        } else if (kind < 78 && hold.session.creationInDoubtOn == ModelSession.NOBODY) {
            changes.invalidate(hold);
        } else if (request == null) {
            clients.outside.remove(hold);
        } else if (kind < 89 && !request.isCommitted) {
            clients.commit(request);
        } else {
            clients.end(request);
        }
    }

    private String anId(ModelSession session) {
        String id = session.id();
        return (id != null && random.nextInt(4) > 0) || session.ids.isEmpty()
                ? String.valueOf(id)
                : oneOf(List.copyOf(session.ids));
    }

    private void endDue(Node node) {
        Operation operation = clients.begin(node, false, "alarms ring");
        List<ModelSession> due =
                due(session -> session.lastWriter == node.number() && !session.twiceOn.contains(node.number()));
        try {
            node.engine().endDue();
            requireOver(operation, node, due);
        } catch (CacheException e) {
            model.require(
                    operation.isFaulty, "alarms failed: " + e, model.sessions().get(0));
        }
        clients.end(operation);
    }

    private List<ModelSession> due(Predicate<ModelSession> of) {
        return model.sessions().stream()
                .filter(session -> session.stored != null && session.stored.deadline() <= now())
                .filter(of)
                .toList();
    }

    private void requireOver(Operation operation, Node node, List<ModelSession> due) {
        if (operation.isFaulty || operation.isDisturbed) {
            return;
        }
        for (ModelSession session : due) {
            if (clients.isKeptAlive(node.number(), session)) {
                model.require(
                        session.stored != null && session.stored.deadline() > now(),
                        "a session in use is not kept alive",
                        session);
            } else {
                model.require(session.hasEnded, "a session that is due was not ended", session);
            }
        }
    }

    private void sweep(Node node) {
        List<Arm> armed = arms;
        arms = new ArrayList<>(); // a sweep has many threads, which would make the order of calls random
        Operation operation = clients.begin(node, false, "sweeps");
        List<ModelSession> due = due(session -> true);
        node.engine().sweep();
        requireOver(operation, node, due);
        clients.end(operation);
        arms = armed;
    }

    /** Ends all requests, and then all sessions by time: nothing is left. */
    private void settle() {
        note("everything comes to its end");
        List.copyOf(clients.requests).forEach(clients::end);
        model.advance(Duration.ofDays(100));
        clients.nodes.forEach(this::endDue);
        sweep(clients.nodes.get(0));
        clients.nodes.forEach(this::endDue);
        for (ModelSession session : model.sessions()) {
            boolean isEndless = session.stored != null && session.stored.deadline() == SessionEntry.NEVER;
            model.require(session.stored == null || isEndless, "a session never ends", session);
        }
        for (Node node : clients.nodes) {
            for (String id : node.engine().ids()) {
                if (model.at(id).stream().noneMatch(session -> session.stored != null || session.wasEndless())) {
                    model.broken("node " + node.number() + " keeps a session that has ended");
                }
            }
        }
    }
}
