package dev.tidepool.session;

/**
 * What an engine needs of its container: someone to be told of what happens without a caller, and what the container
 * knows of attributes. Implemented by an adapter. Called by several threads at a time.
 */
public interface SessionObserver {
    /**
     * A session has ended: by its timeout, for lack of room, by a search, or elsewhere.
     *
     * @param session can still be read
     * @param reason why it has ended
     */
    void ended(SessionHandle session, EndReason reason);

    /**
     * Whether an attribute is the container's own, which stays on this node where it cannot be encoded.
     *
     * @param name the attribute's name
     * @return false by default
     */
    default boolean isOfContainer(String name) {
        return false;
    }

    /**
     * Whether an attribute wants to be told before and after it is encoded; cheap.
     *
     * @param value an attribute
     * @return false by default
     */
    default boolean isActivatable(Object value) {
        return false;
    }

    /**
     * An attribute is about to be encoded.
     *
     * @param session the session
     * @param value the attribute
     */
    default void willPassivate(SessionHandle session, Object value) {}

    /**
     * An attribute was encoded and is used on, or was decoded.
     *
     * @param session the session
     * @param value the attribute
     */
    default void didActivate(SessionHandle session, Object value) {}
}
