package dev.tidepool.session;

import dev.tidepool.codec.CodecException;

/**
 * A stored session for a person who looks at its item: what is known of it, and its attributes still encoded. Not for
 * applications. Immutable.
 *
 * @param format the name of the format, {@code native} or {@code connect}
 * @param entry the session, or what points to where it has moved
 */
public record SessionOutline(String format, SessionEntry entry) {
    /**
     * Reads what a cache holds of a session.
     *
     * @param payload what the codec {@code session} wrote, or an encoded item of connect-dynamodb
     * @return the session
     * @throws CodecException when it is none; the message quotes nothing
     */
    public static SessionOutline read(byte[] payload) {
        SessionFormat format = SessionFormats.reading(payload);
        return new SessionOutline(format.name(), format.decode(payload));
    }
}
