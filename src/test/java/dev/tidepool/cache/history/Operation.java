package dev.tidepool.cache.history;

/** An operation on one entry: what must hold for it to change anything, what it leaves then, and what it tells. */
public enum Operation {
    GET(Condition.NEVER, false, Answer.BEFORE),
    PUT(Condition.ANY, true, Answer.NOTHING),
    GET_AND_PUT(Condition.ANY, true, Answer.BEFORE),
    PUT_IF_ABSENT(Condition.ABSENT, true, Answer.APPLIED),
    REPLACE(Condition.PRESENT, true, Answer.APPLIED),
    REPLACE_EQUAL(Condition.EQUAL, true, Answer.APPLIED),
    GET_AND_REPLACE(Condition.PRESENT, true, Answer.BEFORE),
    REMOVE(Condition.PRESENT, false, Answer.APPLIED),
    REMOVE_EQUAL(Condition.EQUAL, false, Answer.APPLIED),
    GET_AND_REMOVE(Condition.PRESENT, false, Answer.BEFORE),
    /** An entry processor that sets a value and returns the one that it found. */
    INVOKE_SET(Condition.EQUAL, true, Answer.BEFORE),
    /** An entry processor that removes the entry and returns the value that it found. */
    INVOKE_REMOVE(Condition.EQUAL, false, Answer.BEFORE),
    /** The end of an entry's life, which nobody asks for. */
    EXPIRE(Condition.ANY, false, Answer.NOTHING);

    private enum Condition {
        NEVER,
        ANY,
        ABSENT,
        PRESENT,
        EQUAL
    }

    private enum Answer {
        NOTHING,
        /** Whether it changed anything. */
        APPLIED,
        /** The value that was there before. */
        BEFORE
    }

    private final Condition condition;
    private final boolean writes;
    private final Answer answer;

    Operation(Condition condition, boolean writes, Answer answer) {
        this.condition = condition;
        this.writes = writes;
        this.answer = answer;
    }

    /** Whether it writes a value; else it removes the entry, or changes nothing. */
    public boolean writes() {
        return writes;
    }

    /** Whether it looks for a value that the caller names. */
    public boolean compares() {
        return condition == Condition.EQUAL && !isInvocation();
    }

    /** Whether it is an entry processor's work. */
    public boolean isInvocation() {
        return this == INVOKE_SET || this == INVOKE_REMOVE;
    }

    boolean isMet(String expected, String state) {
        return switch (condition) {
            case NEVER -> false;
            case ANY -> true;
            case ABSENT -> state.equals(Call.ABSENT);
            case PRESENT -> !state.equals(Call.ABSENT);
            case EQUAL -> state.equals(expected);
        };
    }

    boolean isTruth(String told, String state, boolean met) {
        return switch (answer) {
            case NOTHING -> true;
            case APPLIED -> told.equals(Boolean.toString(met));
            case BEFORE -> told.equals(state) && (met || condition != Condition.EQUAL);
        };
    }

    /** Whether an answer tells that nothing was changed. */
    boolean changesNothing(String told) {
        return condition == Condition.NEVER
                || told.equals("false")
                || (condition == Condition.PRESENT && told.equals(Call.ABSENT));
    }

    /**
     * Whether an answer speaks of one single change, so that none was made beside the one that it tells of: all that
     * tells what was there before, all that removes, and all that tells that nothing was changed.
     */
    boolean speaksOfOneChange(String told) {
        return !writes || told.equals("false") || (answer == Answer.BEFORE && condition != Condition.EQUAL);
    }
}
