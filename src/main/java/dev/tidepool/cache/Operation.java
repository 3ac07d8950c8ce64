package dev.tidepool.cache;

import dev.tidepool.cache.Change.Precondition;

/** The nine mutators of {@link javax.cache.Cache} that change one entry, as rows of one table. */
enum Operation {
    PUT(Precondition.ANY, true, false, false),
    GET_AND_PUT(Precondition.ANY, true, true, true),
    PUT_IF_ABSENT(Precondition.ABSENT, true, true, false),
    REPLACE(Precondition.PRESENT, true, true, false),
    GET_AND_REPLACE(Precondition.PRESENT, true, true, true),
    REPLACE_EQUAL(Precondition.EQUALS, true, true, false),
    REMOVE(Precondition.PRESENT, false, false, false),
    GET_AND_REMOVE(Precondition.PRESENT, false, true, true),
    REMOVE_EQUAL(Precondition.EQUALS, false, true, false);

    private final Precondition precondition;
    private final boolean writes;
    private final boolean countsAsGet;
    private final boolean returnsBefore;

    Operation(Precondition precondition, boolean writes, boolean countsAsGet, boolean returnsBefore) {
        this.precondition = precondition;
        this.writes = writes;
        this.countsAsGet = countsAsGet;
        this.returnsBefore = returnsBefore;
    }

    Precondition precondition() {
        return precondition;
    }

    /** Whether it writes a value; else it removes the entry. */
    boolean writes() {
        return writes;
    }

    /** Whether JSR-107's table of statistics counts a hit or a miss. */
    boolean countsAsGet() {
        return countsAsGet;
    }

    /** Whether it returns the value that was there before. */
    boolean returnsBefore() {
        return returnsBefore;
    }

    /** Whether a {@link javax.cache.integration.CacheWriter} hears of it whatever is in the cache. */
    boolean writesThroughAlways() {
        return precondition == Precondition.ANY || (!writes && precondition == Precondition.PRESENT);
    }
}
