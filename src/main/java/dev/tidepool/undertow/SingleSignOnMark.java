package dev.tidepool.undertow;

import io.undertow.server.session.Session;
import org.jspecify.annotations.Nullable;

/**
 * What a session says of the single sign-on that it belongs to, in an attribute of its own: the key of the entry, which
 * is no secret, and when somebody last looked whether it is there.
 *
 * @param key the entry's key
 * @param seen in milliseconds since the epoch
 */
record SingleSignOnMark(String key, long seen) {
    /** Undertow keeps attributes of its own from servlets and their listeners. */
    static final String ATTRIBUTE = "io.undertow.tidepool.single-sign-on";

    private static final char SEPARATOR = ' ';

    /** Returns the mark of a session; null when it belongs to no single sign-on. */
    static @Nullable SingleSignOnMark of(Session session) {
        if (!(session.getAttribute(ATTRIBUTE) instanceof String text)) {
            return null;
        }
        int end = text.indexOf(SEPARATOR);
        return new SingleSignOnMark(text.substring(0, end), Long.parseLong(text.substring(end + 1)));
    }

    void putOn(Session session) {
        session.setAttribute(ATTRIBUTE, key + SEPARATOR + seen);
    }

    static void removeFrom(Session session) {
        session.removeAttribute(ATTRIBUTE);
    }
}
