package dev.tidepool.session;

import static java.util.Objects.requireNonNull;

import dev.tidepool.SpecialKey;
import dev.tidepool.codec.CodecException;
import io.undertow.server.session.Session;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
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
    private final SessionLifecycle lifecycle;
    private final StoredSessionCodec codec = new StoredSessionCodec();

    SessionSearch(SessionSettings settings, SessionStore store, SessionLifecycle lifecycle) {
        this.settings = settings;
        this.store = store;
        this.lifecycle = lifecycle;
    }

    /** Returns handles for use outside of any exchange. */
    List<Session> find(String specialKey, Object value) {
        Query query = new Query(specialKey, value);
        List<Session> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String name : query.names()) {
            try {
                visit(name, query, seen, (live, session) -> {
                    live.use();
                    live.refresh(session);
                    lifecycle.release(live);
                    found.add(lifecycle.handle(live));
                });
            } catch (RuntimeException e) {
                if (!isUnreadable(e)) {
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
        Set<String> seen = new HashSet<>();
        int[] ended = {0};
        List<RuntimeException> failures = new ArrayList<>();
        for (String name : query.names()) {
            try {
                visit(name, query, seen, (live, session) -> {
                    if (lifecycle.endFound(live, session, query::holdsFor)) {
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

    private static boolean isUnreadable(RuntimeException failure) {
        return failure instanceof CodecException || failure.getCause() instanceof CodecException;
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

        /** The names under which sessions may be stored. */
        private final List<String> names;

        Query(String specialKey, Object value) {
            names = store.find(specialKey, value);
            key = requireNonNull(settings.specialKey(specialKey), "specialKey");
            wanted = key.checked(value);
        }

        List<String> names() {
            return names;
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
     * Looks at one of the names, and hands over the session that is stored there or has moved from there.
     *
     * @param seen the names of those that have been handed over
     */
    private void visit(String name, Query query, Set<String> seen, BiConsumer<LiveSession, StoredSession> visitor) {
        SessionStore.Current current = store.current(name);
        if (current == null || !query.holdsFor(current.session())) {
            return;
        }
        LiveSession live = lifecycle.held().storedAs(current.name(), current.session());
        boolean isExpired = current.session().content().isExpired(settings.now());
        // A request that is on a session keeps it alive, and will write so.
        if ((!isExpired || live.isInUse()) && seen.add(current.name())) {
            visitor.accept(live, current.session());
        }
    }
}
