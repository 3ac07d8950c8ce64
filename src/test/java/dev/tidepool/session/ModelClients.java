package dev.tidepool.session;

import dev.tidepool.session.ModelSession.Change;
import dev.tidepool.session.SessionModel.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** The nodes, the requests that are on them, and who else holds a session there. */
final class ModelClients {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final long KEPT_ALIVE_MILLIS = Duration.ofHours(1).toMillis();

    final List<Node> nodes = new ArrayList<>();
    final List<Request> requests = new ArrayList<>();
    final List<Hold> outside = new ArrayList<>();
    private final SessionModel model;
    private final Consumer<String> notes;

    ModelClients(SessionModel model, Consumer<String> notes) {
        this.model = model;
        this.notes = notes;
    }

    /** One engine. */
    record Node(int number, SessionEngine engine) {}

    /** A request, with all sessions that it is on. */
    static final class Request {
        final Node node;
        final SessionRequest request;
        final long began;
        final List<Hold> holds = new ArrayList<>();
        boolean isCommitted;
        boolean isSaveFailed;

        Request(Node node, SessionRequest request, long began) {
            this.node = node;
            this.request = request;
            this.began = began;
        }
    }

    /** What a client has of a session. */
    static final class Hold {
        final Node node;
        final @Nullable Request request;
        final ModelSession session;
        final SessionHandle handle;
        final int since;
        final long access;
        final List<Change> changes = new ArrayList<>();

        @Nullable String nextId;

        boolean mayHaveChanged;
        boolean hasEndedIt;

        Hold(Node node, @Nullable Request request, ModelSession session, SessionHandle handle, int since, long access) {
            this.node = node;
            this.request = request;
            this.session = session;
            this.handle = handle;
            this.since = since;
            this.access = access;
        }

        boolean isWrittenThrough() {
            return request == null || request.isCommitted;
        }

        @Override
        public String toString() {
            return "session " + session.number + (request == null ? " outside" : "") + " on node " + node.number;
        }
    }

    void note(String line) {
        notes.accept(line);
    }

    private long now() {
        return model.millis();
    }

    Operation begin(Node node, boolean mayEnd, String line) {
        note("node " + node.number() + ": " + line);
        for (ModelSession session : model.sessions()) {
            if (holds(session, List.of(node)).stream()
                            .map(hold -> hold.handle.live())
                            .distinct()
                            .count()
                    > 1) {
                session.twiceOn.add(node.number());
            }
        }
        return model.begin(node.number(), mayEnd);
    }

    /** Ends an operation of a node, and forgets what nobody there can save any more. */
    void end(Operation operation) {
        model.end(operation);
        for (ModelSession session : model.sessions()) {
            boolean isUsed = requests.stream()
                    .anyMatch(request -> request.node.number() == operation.node
                            && request.holds.stream().anyMatch(hold -> hold.session == session));
            if (!isUsed) {
                session.pendingOn(operation.node).clear();
                if (session.creationInDoubtOn == operation.node) {
                    session.creationInDoubtOn = ModelSession.NOBODY;
                }
            }
        }
    }

    private Request newRequest(Node node) {
        return new Request(node, node.engine().request(() -> true), now());
    }

    private Hold take(Request request, SessionHandle handle, ModelSession session, int since) {
        Hold hold = new Hold(request.node, request, session, handle, since, now());
        request.holds.add(hold);
        requests.add(request);
        return hold;
    }

    void create(Node node, int timeout) {
        Operation operation = begin(node, false, "a new session");
        Request request = newRequest(node);
        SessionHandle handle = request.request.create(null, false, false, new NewSession(timeout, null));
        ModelSession session = model.session(handle.live().content());
        note("  it is session " + session.number + ", timeout " + timeout);
        session.ids.add(handle.id().text());
        session.unsavedOn = node.number();
        take(request, handle, session, 0);
        end(operation);
    }

    /** Begins a session under an id that may be one's, or have been. */
    void create(Node node, int timeout, String id) {
        Operation operation = begin(node, false, "a new session with an id that there was");
        Request request = newRequest(node);
        try {
            SessionHandle handle =
                    request.request.create(new SessionId(id), false, false, new NewSession(timeout, null));
            ModelSession session = model.session(handle.live().content());
            note("  it is session " + session.number + ", timeout " + timeout);
            take(request, handle, session, 0);
        } catch (CacheException e) {
            failed(operation, model.at(id).get(0), e);
        } catch (IllegalStateException e) {
            note("  fails: " + e.getMessage());
        }
        if (request.holds.isEmpty()) {
            request.request.end(false, true);
        }
        end(operation);
    }

    void find(Node node, ModelSession session, String id) {
        int window = session.window();
        int since = session.states.size() - 1;
        boolean isKept = isKeptAlive(node.number(), session);
        Operation operation = begin(node, false, "a request for session " + session.number + by(session, id));
        Request request = newRequest(node);
        try {
            SessionHandle handle = request.request.find(new SessionId(id));
            judge(operation, session, id, window, isKept, handle);
            if (handle != null && model.session(handle.live().content()) == session) {
                take(request, handle, session, since);
            } else if (handle != null) {
                take(request, handle, model.session(handle.live().content()), 0);
            }
        } catch (CacheException e) {
            failed(operation, session, e);
        }
        if (request.holds.isEmpty()) {
            request.request.end(false, true);
        }
        end(operation);
    }

    void findOutside(Node node, ModelSession session, String id) {
        int window = session.window();
        int since = session.states.size() - 1;
        boolean isKept = isKeptAlive(node.number(), session);
        Operation operation = begin(node, false, "somebody asks for session " + session.number + by(session, id));
        try {
            SessionHandle handle = node.engine().find(new SessionId(id));
            judge(operation, session, id, window, isKept, handle);
            if (handle != null && model.session(handle.live().content()) == session) {
                outside.add(new Hold(node, null, session, handle, since, 0));
            }
        } catch (CacheException e) {
            failed(operation, session, e);
        }
        end(operation);
    }

    private static String by(ModelSession session, String id) {
        return id.equals(session.id()) ? "" : session.oldIds.contains(id) ? ", by an old id" : ", by another id";
    }

    private void judge(
            Operation operation,
            ModelSession session,
            String id,
            int window,
            boolean isKept,
            @Nullable SessionHandle handle) {
        note(handle == null ? "  none" : "  found");
        if (handle == null) {
            model.require(!session.wasAlwaysAt(id, window, now(), isKept), "a session is not found", session);
        } else {
            ModelSession found = model.session(handle.live().content());
            model.require(
                    found.wasAt(id, found == session ? window : 0) || found.unsavedOn == operation.node,
                    "a session is found by an id that is not its",
                    found);
            model.require(found == session || !found.oldIds.contains(id), "an old id finds a session", found);
        }
    }

    void failed(Operation operation, ModelSession session, RuntimeException e) {
        note("  fails: " + e.getMessage());
        model.require(operation.isFaulty, "a call failed though the store did not: " + e, session);
    }

    void commit(Request request) {
        Operation operation = begin(request.node, false, "commits a response, of " + request.holds);
        Map<Hold, Integer> windows = new HashMap<>();
        request.holds.forEach(hold -> windows.put(hold, hold.session.window()));
        request.isCommitted = true;
        try {
            request.request.commit();
            for (Hold hold : request.holds) {
                if (!hold.hasEndedIt) {
                    committed(hold, windows.getOrDefault(hold, 0));
                }
            }
        } catch (CacheException e) {
            request.isSaveFailed = true;
            failed(operation, request.holds.get(0).session, e);
        } catch (IllegalStateException e) {
            request.isSaveFailed = true;
            note("  fails: " + e.getMessage());
            Hold hold = request.holds.get(0);
            boolean isMeant = hold.session.hasEnded && (hold.mayHaveChanged || mayHaveChangedList(hold));
            model.require(isMeant, "a response that changed nothing failed as its session has ended", hold.session);
        }
        request.holds.forEach(hold -> hold.nextId = null);
        end(operation);
    }

    /** Whether another request on the node has changed an object that this one may hold too. */
    private static boolean mayHaveChangedList(Hold hold) {
        return hold.session.pendingOn(hold.node.number()).containsKey("list");
    }

    private void committed(Hold hold, int window) {
        for (Change change : hold.changes) {
            model.require(
                    hold.session.hasLanded(change) || (hold.session.hasEnded && !change.followed.isEmpty()),
                    "a response went out, and its change " + change.name + "=" + change.value + " is not saved",
                    hold.session);
        }
        String next = hold.nextId;
        model.require(next == null || hold.session.wasAt(next, window), "a new id does not work", hold.session);
        model.require(
                hold.session.stored != null || hold.session.hasEnded, "a new session was not stored", hold.session);
    }

    void end(Request request) {
        Operation operation = begin(request.node, false, "ends a request, of " + request.holds);
        requests.remove(request);
        request.request.end(true, true);
        if (!request.node.engine().awaitWrites(LONGEST_WAIT)) {
            model.broken("a write takes for ever");
        }
        for (Hold hold : request.holds) {
            ModelSession session = hold.session;
            if (session.stored == null && !isHeld(request.node, session)) {
                session.unsavedOn = ModelSession.NOBODY;
            } else if (session.stored != null
                    && !session.isSignpostGone
                    && !operation.isFaulty
                    && !request.isSaveFailed
                    && !session.hasEnded) {
                hold.changes.forEach(change -> model.require(
                        session.hasLanded(change), "a late change of " + change.name + " is not saved", session));
                int timeout = session.stored.maxInactiveInterval();
                session.livesUntil = Math.max(session.livesUntil, timeout <= 0 ? 0 : hold.access + timeout * 1_000L);
                model.require(session.stored.deadline() >= session.livesUntil, "an access was not written", session);
            }
        }
        requireKnown(request.node);
        end(operation);
    }

    /** A node knows what a request there is on, and what it has written. */
    private void requireKnown(Node node) {
        for (String id : node.engine().ids()) {
            boolean isKnown = model.at(id).stream()
                    .anyMatch(session -> session.writers.contains(node.number())
                            || session.unsavedOn == node.number()
                            || isHeld(node, session));
            if (!isKnown) {
                model.broken("node " + node.number() + " keeps a session that only passed by");
            }
        }
    }

    boolean isHeld(Node node, ModelSession session) {
        return requests.stream()
                .filter(request -> request.node.number() == node.number())
                .anyMatch(request -> request.holds.stream().anyMatch(hold -> hold.session == session));
    }

    boolean isKeptAlive(int node, ModelSession session) {
        return requests.stream()
                .filter(request -> request.node.number() == node && now() - request.began < KEPT_ALIVE_MILLIS)
                .anyMatch(request -> request.holds.stream()
                        .anyMatch(hold -> hold.session == session
                                && hold.handle.live().key().text().equals(session.id())));
    }

    List<Hold> holds(@Nullable ModelSession session, List<Node> free) {
        List<Hold> all = new ArrayList<>(outside);
        requests.forEach(request -> all.addAll(request.holds));
        return all.stream()
                .filter(hold -> hold.session == session && free.contains(hold.node))
                .toList();
    }
}
