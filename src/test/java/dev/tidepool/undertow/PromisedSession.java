package dev.tidepool.undertow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the answers to one client have promised about its session, and what is in doubt. The client sends requests in
 * bursts: those of one overlap, and all of them are over before the next begins. Used by one thread at a time.
 */
final class PromisedSession {
    /** What a request is about. */
    enum Act {
        READ("/read"),
        SET("/set"),
        LOGIN("/login"),
        LOGOUT("/logout"),
        /** Asks with an id that must not work. */
        TRESPASS("/read");

        private final String path;

        Act(String path) {
            this.path = path;
        }

        private boolean mayEndId() {
            return this == LOGIN || this == LOGOUT;
        }
    }

    /** One request of a burst; a name and a version of its value when it sets an attribute. */
    record Request(Act act, String id, String name, int version) {
        static Request of(Act act, String id) {
            return new Request(act, id, "", 0);
        }
    }

    /** A request and what came of it; no reply when the connection died with the node. */
    record Outcome(Request request, StormyNode.@Nullable Reply reply) {
        private boolean isAnswered() {
            return reply != null && reply.status() == 200;
        }

        private boolean isGone() {
            return isAnswered() && body().equals(StormyNode.NO_SESSION);
        }

        boolean isDone() {
            return isAnswered() && !isGone();
        }

        private String body() {
            return reply == null ? "" : reply.body();
        }

        private Act act() {
            return request.act();
        }
    }

    private static final int ABSENT = 0;

    private final int number;
    private final Consumer<String> complain;
    private final List<String> endedIds = new ArrayList<>();

    /** The versions that an attribute may have: one that was promised, and those in doubt since. */
    private final Map<String, NavigableSet<Integer>> values = new HashMap<>();

    private String id;
    private int versions;

    /** Whether the id may have stopped working by a request that nobody knows the outcome of. */
    private boolean isIdInDoubt;

    private boolean isOver;

    /**
     * A session that has begun with one attribute.
     *
     * @param number tells it from all others
     * @param complain takes each promise that was broken
     */
    PromisedSession(int number, String id, String name, Consumer<String> complain) {
        this.number = number;
        this.id = id;
        this.complain = complain;
        settle(name, ++versions);
    }

    /** What the first attribute of a session is to hold. */
    static String firstValue(int number) {
        return number + "." + 1;
    }

    /** Whether nothing is known of it any more, but for ids that must not work. */
    boolean isOver() {
        return isOver;
    }

    /** Ids that were replaced, and those of a session that was logged out. */
    List<String> endedIds() {
        return List.copyOf(endedIds);
    }

    Request request(Act act) {
        return Request.of(act, id);
    }

    /** A request that sets an attribute; from now on its value is in doubt. */
    Request set(String name) {
        int version = ++versions;
        possible(name).add(version);
        return new Request(Act.SET, id, name, version);
    }

    String path(Request request) {
        return request.act() == Act.SET
                ? request.act().path + "?name=" + request.name() + "&value=" + number + "." + request.version()
                : request.act().path;
    }

    private NavigableSet<Integer> possible(String name) {
        return values.computeIfAbsent(name, any -> new TreeSet<>(List.of(ABSENT)));
    }

    private void settle(String name, int version) {
        NavigableSet<Integer> possible = possible(name);
        possible.clear();
        possible.add(version);
    }

    /** Learns from a burst, and says which promises it has broken. */
    void learn(List<Outcome> burst) {
        List<Outcome> own = new ArrayList<>();
        for (Outcome outcome : burst) {
            checkStatus(outcome);
            if (outcome.act() != Act.TRESPASS) {
                own.add(outcome);
            } else if (outcome.isDone()) {
                broken("an id that had ended finds a session", outcome);
            }
        }
        own.forEach(outcome -> checkFound(outcome, own));
        for (Outcome outcome : own) {
            if (outcome.act() == Act.READ && outcome.isDone()) {
                checkRead(outcome, own.size() == 1);
            }
        }
        learnValues(own);
        learnId(own);
    }

    private void checkStatus(Outcome outcome) {
        StormyNode.Reply reply = outcome.reply();
        if (reply == null) {
            return;
        }
        if (reply.status() != 200 && reply.status() != 503) {
            broken("the status is " + reply.status(), outcome);
        }
        if (reply.status() == 503 && reply.cookie() != null) {
            broken("a 503 changes the cookie", outcome);
        }
        String cookie = reply.cookie();
        if (outcome.act() == Act.LOGIN && outcome.isDone() && (cookie == null || cookie.isEmpty())) {
            broken("a login brings no new id", outcome);
        }
    }

    /** A session is found unless this burst, or something in doubt of before, has ended the id. */
    private void checkFound(Outcome outcome, List<Outcome> burst) {
        if (!outcome.isGone() || isIdInDoubt) {
            return;
        }
        boolean isExplained = burst.stream()
                .anyMatch(other -> !other.equals(outcome) && other.act().mayEndId() && !other.isGone());
        if (!isExplained) {
            broken("the session is not found", outcome);
        }
    }

    /** What was seen while nothing was going on stays, or becomes a later version. */
    private void checkRead(Outcome outcome, boolean isAlone) {
        Map<String, String> seen = new HashMap<>();
        for (String attribute : outcome.body().split(";", -1)) {
            String[] pair = attribute.split("=", 2);
            seen.put(pair[0], pair[pair.length - 1]);
        }
        values.forEach((name, possible) -> {
            String value = seen.remove(name);
            int version = version(value);
            if (!possible.contains(version)) {
                broken(name + " is " + value + ", not one of " + possible, outcome);
            } else if (isAlone) {
                possible.headSet(version).clear();
            }
        });
        seen.remove(""); // what is left of a body without attributes
        if (!seen.isEmpty()) {
            broken("it has " + seen + ", which nobody has set", outcome);
        }
    }

    private int version(@Nullable String value) {
        if (value == null) {
            return ABSENT;
        }
        String own = number + ".";
        return value.startsWith(own) ? Integer.parseInt(value.substring(own.length())) : -1;
    }

    private void learnValues(List<Outcome> burst) {
        for (Outcome outcome : burst) {
            if (outcome.act() == Act.SET && outcome.isDone()) {
                settle(outcome.request().name(), outcome.request().version());
            }
        }
    }

    private void learnId(List<Outcome> burst) {
        boolean isWritten = burst.stream()
                .anyMatch(outcome -> outcome.isDone() && (outcome.act() == Act.SET || outcome.act() == Act.LOGIN));
        boolean isInDoubt = burst.stream().anyMatch(outcome -> outcome.act().mayEndId() && !outcome.isAnswered());
        // A change that came after it has shut out what may still be on its way to the store.
        isIdInDoubt = isInDoubt || (isIdInDoubt && !isWritten);
        boolean isLoggedOut = burst.stream().anyMatch(outcome -> outcome.act() == Act.LOGOUT && outcome.isDone());
        String newId = burst.stream()
                .filter(outcome -> outcome.act() == Act.LOGIN && outcome.isDone())
                .map(outcome -> outcome.reply() == null ? null : outcome.reply().cookie())
                .findFirst()
                .orElse(null);
        if (newId != null) {
            endedIds.add(id);
            id = newId;
        }
        boolean isLost = newId == null && burst.stream().anyMatch(Outcome::isGone);
        if (isLoggedOut || isLost) {
            endedIds.add(id);
            isOver = true;
        }
    }

    private void broken(String promise, Outcome outcome) {
        complain.accept("session " + number + ", " + outcome.act() + ": " + promise);
    }
}
