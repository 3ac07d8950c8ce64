package dev.tidepool.undertow;

import dev.tidepool.session.SessionIds;
import java.time.InstantSource;
import java.util.function.UnaryOperator;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;

/**
 * The entries of single sign-ons; the one class that calls the cache. An entry is stored under the hash of its id. A
 * failure of the cache is thrown on, as it says nothing about a login. Thread-safe.
 */
final class SingleSignOnStore {
    private static final int ID_BYTES = 30;
    /** As long as a session's. */
    private static final SessionIds IDS = new SessionIds(ID_BYTES, "[A-Za-z0-9_-]{40}");

    private final Cache<String, StoredSingleSignOn> cache;
    private final InstantSource clock;

    SingleSignOnStore(Cache<String, StoredSingleSignOn> cache, InstantSource clock) {
        this.cache = cache;
        this.clock = clock;
    }

    static String newId() {
        return IDS.create();
    }

    /** Whether a text can be an id at all; what cannot is never looked up. */
    static boolean isWellFormed(String text) {
        return IDS.isWellFormed(text);
    }

    /** Returns the key of an id's entry, from which nobody can tell the id. */
    static String key(String id) {
        return SessionIds.hash(id);
    }

    long now() {
        return clock.millis();
    }

    @Nullable SingleSignOnContent get(String key) {
        return alive(cache.get(key));
    }

    private @Nullable SingleSignOnContent alive(@Nullable StoredSingleSignOn found) {
        return found == null || found.content().isExpired(now()) ? null : found.content();
    }

    void create(String key, SingleSignOnContent content) {
        if (!cache.putIfAbsent(key, StoredSingleSignOn.of(content))) {
            throw new IllegalStateException("Two single sign-ons have drawn the same id");
        }
    }

    /**
     * Changes an entry, whatever other nodes do to it meanwhile; one that is gone is not brought back.
     *
     * @param known what was last seen; null when it has to be read
     * @return the content after the change; null when there is no such entry any more
     */
    @Nullable SingleSignOnContent update(
            String key, @Nullable SingleSignOnContent known, UnaryOperator<SingleSignOnContent> change) {
        SingleSignOnContent before = known == null ? get(key) : known;
        while (before != null) {
            SingleSignOnContent after = change.apply(before);
            if (after.equals(before)
                    || cache.replace(key, StoredSingleSignOn.of(before), StoredSingleSignOn.of(after))) {
                return after;
            }
            before = get(key);
        }
        return null;
    }

    /** Takes a session out of an entry, and removes the entry with the last one. */
    void leave(String key, SingleSignOnContent.Member member) {
        for (SingleSignOnContent before = get(key);
                before != null && before.members().contains(member);
                before = get(key)) {
            SingleSignOnContent after = before.without(member);
            boolean isDone = after.members().isEmpty()
                    ? cache.remove(key, StoredSingleSignOn.of(before))
                    : cache.replace(key, StoredSingleSignOn.of(before), StoredSingleSignOn.of(after));
            if (isDone) {
                return;
            }
        }
    }

    /** Removes an entry, and returns what it held last; null when there was none. */
    @Nullable SingleSignOnContent remove(String key) {
        return alive(cache.getAndRemove(key));
    }
}
