package dev.tidepool.cache.history;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether the calls on one entry can be put into an order that explains every answer, each between its call and its
 * return. The entry is absent at first.
 *
 * <p>The search is that of Wing and Gong, which takes any call that no other one must precede, with Lowe's memory of
 * what has been tried. What was told is one step that must be taken. What may have been done without anybody being told
 * is a step that may be taken, at any time after the call.
 */
public final class Linearizability {
    /** More than any history of a test comes to, and a few seconds. */
    private static final int MAX_CONFIGURATIONS = 200_000;

    private Linearizability() {}

    /**
     * Looks for an order.
     *
     * @return null when there is one, else the calls of a history as short as can be that has none
     * @throws IllegalStateException when the search takes too long to tell
     */
    public static @Nullable String violation(List<Call> calls) {
        return new Search(calls, MAX_CONFIGURATIONS).succeeds() ? null : told(shortened(calls));
    }

    private static String told(List<Call> calls) {
        return calls.stream()
                .sorted(Comparator.comparingLong(Call::start))
                .map(Call::toString)
                .collect(Collectors.joining("\n", "No order explains\n", ""));
    }

    /**
     * What has no order for its first part has none, and what has none without some of its answers has none: whoever
     * gave them does not matter then.
     */
    private static List<Call> shortened(List<Call> calls) {
        List<Call> left = shortestPrefix(calls);
        Set<Call> telling = new HashSet<>();
        for (Call call : left) {
            List<Call> weaker = weaker(left, call);
            if (!isViolation(weaker)) {
                telling.add(call);
            } else if (!call.isFailed()) {
                left = weaker;
            }
        }
        return seen(left, telling);
    }

    /** Returns the calls without what one of them has told. */
    private static List<Call> weaker(List<Call> calls, Call call) {
        return calls.stream()
                .filter(each -> !each.equals(call) || !call.isIdle())
                .map(each -> each.equals(call) ? call.unanswered() : each)
                .toList();
    }

    private static List<Call> shortestPrefix(List<Call> calls) {
        for (long end : calls.stream().map(Call::end).sorted().toList()) {
            List<Call> prefix = calls.stream()
                    .filter(call -> call.start() < end)
                    .map(call -> call.end() <= end ? call : call.unanswered())
                    .toList();
            if (isViolation(prefix)) {
                return prefix;
            }
        }
        return calls;
    }

    private static boolean isViolation(List<Call> calls) {
        try {
            return !new Search(calls, MAX_CONFIGURATIONS / 20).succeeds();
        } catch (IllegalStateException e) {
            return false; // undecided, so it does not show what the whole shows
        }
    }

    /** Leaves out what tells nothing, unless a value of it is told of: there is no order without it either. */
    private static List<Call> seen(List<Call> calls, Set<Call> telling) {
        Set<Call> seen = new LinkedHashSet<>(telling);
        while (seen.addAll(calls.stream()
                .filter(call -> seen.stream().anyMatch(other -> other.mentions(call)))
                .toList())) {
            // What they mention has been written by others.
        }
        return List.copyOf(seen);
    }

    /**
     * One step of an order.
     *
     * @param must whether it must be taken, as somebody was told of it
     */
    private record Step(Call call, boolean must) {
        long end() {
            return must ? call.end() : Call.OPEN;
        }

        @Nullable String after(String state) {
            return must ? call.afterAnswer(state) : call.afterAttempt(state);
        }
    }

    /**
     * Where a search has been.
     *
     * @param taken the steps taken
     * @param without the state before the last step if that need not have been taken, so that the next one must need it
     */
    private record Configuration(
            BitSet taken, String state, @Nullable String without) {}

    private static final class Search {
        private final List<Step> steps = new ArrayList<>();
        private final Set<Configuration> tried = new HashSet<>();
        private final int mostTried;

        Search(List<Call> calls, int mostTried) {
            this.mostTried = mostTried;
            calls.stream().sorted(Comparator.comparingLong(Call::end)).forEach(this::add);
        }

        private void add(Call call) {
            if (!call.isInDoubt() && !call.isFailed()) {
                steps.add(new Step(call, true));
            }
            for (int i = 0; i < call.untold(); i++) {
                steps.add(new Step(call, false));
            }
        }

        boolean succeeds() {
            return succeeds(new BitSet(), Call.ABSENT, null);
        }

        private boolean succeeds(BitSet before, String state, @Nullable String without) {
            BitSet taken = (BitSet) before.clone();
            String unneeded = takeWhatLeaves(taken, state) ? null : without;
            long limit = limit(taken);
            if (limit == Call.OPEN) {
                return true;
            }
            if (!tried.add(new Configuration(taken, state, unneeded))) {
                return false;
            }
            if (tried.size() > mostTried) {
                throw new IllegalStateException("Undecided after " + tried.size() + " configurations");
            }
            for (int i = 0; i < steps.size(); i++) {
                if (mayTake(i, taken, limit) && succeedsWith(i, taken, state, unneeded)) {
                    return true;
                }
            }
            return false;
        }

        private boolean succeedsWith(int i, BitSet taken, String state, @Nullable String unneeded) {
            Step step = steps.get(i);
            String after = step.after(state);
            if (after == null || (unneeded != null && after.equals(step.after(unneeded)))) {
                return false;
            }
            BitSet more = (BitSet) taken.clone();
            more.set(i);
            return succeeds(more, after, step.must() ? null : state);
        }

        /** What is true of a state and leaves it can do no harm where it is, so there is nothing to choose. */
        private boolean takeWhatLeaves(BitSet taken, String state) {
            int before = taken.cardinality();
            int reached;
            do {
                reached = taken.cardinality();
                long limit = limit(taken);
                for (int i = 0; i < steps.size(); i++) {
                    Step step = steps.get(i);
                    if (step.must() && mayTake(i, taken, limit) && step.call().leaves(state)) {
                        taken.set(i);
                    }
                }
            } while (taken.cardinality() > reached); // then others may begin before what has to end next
            return reached > before;
        }

        /** Of steps that are the same the first comes first. */
        private boolean mayTake(int i, BitSet taken, long limit) {
            Step step = steps.get(i);
            boolean isSameAsLast =
                    i > 0 && !taken.get(i - 1) && steps.get(i - 1).equals(step);
            return !taken.get(i) && !isSameAsLast && step.call().start() < limit;
        }

        /** Returns the end of the step that has to end next, before which every step begins that may be taken. */
        private long limit(BitSet taken) {
            for (int i = taken.nextClearBit(0); i < steps.size(); i = taken.nextClearBit(i + 1)) {
                if (steps.get(i).must()) {
                    return steps.get(i).end(); // the steps are in the order of their ends
                }
            }
            return Call.OPEN;
        }
    }
}
