package dev.tidepool.undertow;

/** What a container promises to attributes that are encoded or were decoded. Thread-safe. */
interface Activation {
    /** Whether an attribute wants to be told. */
    boolean isFor(Object value);

    void willPassivate(JCacheSession session, Object value);

    void didActivate(JCacheSession session, Object value);
}
