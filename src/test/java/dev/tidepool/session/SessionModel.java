package dev.tidepool.session;

import static dev.tidepool.session.ModelSession.ABSENT;
import static dev.tidepool.session.ModelSession.NOBODY;
import static dev.tidepool.session.ModelSession.TIMEOUT;

import dev.tidepool.session.ModelSession.Change;
import dev.tidepool.session.ModelStore.Fate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the engines may and must do, in terms of what clients did and of what is in the store. It looks at each change
 * of the store as it happens, and remembers the first rule that was broken.
 */
final class SessionModel implements InstantSource {
    private static final AttributeCodec CODEC = FormatAttributes.of(SessionFormats.named("native"), Map.of(), true);

    private final Map<UUID, ModelSession> sessions = new LinkedHashMap<>();
    private final Deque<Operation> under = new ArrayDeque<>();
    private Instant now = Instant.parse("2030-01-01T00:00:00Z");
    private @Nullable String broken;

    /** Something that one node does. */
    static final class Operation {
        final int node;
        final boolean mayEnd;
        boolean isFaulty;
        boolean isDisturbed;
        final Set<ModelSession> certainlyRemoved = new LinkedHashSet<>();

        Operation(int node, boolean mayEnd) {
            this.node = node;
            this.mayEnd = mayEnd;
        }
    }

    /** Whose change of the store it is, and what that node had to save when it asked for it. */
    static final class Origin {
        final Operation operation;
        final ModelSession session;
        final Map<String, List<Change>> pending;
        Fate fate = Fate.PASS;
        private @Nullable Map<String, String> written;
        private boolean isRemoval;

        Origin(Operation operation, ModelSession session, Map<String, List<Change>> pending) {
            this.operation = operation;
            this.session = session;
            this.pending = pending;
        }
    }

    /** Decides what becomes of a call about a session. */
    @FunctionalInterface
    interface Trouble {
        Fate fate(ModelSession session);
    }

    private Trouble trouble = session -> Fate.PASS;
    private KeptAlive keptAlive = (node, session) -> false;
    private Consumer<String> notes = line -> {};

    /** Whether a request on a node keeps a session alive. */
    @FunctionalInterface
    interface KeptAlive {
        boolean on(int node, ModelSession session);
    }

    void steer(Trouble made, KeptAlive requests, Consumer<String> lines) {
        this.trouble = made;
        this.keptAlive = requests;
        this.notes = lines;
    }

    /** An alarm of an engine would ring by the time of day; the schedule says when a node looks at its sessions. */
    @Override
    public Instant instant() {
        if ("tidepool-sessions-clock".equals(Thread.currentThread().getName())) {
            Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> {});
            throw new IllegalStateException("The schedule rings");
        }
        return now;
    }

    void advance(Duration time) {
        now = now.plus(time);
    }

    synchronized void broken(String rule) {
        if (broken == null) {
            broken = rule;
        }
    }

    synchronized @Nullable String broken() {
        return broken;
    }

    void require(boolean holds, String rule, ModelSession session) {
        if (!holds) {
            broken(rule + " (session " + session.number + ")");
        }
    }

    synchronized List<ModelSession> sessions() {
        return List.copyOf(sessions.values());
    }

    synchronized ModelSession session(SessionEntry entry) {
        ModelSession session = sessions.computeIfAbsent(entry.incarnation(), any -> new ModelSession(sessions.size()));
        if (session.states.isEmpty() && entry instanceof SessionContent content) {
            session.states.add(Map.of(TIMEOUT, String.valueOf(content.maxInactiveInterval())));
        }
        return session;
    }

    /** Returns all sessions that ever had an id, the last one first. */
    List<ModelSession> at(String id) {
        List<ModelSession> all = new ArrayList<>();
        sessions().forEach(session -> {
            if (session.ids.contains(id)) {
                all.add(0, session);
            }
        });
        return all;
    }

    Operation begin(int node, boolean mayEnd) {
        Operation operation = new Operation(node, mayEnd);
        under.push(operation);
        return operation;
    }

    void end(Operation operation) {
        under.pop();
        if (operation.isFaulty && !under.isEmpty()) {
            under.peek().isDisturbed = true;
        }
        for (ModelSession session : operation.certainlyRemoved) {
            require(session.told >= 1, "a session was ended and nobody told", session);
        }
    }

    boolean isBusy(int node) {
        return under.stream().anyMatch(operation -> operation.node == node);
    }

    Operation operation() {
        return under.element();
    }

    synchronized Origin origin(StoredSession about) {
        ModelSession session = session(about.entry());
        Map<String, List<Change>> pending = new TreeMap<>();
        session.pendingOn(operation().node).forEach((name, changes) -> pending.put(name, List.copyOf(changes)));
        return new Origin(operation(), session, pending);
    }

    Fate fate(String id, @Nullable StoredSession about) {
        List<ModelSession> all = about == null ? at(id) : List.of(session(about.entry()));
        Fate fate = all.isEmpty() ? Fate.PASS : trouble.fate(all.get(0));
        if (fate != Fate.PASS) {
            operation().isFaulty = true;
        }
        return fate;
    }

    /** Looks at what a change of the store has made of a session. */
    synchronized void changed(Origin origin, String id, StoredSession about, ModelStore store) {
        ModelSession session = origin.session;
        session.ids.add(id);
        session.isSignpostGone |=
                about.entry() instanceof Signpost && !store.entries().containsKey(id);
        Map<String, SessionEntry> entries = store.entries();
        List<Map.Entry<String, SessionContent>> found = new ArrayList<>();
        entries.forEach((key, entry) -> {
            if (entry instanceof SessionContent content
                    && content.isSameSession(about.entry())
                    && isAccepted(key, content, entries)) {
                found.add(Map.entry(key, content));
            }
        });
        require(found.size() <= 1, "a session answers to two ids", session);
        SessionContent before = session.stored;
        if (found.isEmpty()) {
            if (before != null) {
                removed(origin, before);
            }
            return;
        }
        String at = found.get(0).getKey();
        SessionContent after = found.get(0).getValue();
        if (!after.equals(before)) {
            require(!session.hasEnded, "a session came back after its end", session);
            require(!session.oldIds.contains(at), "an old id works again", session);
            written(origin, session, before, after, at);
        }
    }

    private static boolean isAccepted(String key, SessionContent content, Map<String, SessionEntry> entries) {
        StoredKey from = content.movedFrom();
        return from == null
                || (entries.get(from.text()) instanceof Signpost signpost
                        && signpost.isSameSession(content)
                        && signpost.movedTo().text().equals(key));
    }

    private void removed(Origin origin, SessionContent before) {
        ModelSession session = origin.session;
        long time = now.toEpochMilli();
        notes.accept("    node " + origin.operation.node + " removes session " + session.number);
        if (!origin.operation.mayEnd) {
            require(before.deadline() <= time, "a session was ended before its stored deadline", session);
            require(session.livesUntil <= time, "a session was ended too early after an access", session);
            if (origin.fate != Fate.FAIL_AND_COME_LATE) {
                require(
                        !keptAlive.on(origin.operation.node, session),
                        "a node ended a session by time that a request there is on",
                        session);
            }
        }
        session.stored = null;
        session.hasEnded = true;
        session.placed(null, 0);
        origin.isRemoval = true;
    }

    private void written(
            Origin origin, ModelSession session, @Nullable SessionContent before, SessionContent after, String at) {
        Map<String, String> old = session.states.get(session.states.size() - 1);
        Map<String, String> next = state(after);
        Set<String> names = new HashSet<>(old.keySet());
        names.addAll(next.keySet());
        for (String name : names) {
            String value = next.getOrDefault(name, ABSENT);
            boolean isChanged = !value.equals(old.getOrDefault(name, ABSENT));
            boolean isMeant = origin.pending.getOrDefault(name, List.of()).stream()
                    .anyMatch(change -> change.value.equals(value));
            require(
                    !isChanged || isMeant,
                    "node " + origin.operation.node + " wrote " + name + "=" + value + " over "
                            + old.getOrDefault(name, ABSENT) + ", which nobody there has changed",
                    session);
        }
        boolean isNewTimeout = !Objects.equals(next.get(TIMEOUT), old.get(TIMEOUT));
        if (before != null) {
            require(after.version() > before.version(), "a version did not grow", session);
            require(
                    isNewTimeout || origin.pending.containsKey(TIMEOUT) || after.deadline() >= before.deadline(),
                    "a deadline went back",
                    session);
        }
        if (isNewTimeout) {
            long lives = now.toEpochMilli() + after.maxInactiveInterval() * 1_000L;
            session.livesUntil = after.maxInactiveInterval() <= 0 ? 0 : lives;
        }
        if (origin.fate == Fate.FAIL_AND_COME_LATE) {
            session.livesUntil = Math.min(session.livesUntil, after.deadline()); // it was made some time ago
        }
        require(after.deadline() >= session.livesUntil, "a stored deadline is too early", session);
        notes.accept("    node " + origin.operation.node + " writes session " + session.number + ": " + next
                + " version " + after.version() + (at.equals(session.id()) ? "" : " under a new id"));
        String was = session.id();
        if (was != null && !was.equals(at)) {
            session.oldIds.add(was);
        }
        session.stored = after;
        session.unsavedOn = NOBODY;
        session.states.add(next);
        session.placed(at, after.deadline());
        session.writers.add(origin.operation.node);
        session.lastWriter = origin.fate == Fate.PASS && !origin.operation.isFaulty ? origin.operation.node : NOBODY;
        origin.written = next;
    }

    private static Map<String, String> state(SessionContent content) {
        Map<String, String> state = new TreeMap<>();
        content.attributes().forEach((name, bytes) -> state.put(name, String.valueOf(CODEC.decode(name, bytes))));
        state.put(TIMEOUT, String.valueOf(content.maxInactiveInterval()));
        return state;
    }

    /** Takes note that a node knows what became of its change. */
    synchronized void answered(Origin origin, boolean isApplied) {
        Map<String, String> written = origin.written;
        if (isApplied && origin.session.creationInDoubtOn == origin.operation.node) {
            origin.session.creationInDoubtOn = NOBODY;
        }
        if (isApplied && origin.isRemoval) {
            origin.operation.certainlyRemoved.add(origin.session);
        } else if (isApplied && written != null) {
            Map<String, List<Change>> pending = origin.session.pendingOn(origin.operation.node);
            origin.pending.forEach((name, changes) -> {
                if (changes.size() == 1
                        && changes.equals(pending.get(name))
                        && changes.get(0).value.equals(written.getOrDefault(name, ABSENT))) {
                    pending.remove(name);
                }
            });
        }
    }

    synchronized void failed(Origin origin, @Nullable StoredSession expected, @Nullable StoredSession next) {
        if (expected == null && origin.session.unsavedOn == origin.operation.node) {
            origin.session.creationInDoubtOn = origin.operation.node;
        }
        if (next == null && expected != null && expected.entry() instanceof SessionContent) {
            origin.session.doubtfulRemovals++;
        }
    }

    /** A listener was told of the end of a session. */
    synchronized void told(ModelSession session) {
        session.told++;
        require(session.told <= 1 + session.doubtfulRemovals, "listeners were told twice", session);
    }
}
