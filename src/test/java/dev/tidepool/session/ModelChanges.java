package dev.tidepool.session;

import dev.tidepool.session.ModelClients.Hold;
import dev.tidepool.session.ModelSession.Change;
import dev.tidepool.session.SessionModel.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** What clients read and change of the sessions that they hold. */
final class ModelChanges {
    static final List<String> NAMES = List.of("a", "b", "list");
    private static final int[] TIMEOUTS = {10, 60, 600, 600, 0};

    private final Random random;
    private final SessionModel model;
    private final ModelClients clients;
    private int values;

    ModelChanges(Random random, SessionModel model, ModelClients clients) {
        this.random = random;
        this.model = model;
        this.clients = clients;
    }

    private String aName() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    int aTimeout() {
        return TIMEOUTS[random.nextInt(TIMEOUTS.length)];
    }

    /** What a client does to a session that it holds; returns false when it gets an exception. */
    private boolean does(Hold hold, Operation operation, Runnable action) {
        return does(hold, operation, () -> {
            action.run();
            return true;
        });
    }

    /**
     * What a client does to a session that it holds, and is told if it did; returns false when it gets an exception.
     */
    private boolean does(Hold hold, Operation operation, Supplier<Boolean> action) {
        ModelSession session = hold.session;
        boolean isGone = session.hasEnded;
        boolean isUsed = clients.isHeld(hold.node, session);
        try {
            boolean isDone = action.get();
            model.require(!isDone || !isGone || isUsed, "what has ended goes on", session);
            return true;
        } catch (CacheException e) {
            clients.failed(operation, session, e);
        } catch (IllegalStateException e) {
            clients.note("  has ended: " + e.getMessage());
            model.require(
                    session.stored == null || session.isSignpostGone,
                    "a session that lives is said to have ended",
                    session);
        }
        return false;
    }

    void read(Hold hold) {
        String name = aName();
        Operation operation = clients.begin(hold.node, false, "reads " + name + " of " + hold);
        does(hold, operation, () -> seen(hold, name, hold.handle.attribute(name)));
        clients.end(operation);
    }

    private void seen(Hold hold, String name, @Nullable Object object) {
        String value = object == null ? ModelSession.ABSENT : object.toString();
        clients.note("  " + value);
        boolean isStored = hold.session.states.subList(hold.since, hold.session.states.size()).stream()
                .anyMatch(state -> value.equals(state.getOrDefault(name, ModelSession.ABSENT)));
        boolean isPending = hold.session.pendingOn(hold.node.number()).getOrDefault(name, List.of()).stream()
                .anyMatch(change -> change.value.equals(value));
        model.require(isStored || isPending, "a value is read that nobody can have left", hold.session);
    }

    void set(Hold hold) {
        String name = aName();
        String value = "v" + values++;
        Object object = name.equals("list") ? new ArrayList<>(List.of(value)) : value;
        change(hold, name, object.toString(), "sets " + name + "=" + object, () -> {
            hold.handle.setAttribute(name, object);
            return true;
        });
    }

    void remove(Hold hold) {
        String name = aName();
        change(hold, name, ModelSession.ABSENT, "removes " + name, () -> hold.handle.removeAttribute(name) != null);
    }

    void setTimeout(Hold hold) {
        int seconds = aTimeout();
        change(hold, ModelSession.TIMEOUT, String.valueOf(seconds), "sets the timeout " + seconds, () -> {
            hold.handle.setMaxInactiveInterval(seconds);
            return true;
        });
    }

    private void change(Hold hold, String name, String value, String line, Supplier<Boolean> action) {
        Change change = new Change(hold.handle.live(), name, value, hold.since);
        Map<String, List<Change>> pending = hold.session.pendingOn(hold.node.number());
        List<Change> all = pending.getOrDefault(name, List.of());
        List<Change> with = new ArrayList<>(all);
        with.add(change);
        pending.put(name, with);
        Operation operation = clients.begin(hold.node, false, line + " in " + hold);
        hold.mayHaveChanged = true;
        boolean[] isChange = {false};
        boolean isDone = does(hold, operation, () -> {
            isChange[0] = action.get();
        });
        change.live = hold.handle.live();
        List<Change> before = replaced(all, change);
        if (isDone && isChange[0]) {
            before.forEach(each -> each.followed.add(change));
            pending.computeIfPresent(name, (key, now) -> without(now, before));
            hold.changes.add(change);
            model.require(
                    !hold.isWrittenThrough() || hold.session.hasLanded(change),
                    "a change after the response is not saved",
                    hold.session);
        } else if (isDone) {
            pending.computeIfPresent(name, (key, now) -> without(now, List.of(change)));
        } else {
            before.forEach(each -> each.followed.add(change));
        }
        clients.end(operation);
    }

    private static List<Change> replaced(List<Change> all, Change change) {
        return all.stream().filter(each -> each.live == change.live).toList();
    }

    private static @Nullable List<Change> without(List<Change> all, List<Change> gone) {
        List<Change> left = all.stream().filter(each -> !gone.contains(each)).toList();
        return left.isEmpty() ? null : left;
    }

    @SuppressWarnings("unchecked") // only lists of strings are set under this name
    void changeInPlace(Hold hold) {
        Operation operation = clients.begin(hold.node, false, "changes the list in place of " + hold);
        does(hold, operation, () -> {
            Object object = hold.handle.attribute("list");
            seen(hold, "list", object);
            if (object instanceof List<?> list) {
                Map<String, List<Change>> pending = hold.session.pendingOn(hold.node.number());
                ((List<String>) list).add("v" + values++);
                Change change = new Change(hold.handle.live(), "list", list.toString(), hold.since);
                List<Change> all = new ArrayList<>(pending.getOrDefault("list", List.of()));
                List<Change> before = replaced(all, change);
                before.forEach(each -> each.followed.add(change));
                all.removeAll(before);
                all.add(change);
                pending.put("list", all);
                hold.changes.add(change);
                hold.mayHaveChanged = true;
            }
        });
        clients.end(operation);
    }

    void changeId(Hold hold) {
        ModelSession session = hold.session;
        int window = session.window();
        boolean isUnsaved = session.unsavedOn == hold.node.number();
        Operation operation = clients.begin(hold.node, false, "changes the id of " + hold);
        does(hold, operation, () -> {
            SessionId id = hold.handle.changeId();
            if (id == null) {
                model.require(
                        session.hasEnded || session.isSignpostGone, "a session that lives got no new id", session);
                return false;
            }
            session.ids.add(id.text());
            hold.mayHaveChanged = true;
            if (!hold.isWrittenThrough() && !isUnsaved) {
                hold.nextId = id.text();
            } else if (session.unsavedOn != hold.node.number()) {
                model.require(session.wasAt(id.text(), window), "a new id does not work", session);
            }
            return true;
        });
        clients.end(operation);
    }

    void invalidate(Hold hold) {
        ModelSession session = hold.session;
        Operation operation = clients.begin(hold.node, true, "ends " + hold);
        int[] told = {0};
        boolean isDone = does(
                hold,
                operation,
                () -> hold.handle.invalidate(() -> {
                    told[0]++;
                    model.told(session);
                    hold.hasEndedIt = true;
                }));
        if (isDone && session.unsavedOn == hold.node.number()) {
            session.hasEnded = true;
            session.unsavedOn = ModelSession.NOBODY;
        }
        if (isDone) {
            model.require(session.hasEnded && told[0] == 1, "an end did not end, or was not told", session);
        } else {
            model.require(told[0] == 0, "an end that failed was told", session);
        }
        clients.end(operation);
    }
}
