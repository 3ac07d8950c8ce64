package dev.tidepool.cache;

import dev.tidepool.cache.Change.Precondition;
import org.jspecify.annotations.Nullable;

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

    /**
     * What an operation did to its entry, as far as statistics, listeners and the caller need to know.
     *
     * @param effect what happened to the entry
     * @param present whether there was an entry before
     * @param before the item before, if it is known; an expired one when there was no entry
     * @param beforeLost whether an answer was lost, so that the value before is not known
     * @param expired whether the entry expired at once by what its policy said
     */
    record Result(Effect effect, boolean present, @Nullable StoredItem before, boolean beforeLost, boolean expired) {
        enum Effect {
            NOTHING,
            CREATED,
            UPDATED,
            REMOVED
        }

        static Result nothing(boolean present, @Nullable StoredItem current) {
            return new Result(Effect.NOTHING, present, current, false, false);
        }

        boolean applied() {
            return effect != Effect.NOTHING;
        }
    }
}
