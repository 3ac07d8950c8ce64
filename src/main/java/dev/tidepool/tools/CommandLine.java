package dev.tidepool.tools;

import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The options of a command.
 *
 * @param texts the options with a value, by name
 * @param flags the others
 */
record CommandLine(Map<String, String> texts, Set<String> flags) {
    static final String HELP = "--help";

    /**
     * Reads a command line.
     *
     * @param knownTexts the names of options that a value follows
     * @param knownFlags the names of the others
     * @throws IllegalArgumentException that says what is wrong with it
     */
    static CommandLine parse(List<String> arguments, Set<String> knownTexts, Set<String> knownFlags) {
        Map<String, String> texts = new HashMap<>();
        Set<String> flags = new TreeSet<>();
        for (Iterator<String> rest = arguments.iterator(); rest.hasNext(); ) {
            String name = rest.next();
            boolean isNew = knownFlags.contains(name)
                    ? flags.add(name)
                    : texts.put(name, textOf(name, knownTexts, rest)) == null;
            if (!isNew) {
                throw new IllegalArgumentException(name + " is there twice");
            }
        }
        return new CommandLine(texts, flags);
    }

    private static String textOf(String name, Set<String> knownTexts, Iterator<String> rest) {
        if (!knownTexts.contains(name)) {
            throw new IllegalArgumentException(
                    name.startsWith("-") ? "unknown option " + name : "an argument without an option before it");
        }
        if (!rest.hasNext()) {
            throw new IllegalArgumentException("what follows " + name + " is missing");
        }
        return rest.next();
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }

    @Nullable String text(String name) {
        return texts.get(name);
    }

    /** Returns the message of a failure on one line, as a terminal may have it. */
    static String line(RuntimeException failure) {
        return Texts.plain(String.valueOf(failure.getMessage()).replaceAll("\\s+", " "));
    }
}
