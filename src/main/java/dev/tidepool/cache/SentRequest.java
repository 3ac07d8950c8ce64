package dev.tidepool.cache;

/**
 * What is measured of one request of a cache, all its attempts together.
 *
 * @param operation the DynamoDB operation, such as {@code GetItem}
 * @param answer how it ended
 * @param nanos how long it took
 * @param retries how often it was sent again
 * @param throttles how many attempts were throttled; a batch that the server has not processed to its end counts as one
 * @param units the capacity units that the server says it has consumed; it says nothing of what it refuses
 */
record SentRequest(String operation, Answer answer, long nanos, int retries, int throttles, double units) {
    /** How a request ended. */
    enum Answer {
        /** It was done. */
        SUCCESS,
        /** Its condition was not met. */
        REFUSED,
        /** The capacity did not suffice, for as long as the SDK has tried. */
        THROTTLED,
        /** Anything else. */
        FAILED
    }
}
