package dev.tidepool.cache.history;

import org.jspecify.annotations.Nullable;

/**
 * One operation as its caller saw it.
 *
 * @param expected the value that it looks for, {@link #ABSENT} for no entry; empty where it looks for none
 * @param value what it leaves where it changes the entry; {@link #ABSENT} for a removal
 * @param start when it was called, on a clock that all callers share and that never tells a time twice
 * @param end when it was answered; {@link #OPEN} while its outcome is in doubt
 * @param answer what it told, {@link #ABSENT} for no value; empty where it tells nothing
 * @param times how often the server has carried it out at most, by what passed the network
 */
public record Call(Operation operation, String expected, String value, long start, long end, String answer, int times) {
    /** Stands for "no entry", and for the null that tells of none. */
    public static final String ABSENT = "-";

    /** The end of what may still come about at any time. */
    public static final long OPEN = Long.MAX_VALUE;

    private static final String FAILED = "failed";

    /** Returns a call of an operation that looks for no value. */
    public static Call of(Operation operation, String value) {
        return comparing(operation, "", value);
    }

    /** Returns a call of an operation that looks for a value. */
    public static Call comparing(Operation operation, String expected, String value) {
        return new Call(operation, expected, value, 0, OPEN, "", 1);
    }

    /** Returns the same call with its answer. */
    public Call told(long from, long to, String said) {
        return new Call(operation, expected, value, from, to, said, times);
    }

    /** Returns the same call with an outcome that its caller does not know. */
    public Call inDoubt(long from) {
        return new Call(operation, expected, value, from, OPEN, "", times);
    }

    /** Returns the same call, whose caller was told that nothing was changed, and why. */
    public Call failed(long from, long to) {
        return told(from, to, FAILED);
    }

    /** Returns the same call with the number of times that the server has carried it out at most. */
    public Call carriedOut(int atMost) {
        return new Call(operation, expected, value, start, end, answer, atMost);
    }

    public boolean isInDoubt() {
        return end == OPEN;
    }

    public boolean isFailed() {
        return answer.equals(FAILED);
    }

    /** Returns the same call before it was answered. */
    Call unanswered() {
        return inDoubt(start).carriedOut(Math.max(1, times));
    }

    /** Whether it changed nothing, by what it told or as it only reads. */
    boolean isIdle() {
        return !isInDoubt() && operation.changesNothing(answer);
    }

    /** Whether it found, or looked for, the value that another one writes. */
    boolean mentions(Call other) {
        return other.operation.writes() && (answer.equals(other.value) || expected.equals(other.value));
    }

    /** Whether it tells a truth about a state, and leaves it. */
    boolean leaves(String state) {
        return state.equals(afterAnswer(state));
    }

    /** Returns the state after the change that was told of; null when the answer is none in this state. */
    @Nullable String afterAnswer(String state) {
        boolean met = operation.isMet(expected, state);
        return operation.isTruth(answer, state, met) ? (met ? value : state) : null;
    }

    /** Returns the state after an attempt that nobody was told of; null when it does nothing in this state. */
    @Nullable String afterAttempt(String state) {
        return operation.isMet(expected, state) && !value.equals(state) ? value : null;
    }

    /**
     * How many changes it may have made that nobody was told of. One on a condition needs its condition each time, so
     * it is made again only when the very state that it was made on has come back.
     */
    int untold() {
        if (isInDoubt()) {
            return times;
        }
        return isFailed() || operation.speaksOfOneChange(answer) ? 0 : Math.max(0, times - 1);
    }

    @Override
    public String toString() {
        String compared = expected.isEmpty() ? "" : expected + " ";
        String outcome = isInDoubt() ? "in doubt" : answer.isEmpty() ? "done" : answer;
        String until = isInDoubt() ? "" : Long.toString(end);
        return String.format(
                "%6d..%-6s %-15s %-18s %s%s",
                start, until, operation, compared + value, outcome, times == 1 ? "" : ", carried out " + times + "x");
    }
}
