package dev.tidepool.session;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that this node knows: those in use, those whose deadline it watches, and those with attributes that stay
 * here. One that only passed by is forgotten when its requests are over. An id is found by the key that it is stored
 * under. Thread-safe.
 */
final class KnownSessions {
    private final SessionSettings settings;
    private final SessionAttributes codec;
    private final ConcurrentMap<StoredKey, LiveSession> byKey = new ConcurrentHashMap<>();

    /** Those in use or with attributes that stay here, which must be found when another node has changed their id. */
    private final ConcurrentMap<UUID, LiveSession> byIncarnation = new ConcurrentHashMap<>();

    /** Those that began on this node, the oldest first; guarded by itself. Kept only where there is a limit. */
    private final Set<LiveSession> created = new LinkedHashSet<>();

    KnownSessions(SessionSettings settings, SessionAttributes codec) {
        this.settings = settings;
        this.codec = codec;
    }

    int count() {
        return byKey.size();
    }

    Set<String> ids() {
        return byKey.values().stream().map(live -> live.id().text()).collect(Collectors.toSet());
    }

    List<LiveSession> all() {
        return new ArrayList<>(byKey.values());
    }

    @Nullable LiveSession find(StoredKey key) {
        LiveSession live = byKey.get(key);
        return live != null && live.isAlive() ? live : null;
    }

    /** Takes in a session that begins here, with a use that the caller ends. */
    void add(LiveSession live) {
        live.enter();
        byKey.put(live.key(), live);
        if (settings.maxSessions() > 0) {
            synchronized (created) {
                created.add(live);
            }
        }
    }

    /** Returns how many sessions that began on this node it still watches. */
    int createdCount() {
        synchronized (created) {
            created.removeIf(live -> !live.isWorthKeeping());
            return created.size();
        }
    }

    /** Returns the oldest session that began on this node and that it still watches. */
    @Nullable LiveSession oldestCreated() {
        synchronized (created) {
            return created.stream().filter(LiveSession::isAlive).findFirst().orElse(null);
        }
    }

    /**
     * Enters a session that was found in the store.
     *
     * @param id null when only its key is known
     * @return the session, with a use that the caller ends; it may know something newer
     */
    LiveSession enter(@Nullable SessionId id, StoredKey key, SessionContent found) {
        LiveSession moved = byIncarnation.get(found.incarnation());
        if (moved != null
                && moved.isAlive()
                && !moved.key().equals(key)
                && found.fields().isVersioned()
                && found.version() >= moved.content().version()) { // or it was read before the session moved on
            move(moved, id, key);
        }
        LiveSession entered = byKey.compute(key, (at, before) -> {
            LiveSession live =
                    before != null && before.isAlive() && before.content().isSameSession(found)
                            ? before
                            : LiveSession.found(
                                    settings, codec, id == null ? new SessionId(key.text()) : id, key, found);
            live.enter();
            return live;
        });
        index(entered);
        if (id != null && !entered.id().equals(id)) {
            entered.renamed(id, key);
        }
        return entered;
    }

    /**
     * Enters a session that somebody holds, which may have been forgotten here meanwhile.
     *
     * @return the session that this node knows, with a use that the caller ends
     */
    LiveSession reenter(LiveSession held) {
        LiveSession[] entered = {held};
        StoredKey key = held.key();
        byKey.compute(key, (at, before) -> {
            boolean isOther = before != null && before != held && before.isAlive();
            // Who uses the session as it was held has changes there, which must not be left behind.
            if (isOther && !held.isInUse() && before.content().isSameSession(held.content())) {
                entered[0] = before;
            }
            entered[0].enter();
            return isOther || !held.isAlive() ? before : held;
        });
        if (!key.equals(held.key()) && byKey.remove(key, held)) { // it has moved meanwhile
            byKey.putIfAbsent(held.key(), held);
        }
        index(entered[0]);
        return entered[0];
    }

    private void index(LiveSession live) {
        if (live.isAlive() && live.content().fields().isVersioned()) {
            byIncarnation.putIfAbsent(live.content().incarnation(), live);
        }
    }

    /** Ends a use, and forgets the session if nobody needs it here any more. */
    void leave(LiveSession live) {
        byKey.compute(live.key(), (at, known) -> {
            live.leave();
            return known == live && !live.isWorthKeeping() ? null : known;
        });
        if (!live.isInUse() && !live.hasLocalAttributes()) {
            byIncarnation.remove(live.content().incarnation(), live);
        }
    }

    /**
     * Knows a session by another key from now on; what stays here of it moves along. Two threads may see the move at
     * once.
     *
     * @param newId null when only its key is known, and the session keeps the id that its clients here know
     */
    void move(LiveSession live, @Nullable SessionId newId, StoredKey newKey) {
        StoredKey oldKey = live.key();
        live.renamed(newId, newKey);
        LiveSession before = byKey.compute(
                newKey,
                (at, known) ->
                        known != null && known.isAlive() && known.content().isSameSession(live.content())
                                ? known
                                : live);
        if (before != live) {
            live.local().moveTo(before.local());
        }
        if (!oldKey.equals(newKey)) {
            byKey.remove(oldKey, live);
        }
        if (!live.isAlive()) {
            byKey.remove(newKey, live);
        }
    }

    /** Forgets a session that has ended. */
    void remove(LiveSession live) {
        byKey.remove(live.key(), live);
        byIncarnation.remove(live.content().incarnation(), live);
        synchronized (created) {
            created.remove(live);
        }
    }

    void clear() {
        byKey.clear();
        byIncarnation.clear();
        synchronized (created) {
            created.clear();
        }
    }
}
