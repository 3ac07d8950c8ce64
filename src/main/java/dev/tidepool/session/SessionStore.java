package dev.tidepool.session;

import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one application's sessions; the one class that calls the cache. A session is stored under a name,
 * which is its id, or the id's hash where ids must not be at rest. Thread-safe.
 */
final class SessionStore {
    private final Cache<String, StoredSession> cache;
    private final String prefix;
    private final boolean hashIds;
    private final InstantSource clock;

    /** Counts readings and writes, which tell the newer of two where a session has no version of its own. */
    private final AtomicLong readings = new AtomicLong();

    SessionStore(Cache<String, StoredSession> cache, String prefix, boolean hashIds, InstantSource clock) {
        this.cache = cache;
        this.prefix = prefix;
        this.hashIds = hashIds;
        this.clock = clock;
    }

    String name(String id) {
        return hashIds ? SessionIds.hash(id) : id;
    }

    private String key(String name) {
        return prefix + name;
    }

    @Nullable StoredSession get(String name) {
        long asked = readings.incrementAndGet();
        StoredSession found = cache.get(key(name));
        return found == null ? null : found.asOf(asked, clock.millis());
    }

    /** Returns a session that has been written, newer than all readings that have begun before. */
    StoredSession written(StoredSession session) {
        return session.asOf(readings.incrementAndGet(), clock.millis());
    }

    /** Stores a session under a name that is not taken, and returns whether it was not. */
    boolean create(String name, StoredSession session) {
        return cache.putIfAbsent(key(name), session);
    }

    boolean replace(String name, StoredSession expected, StoredSession session) {
        return cache.replace(key(name), expected, session);
    }

    boolean remove(String name, StoredSession expected) {
        return cache.remove(key(name), expected);
    }

    /**
     * Whether an entry is a session to clients. A session whose id has changed answers to the new id from the moment on
     * when the entry of the old one points to it, and to the old id until then.
     */
    boolean isAccepted(String name, StoredSession found) {
        if (!(found.entry() instanceof SessionContent content)) {
            return false;
        }
        if (content.movedFrom() == null) {
            return true;
        }
        StoredSession old = get(content.movedFrom().text());
        return old != null
                && old.entry() instanceof Signpost signpost
                && signpost.isSameSession(content)
                && name.equals(signpost.movedTo().text());
    }

    /** What a session that some request holds has come to. */
    record Current(String name, StoredSession session) {}

    /**
     * Finds a session again for someone who holds it already: unlike a client, it follows the session to the name that
     * it has moved to.
     *
     * @return null when the session has ended
     */
    @Nullable Current follow(String name, SessionEntry held) {
        String at = name;
        StoredSession found = get(at);
        while (found != null && found.entry().isSameSession(held)) {
            if (!(found.entry() instanceof Signpost signpost)) {
                return new Current(at, found);
            }
            at = signpost.movedTo().text();
            found = get(at);
        }
        return null;
    }

    /**
     * Finds what has become of an entry that once was a session, for someone who holds none: it follows the session to
     * the name that it has moved to.
     *
     * @return null when it is a session to no client any more, or not yet
     */
    @Nullable Current current(String name) {
        StoredSession found = get(name);
        if (found == null) {
            return null;
        }
        if (found.entry() instanceof Signpost signpost) {
            return follow(signpost.movedTo().text(), signpost);
        }
        return isAccepted(name, found) ? new Current(name, found) : null;
    }

    /**
     * Returns the names of this application's sessions that the cache's index has for a special key; some may have
     * ended, moved or changed since.
     *
     * @throws IllegalStateException when the cache cannot find any
     */
    List<String> find(String specialKey, Object value) {
        return SessionCaches.find(cache, specialKey, value).stream()
                .filter(this::isOfApplication)
                .map(key -> key.substring(prefix.length()))
                .toList();
    }

    /** Names have no colon; applications may have one. */
    private boolean isOfApplication(String key) {
        return key.startsWith(prefix) && key.indexOf(':', prefix.length()) < 0;
    }

    /** Takes what {@link #forEach} reads. */
    interface Visitor {
        void visit(String name, StoredSession session);
    }

    /** Reads all sessions of this application; the cache may have to read those of others too. */
    void forEach(Visitor visitor) {
        Iterator<Cache.Entry<String, StoredSession>> entries = cache.iterator();
        while (entries.hasNext()) {
            Cache.Entry<String, StoredSession> entry = entries.next();
            String key = entry.getKey();
            if (isOfApplication(key)) {
                visitor.visit(key.substring(prefix.length()), entry.getValue());
            }
        }
    }
}
