package dev.tidepool.session;

import dev.tidepool.Settings;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.cache.Cache;

/** What tests of other packages look at in a cache of sessions, and its users do not see. */
public final class StoredSessions {
    private StoredSessions() {}

    /** Returns the options of a cache. */
    public static Settings options(Cache<String, StoredSession> cache) {
        return SessionCaches.options(cache);
    }

    /** Returns the attributes of a stored session as they are encoded. */
    public static SortedMap<String, byte[]> attributes(StoredSession session) {
        return ((SessionContent) session.entry()).attributes();
    }

    /** Returns a session with one more attribute, of any bytes. */
    public static StoredSession with(StoredSession session, String name, byte[] encoded) {
        SortedMap<String, byte[]> attributes = new TreeMap<>(attributes(session));
        attributes.put(name, encoded);
        return StoredSession.of(session.format(), session.content().withAttributes(attributes));
    }

    /** Returns what takes the place of a session that has moved. */
    public static StoredSession signpost(StoredSession session, String newKey) {
        SessionContent content = session.content();
        return StoredSession.of(session.format(), content.signpostTo(new StoredKey(newKey), content, 0));
    }

    /** Returns what an id is stored as where ids are not to be at rest. */
    public static String hash(String id) {
        return SessionIds.hash(id);
    }
}
