package dev.tidepool.bench;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is measured, and for how long.
 *
 * @param minutes when no further warm round begins, after the start; the first one always does
 * @param visitors how many are there at a time, each with one connection
 * @param rounds how often each warm server is measured
 * @param seconds how long such a round takes
 * @param coldRounds how often each server is started and measured cold
 * @param coldRequests the first requests to a process, which count as cold
 * @param warmRequests how many requests a process has answered before it counts as warm, the cold ones among them
 * @param contenders the servers, in their order
 * @param chart where the chart goes
 * @param folder where all else goes
 */
record BenchOptions(
        int minutes,
        int visitors,
        int rounds,
        int seconds,
        int coldRounds,
        int coldRequests,
        int warmRequests,
        Set<Contender> contenders,
        Path chart,
        Path folder) {

    /**
     * Reads options.
     *
     * @param arguments {@code name=value} of each component, {@code servers} for the contenders, separated by commas,
     *     or empty for all
     * @throws IllegalArgumentException when one is missing, unknown or does not suit
     */
    static BenchOptions parse(String... arguments) {
        Map<String, String> given = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("'" + argument + "' is not name=value");
            }
            given.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        BenchOptions options = new BenchOptions(
                number(given, "minutes"),
                number(given, "visitors"),
                number(given, "rounds"),
                number(given, "seconds"),
                number(given, "coldRounds"),
                number(given, "coldRequests"),
                number(given, "warmRequests"),
                contenders(text(given, "servers")),
                Path.of(text(given, "chart")),
                Path.of(text(given, "folder")));
        if (options.warmRequests < options.coldRequests) {
            throw new IllegalArgumentException(
                    "warmRequests: '" + options.warmRequests + "' is less than coldRequests, which are among them");
        }
        if (!given.isEmpty()) {
            throw new IllegalArgumentException("Unknown option " + given.keySet());
        }
        return options;
    }

    private static String text(Map<String, String> given, String name) {
        String value = given.remove(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }

    private static int number(Map<String, String> given, String name) {
        String value = text(given, name);
        if (!value.matches("[1-9]\\d{0,8}")) {
            throw new IllegalArgumentException(name + ": '" + value + "' is not a whole number from 1 on");
        }
        return Integer.parseInt(value);
    }

    private static Set<Contender> contenders(String keys) {
        List<Contender> chosen = keys.isBlank()
                ? List.of(Contender.values())
                : Stream.of(keys.split(",", -1))
                        .map(key -> Contender.of(key.strip()))
                        .toList();
        return EnumSet.copyOf(chosen);
    }

    /**
     * What has been measured, for readers.
     *
     * @param warmRounds how many there were before the time was over
     */
    String text(int warmRounds) {
        return "visitors: " + visitors + "; cold: the first " + coldRequests + " requests, rounds: " + coldRounds
                + "; warm: after " + warmRequests + " requests, rounds: " + warmRounds + " of " + seconds + " s";
    }

    /** The same for all servers but one. */
    BenchOptions without(Contender missing) {
        Set<Contender> rest = EnumSet.copyOf(contenders);
        rest.remove(missing);
        return new BenchOptions(
                minutes, visitors, rounds, seconds, coldRounds, coldRequests, warmRequests, rest, chart, folder);
    }
}
