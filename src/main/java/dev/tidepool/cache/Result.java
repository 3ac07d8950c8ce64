package dev.tidepool.cache;

import org.jspecify.annotations.Nullable;

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
