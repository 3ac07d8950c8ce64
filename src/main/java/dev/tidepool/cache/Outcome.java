package dev.tidepool.cache;

import org.jspecify.annotations.Nullable;

/**
 * What became of a {@link Change}.
 *
 * @param applied whether the precondition held and the change was made
 * @param before the item before the change, as far as it was asked for, or the item that refused it; null when there
 *     was none
 * @param beforeKnown false when an answer was lost, so that the change is known to be made but not what was there
 *     before
 */
record Outcome(boolean applied, @Nullable StoredItem before, boolean beforeKnown) {
    static Outcome applied(@Nullable StoredItem before) {
        return new Outcome(true, before, true);
    }

    static Outcome appliedBeforeLost() {
        return new Outcome(true, null, false);
    }

    static Outcome refused(@Nullable StoredItem current) {
        return new Outcome(false, current, true);
    }
}
