package dev.tidepool.cache;

/** Hears what one cache has to do with its store. Thread-safe, quick, and never throwing. */
interface StoreObserver {
    /** A request has ended, well or not. */
    void sent(SentRequest request);

    /** A change is tried again, as somebody else's write of the entry came first. */
    void conflict();

    /** A read was answered as if there were no entry, as the store is unavailable. */
    void unavailable();

    /** The cache has been closed. What is still under way may be heard of after it. */
    void closed();
}
