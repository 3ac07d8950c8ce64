package dev.tidepool.session;

/**
 * The id of a session, as a client holds it. Whoever knows it has the session, so it is in no message and no log.
 *
 * @param text the id itself
 */
public record SessionId(String text) {
    /** Shows nothing of the id. */
    @Override
    public String toString() {
        return "SessionId";
    }
}
