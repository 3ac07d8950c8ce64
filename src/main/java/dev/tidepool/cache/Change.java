package dev.tidepool.cache;

import dev.tidepool.cache.ItemMapper.NewItem;
import org.jspecify.annotations.Nullable;

/**
 * One change of one item, to be made in one conditional request.
 *
 * @param precondition what must hold of the item, else nothing changes
 * @param expected the encoded value that the item must hold; only for {@link Precondition#EQUALS}
 * @param read the item that must be unchanged; only for {@link Precondition#UNCHANGED} and
 *     {@link Precondition#UNCHANGED_EXPIRED}
 * @param written the item to write, or null to remove what is there
 * @param deadline the deadline to write; {@link Deadline#NOW} removes the item
 * @param wantsBefore whether the caller needs the item as it was before
 */
@SuppressWarnings("ArrayRecordComponent") // travels within the package; nobody compares two
record Change(
        Precondition precondition,
        byte @Nullable [] expected,
        @Nullable StoredItem read,
        @Nullable NewItem written,
        Deadline deadline,
        boolean wantsBefore) {

    /** What must hold of an item; an expired one is absent. */
    enum Precondition {
        ANY,
        ABSENT,
        PRESENT,
        /** Absent without a trace, or present: whatever is no expired item. */
        NOT_EXPIRED,
        /**
         * Absent without a trace, or present with a deadline, which it keeps; only what is created gets the new one.
         */
        MISSING_OR_DATED,
        EQUALS,
        /** Present and not written since it was read. */
        UNCHANGED,
        /** Expired and not written since it was read. */
        UNCHANGED_EXPIRED
    }

    /** Returns a change that writes an item, or removes what is there when there is none to write. */
    static Change of(Precondition precondition, @Nullable NewItem written, Deadline deadline, boolean wantsBefore) {
        return new Change(precondition, null, null, written, written == null ? Deadline.NOW : deadline, wantsBefore);
    }

    static Change removal(Precondition precondition, boolean wantsBefore) {
        return of(precondition, null, Deadline.NOW, wantsBefore);
    }

    /** Returns the same change for an item that must be as it was read. */
    Change ifUnchanged(StoredItem item) {
        return new Change(Precondition.UNCHANGED, null, item, written, deadline, wantsBefore);
    }

    /** Returns the same change for an item that must be expired and otherwise as it was read. */
    Change ifUnchangedAndExpired(StoredItem item) {
        return new Change(Precondition.UNCHANGED_EXPIRED, null, item, written, deadline, wantsBefore);
    }

    /** Returns the same change for an item that must hold a value. */
    Change ifEqual(byte[] bytes) {
        return new Change(Precondition.EQUALS, bytes, null, written, deadline, wantsBefore);
    }

    /** Whether an entry that is there keeps its deadline, as only an update can do. */
    boolean keepsDeadline() {
        return deadline.isUnchanged() || precondition == Precondition.MISSING_OR_DATED;
    }

    /** Whether it is made only where there is an entry. */
    boolean isOfPresent() {
        return switch (precondition) {
            case PRESENT, EQUALS, UNCHANGED -> true;
            default -> false;
        };
    }

    /** Whether the precondition names the one state in which it is met. */
    boolean namesBefore() {
        return switch (precondition) {
            case EQUALS, UNCHANGED, UNCHANGED_EXPIRED -> true;
            case ANY, ABSENT, PRESENT, NOT_EXPIRED, MISSING_OR_DATED -> false;
        };
    }

    /** Whether there must be an item when the precondition is not met. */
    boolean isRefusedByItem() {
        return switch (precondition) {
            case ABSENT, NOT_EXPIRED, MISSING_OR_DATED -> true;
            default -> false;
        };
    }

    /**
     * What became of a change.
     *
     * @param applied whether the precondition held and the change was made
     * @param before the item before the change, as far as it was asked for, or the item that refused it; null when
     *     there was none
     * @param beforeKnown false when an answer was lost, so that the change is known to be made but not what was there
     *     before
     */
    record Outcome(boolean applied, @Nullable StoredItem before, boolean beforeKnown) {
        static Outcome applied(@Nullable StoredItem before) {
            return new Outcome(true, before, true);
        }

        /** Of a change that is made, by whichever attempt; one that creates has found nothing every time. */
        static Outcome appliedInDoubt(Change change) {
            return new Outcome(true, null, change.precondition() == Precondition.ABSENT);
        }

        static Outcome refused(@Nullable StoredItem current) {
            return new Outcome(false, current, true);
        }
    }
}
