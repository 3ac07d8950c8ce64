package dev.tidepool;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What somebody may have meant who wrote a name that there is not: one rule for options and for caches. A name is near
 * another when at most a third of its characters, and at most two, are missing, too many, wrong or exchanged with the
 * next; upper and lower case are the same. Of a name with dots only the last part counts for the third, as a package
 * may stand before it.
 */
final class NearName {
    private static final int MAX_CHANGES = 2;
    private static final int CHARACTERS_PER_CHANGE = 3;

    private NearName() {}

    /** Returns the nearest of some names, of several equally near ones the first; null when none is near. */
    static @Nullable String of(String name, Collection<String> names) {
        int limit = Math.min(MAX_CHANGES, lastPart(name).length() / CHARACTERS_PER_CHANGE);
        for (int changes = 0; changes <= limit; changes++) {
            for (String other : names) {
                if (isWithin(changes, name.toLowerCase(Locale.ROOT), other.toLowerCase(Locale.ROOT))) {
                    return other;
                }
            }
        }
        return null;
    }

    /** Returns the end of a message that proposes a name; empty when there is none to propose. */
    static String question(@Nullable String meant) {
        return meant == null ? "" : "; did you mean '" + meant + "'?";
    }

    /** Returns what stands behind the last dot: of the name of a property the option, of that of a class its own. */
    static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static boolean isWithin(int changes, String from, String to) {
        int same = Arrays.mismatch(from.toCharArray(), to.toCharArray());
        if (same < 0 || changes == 0) {
            return same < 0;
        }
        String rest = from.substring(same);
        String other = to.substring(same);
        return isWithin(changes - 1, without(1, rest), other)
                || isWithin(changes - 1, rest, without(1, other))
                || isWithin(changes - 1, without(1, rest), without(1, other))
                || (isExchanged(rest, other) && isWithin(changes - 1, without(2, rest), without(2, other)));
    }

    private static boolean isExchanged(String rest, String other) {
        return rest.length() > 1
                && other.length() > 1
                && rest.charAt(0) == other.charAt(1)
                && rest.charAt(1) == other.charAt(0);
    }

    private static String without(int characters, String text) {
        return text.substring(Math.min(characters, text.length()));
    }
}
