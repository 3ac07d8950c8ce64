package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.SpecialKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import javax.cache.CacheException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds sessions by an attribute, on whichever node they are. The cache's index names them; as it lags, each is read
 * again by its key. Thread-safe.
 */
final class SessionSearch {
    private static final Logger LOG = LoggerFactory.getLogger(SessionSearch.class);

    private final SessionSettings settings;
    private final SessionStore store;
    private final KnownSessions known;
    private final SessionEnds ends;
    private final Deadlines deadlines;
    private final StoredSessionCodec codec = new StoredSessionCodec();

    SessionSearch(
            SessionSettings settings, SessionStore store, KnownSessions known, SessionEnds ends, Deadlines deadlines) {
        this.settings = settings;
        this.store = store;
        this.known = known;
        this.ends = ends;
        this.deadlines = deadlines;
    }

    /** Returns sessions, of which the caller has no use. */
    List<LiveSession> find(String specialKey, Object value) {
        Query query = new Query(specialKey, value);
        List<LiveSession> found = new ArrayList<>();
        Set<StoredKey> seen = new HashSet<>();
        for (StoredKey key : query.keys()) {
            try {
                visit(key, query, seen, found::add);
            } catch (RuntimeException e) {
                if (!SessionStore.isUnreadable(e)) {
                    throw e;
                }
                LOG.warn("A session that the index has cannot be read, and is left out: {}", e.getMessage());
            }
        }
        return found;
    }

    /**
     * Ends sessions, and returns how many it has ended.
     *
     * @throws CacheException when some could not be ended; the others have been
     */
    int end(String specialKey, Object value) {
        Query query = new Query(specialKey, value);
        Set<StoredKey> seen = new HashSet<>();
        int[] ended = {0};
        List<RuntimeException> failures = new ArrayList<>();
        for (StoredKey key : query.keys()) {
            try {
                visit(key, query, seen, live -> {
                    if (ends.end(live, EndReason.INVALIDATED, query::holdsFor)) {
                        live.use().ender = Thread.currentThread();
                        ended[0]++;
                    }
                });
            } catch (RuntimeException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw failed(failures, ended[0]);
        }
        return ended[0];
    }

    private static CacheException failed(List<RuntimeException> failures, int ended) {
        RuntimeException first = failures.get(0);
        CacheException failure = new CacheException(
                failures.size() + " sessions that were found could not be ended, or a listener failed at their end; "
                        + ended + " were ended. Try again. The first failure: " + first.getMessage(),
                first);
        failures.stream().skip(1).forEach(failure::addSuppressed);
        return failure;
    }

    /** What is looked for, and what the index knows of it. */
    private final class Query {
        private final SpecialKey key;
        private final Object wanted;

        /** The keys under which sessions may be stored. */
        private final List<StoredKey> keys;

        Query(String specialKey, Object value) {
            keys = store.find(specialKey, value);
            key = requireNonNull(settings.specialKey(specialKey), "specialKey");
            wanted = key.checked(value);
        }

        List<StoredKey> keys() {
            return keys;
        }

        boolean holdsFor(StoredSession session) {
            Map<String, Object> parts =
                    codec.parts(session, Map.of(key.name(), key.type().javaType()));
            Object part = parts == null ? null : parts.get(key.name());
            try {
                return part != null && Objects.deepEquals(wanted, key.checked(part));
            } catch (IllegalArgumentException e) { // it was set before it was a special key
                return false;
            }
        }
    }

    /**
     * Looks at one of the keys, and hands over the session that is stored there or has moved from there.
     *
     * @param seen the keys of those that have been handed over
     * @param visitor has a use of the session while it is called
     */
    private void visit(StoredKey key, Query query, Set<StoredKey> seen, Consumer<LiveSession> visitor) {
        SessionStore.Found found = store.current(key);
        if (found == null || !query.holdsFor(found.stored())) {
            return;
        }
        LiveSession live = known.enter(null, found.key(), found.content());
        try {
            long now = settings.now();
            // A request that is on a session keeps it alive, and will write so.
            boolean isMeant = !found.content().isExpired(now) || live.isKeptAlive(now);
            if (isMeant && seen.add(found.key()) && live.refresh(found.stored())) {
                visitor.accept(live);
            }
        } finally {
            deadlines.leave(live);
        }
    }
}
