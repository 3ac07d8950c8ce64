package dev.tidepool.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One session, whatever its id is. */
final class ModelSession {
    static final String TIMEOUT = "(timeout)";
    static final String ABSENT = "(none)";
    static final int NOBODY = -1;

    final int number;
    final Set<String> ids = new LinkedHashSet<>();

    /** What was stored, one after the other. */
    final List<Map<String, String>> states = new ArrayList<>();

    private final List<Place> places = new ArrayList<>(List.of(new Place(null, 0)));
    final Set<String> oldIds = new HashSet<>();
    final Map<Integer, Map<String, List<Change>>> pending = new HashMap<>();
    final Set<Integer> writers = new HashSet<>();

    @Nullable SessionContent stored;

    /** The node that has it, while it is not stored; then it has but one id. */
    int unsavedOn = NOBODY;

    int lastWriter = NOBODY;

    /** The nodes that have known it by two ids at a time, since another node has changed it. */
    final Set<Integer> twiceOn = new HashSet<>();

    /** The node that was told that it is not stored, though it may be. */
    int creationInDoubtOn = NOBODY;

    boolean hasEnded;

    /** Whether what points from an old id is gone, by which a node that is far behind would find the session. */
    boolean isSignpostGone;

    int told;
    int doubtfulRemovals;
    long livesUntil;

    /** A change of one attribute, or of the timeout, that a client has made. */
    static final class Change {
        final String name;
        final String value;

        /** Whose objects it has changed. */
        LiveSession live;

        /** Since which state of the session it can be in the store. */
        final int since;

        /** What has, or may have, taken its place before it was saved. */
        final List<Change> followed = new ArrayList<>();

        Change(LiveSession live, String name, String value, int since) {
            this.live = live;
            this.name = name;
            this.value = value;
            this.since = since;
        }
    }

    /** Where clients could find a session from a moment on. */
    private record Place(@Nullable String id, long deadline) {}

    ModelSession(int number) {
        this.number = number;
    }

    void placed(@Nullable String id, long deadline) {
        places.add(new Place(id, deadline));
    }

    @Nullable String id() {
        return places.get(places.size() - 1).id();
    }

    int window() {
        return places.size() - 1;
    }

    List<String> idsThatWorked() {
        return ids.stream().filter(id -> wasAt(id, 0)).toList();
    }

    boolean wasAt(String id, int window) {
        return places.subList(window, places.size()).stream().anyMatch(place -> id.equals(place.id()));
    }

    boolean wasAlwaysAt(String id, int window, long now, boolean isKeptAlive) {
        return places.subList(window, places.size()).stream()
                .allMatch(place -> id.equals(place.id()) && (isKeptAlive || place.deadline() > now));
    }

    boolean hasLanded(Change change) {
        return change.followed.stream().anyMatch(this::hasLanded)
                || states.subList(change.since, states.size()).stream()
                        .anyMatch(state -> change.value.equals(state.getOrDefault(change.name, ABSENT)));
    }

    /** Of such a session, a node that wrote it learns the end by an alarm only after a day. */
    boolean wasEndless() {
        return states.stream().anyMatch(state -> "0".equals(state.get(TIMEOUT)));
    }

    Map<String, List<Change>> pendingOn(int node) {
        return pending.computeIfAbsent(node, any -> new TreeMap<>());
    }
}
