package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The entries of one application's sessions; the one class that calls the cache. Thread-safe. */
final class SessionStore {
    private static final Logger LOG = LoggerFactory.getLogger(SessionStore.class);

    private final Cache<String, StoredSession> cache;
    private final SessionSettings settings;
    private final StoreGate gate;

    /** Counts readings and writes, which tell the newer of two where a session has no version of its own. */
    private final AtomicLong readings = new AtomicLong();

    SessionStore(Cache<String, StoredSession> cache, SessionSettings settings, StoreGate gate) {
        this.cache = cache;
        this.settings = settings;
        this.gate = gate;
    }

    private String key(StoredKey key) {
        return settings.keyPrefix() + key.text();
    }

    @Nullable StoredSession get(StoredKey key) {
        long asked = readings.incrementAndGet();
        StoredSession found = gate.read(() -> cache.get(key(key)));
        return found == null ? null : found.asOf(asked, settings.now());
    }

    /** Returns a session that has been written, newer than all readings that have begun before. */
    StoredSession written(StoredSession session) {
        return session.asOf(readings.incrementAndGet(), settings.now());
    }

    /** Stores an entry under a key that is not taken, and returns whether it was not. */
    boolean create(StoredKey key, StoredSession session) {
        return gate.change(() -> cache.putIfAbsent(key(key), session));
    }

    /** Makes the first requests as quick as later ones; stores nothing. */
    void warmUp(StoredKey key, StoredSession example) {
        gate.read(() -> {
            SessionCaches.warmUp(cache, key(key), example);
            return null;
        });
    }

    boolean replace(StoredKey key, StoredSession expected, StoredSession session) {
        return gate.change(() -> cache.replace(key(key), expected, session));
    }

    boolean remove(StoredKey key, StoredSession expected) {
        return gate.change(() -> cache.remove(key(key), expected));
    }

    /** A session, and where it is stored. */
    record Found(StoredKey key, StoredSession stored, SessionContent content) {}

    /**
     * Finds a session for a client: one that is stored under the key. A session whose id has changed answers to the new
     * id from the moment on when the entry of the old one points to it, and to the old id until then.
     *
     * @return null when there is none
     */
    @Nullable Found find(StoredKey key) {
        return accepted(key, get(key));
    }

    /** Returns an entry as a session to clients; null when it is none. */
    @Nullable Found accepted(StoredKey key, @Nullable StoredSession stored) {
        if (stored == null || !(stored.entry() instanceof SessionContent content)) {
            return null;
        }
        StoredKey movedFrom = content.movedFrom();
        if (movedFrom != null) {
            StoredSession old = get(movedFrom);
            boolean isPointedTo = old != null
                    && old.entry() instanceof Signpost signpost
                    && signpost.isSameSession(content)
                    && key.equals(signpost.movedTo());
            if (!isPointedTo) {
                return null;
            }
        }
        return new Found(key, stored, content);
    }

    /**
     * Finds a session again for someone who holds it already: unlike a client, it follows the session to the key that
     * it has moved to.
     *
     * @return null when the session has ended
     */
    @Nullable Found follow(StoredKey key, SessionEntry held) {
        StoredKey at = key;
        StoredSession stored = get(at);
        while (stored != null && stored.entry().isSameSession(held)) {
            if (stored.entry() instanceof SessionContent content) {
                return new Found(at, stored, content);
            }
            at = ((Signpost) stored.entry()).movedTo();
            stored = get(at);
        }
        return null;
    }

    /**
     * Finds what has become of an entry that once was a session, for someone who holds none: it follows the session to
     * the key that it has moved to.
     *
     * @return null when it is a session to no client any more, or not yet
     */
    @Nullable Found current(StoredKey key) {
        StoredSession stored = get(key);
        return stored != null && stored.entry() instanceof Signpost signpost
                ? follow(signpost.movedTo(), signpost)
                : accepted(key, stored);
    }

    /**
     * Returns the keys of this application's sessions that the cache's index has for a special key; some may have
     * ended, moved or changed since.
     *
     * @throws IllegalStateException when the cache cannot find any
     */
    List<StoredKey> find(String specialKey, Object value) {
        Set<String> found = requireNonNull(gate.read(() -> SessionCaches.find(cache, specialKey, value)));
        return found.stream().filter(this::isOfApplication).map(this::storedKey).toList();
    }

    /** Ids have no colon; applications may have one. */
    private boolean isOfApplication(String key) {
        return key.startsWith(settings.keyPrefix())
                && key.indexOf(':', settings.keyPrefix().length()) < 0;
    }

    private StoredKey storedKey(String key) {
        return new StoredKey(key.substring(settings.keyPrefix().length()));
    }

    /** Takes what {@link #forEach} reads. */
    @FunctionalInterface
    interface Visitor {
        /** Returns whether to go on. */
        boolean visit(StoredKey key, StoredSession session);
    }

    /**
     * Reads all sessions of this application; the cache may have to read those of others too. One that cannot be read
     * is named and passed over.
     *
     * <p>Past the gate: most steps are answered from memory, and would tell it that the store answers while that hangs.
     */
    void forEach(Visitor visitor) {
        Iterator<Cache.Entry<String, StoredSession>> entries = cache.iterator();
        boolean goesOn = true;
        for (Cache.Entry<String, StoredSession> entry = next(entries); entry != null && goesOn; entry = next(entries)) {
            if (isOfApplication(entry.getKey())) {
                goesOn = visitor.visit(storedKey(entry.getKey()), entry.getValue());
            }
        }
    }

    private static Cache.@Nullable Entry<String, StoredSession> next(
            Iterator<Cache.Entry<String, StoredSession>> entries) {
        while (entries.hasNext()) {
            try {
                return entries.next();
            } catch (NoSuchElementException e) {
                LOG.debug("A session was removed between the question and the answer", e);
            } catch (CacheException e) { // of this entry alone: asking for the next one is what reads the table
                LOG.warn("A session cannot be read, and is passed over: {}", e.getMessage());
            }
        }
        return null;
    }

    /** Whether a failure is one entry's alone. */
    static boolean isUnreadable(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CodecException) {
                return true;
            }
        }
        return false;
    }
}
