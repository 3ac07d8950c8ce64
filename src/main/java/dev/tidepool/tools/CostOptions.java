package dev.tidepool.tools;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is to be reckoned with. */
record CostOptions(CommandLine line) {
    static final String HELP = CommandLine.HELP;

    private static final String VISITORS = "--visitors";
    private static final String PAGES = "--pages";
    private static final String CHANGING = "--changing";
    private static final String BYTES = "--bytes";
    private static final String VISIT = "--visit";
    private static final String LOGINS = "--logins";
    private static final String TIMEOUT = "--timeout";
    private static final String TOUCH = "--touch";
    private static final String HOURS = "--hours";
    private static final String READ_PRICE = "--read-price";
    private static final String WRITE_PRICE = "--write-price";
    private static final String STORAGE_PRICE = "--storage-price";

    private static final double ANY = 1e12;
    private static final double PERCENT = 100;
    private static final double MAX_ITEM_BYTES = 409_600;
    private static final double HOURS_OF_DAY = 24;
    private static final double MINUTES_OF_TIMEOUT = 30;
    private static final double SECONDS = 60;
    private static final double MAX_TOUCH_SECONDS = 60;
    private static final double TOUCH_PART_OF_TIMEOUT = 0.05;

    /**
     * What a number may be, and what it is when it is not given.
     *
     * @param withZero whether it may be 0; less it never may
     */
    private record Range(boolean withZero, double most, double unset) {
        static Range above0(double most, double unset) {
            return new Range(false, most, unset);
        }

        static Range from0(double most, double unset) {
            return new Range(true, most, unset);
        }

        boolean has(double number) {
            return number <= most && (withZero ? number >= 0 : number > 0);
        }

        @Override
        public String toString() {
            return "a number " + (withZero ? "of 0 or more" : "above 0")
                    + (most == ANY ? "" : ", at most " + Texts.number((long) most));
        }
    }

    private static final Map<String, Range> NUMBERS = new LinkedHashMap<>();

    static {
        NUMBERS.put(VISITORS, Range.above0(ANY, 0));
        NUMBERS.put(PAGES, Range.above0(ANY, 2));
        NUMBERS.put(CHANGING, Range.from0(PERCENT, 20));
        NUMBERS.put(BYTES, Range.above0(MAX_ITEM_BYTES, 1_024));
        NUMBERS.put(VISIT, Range.above0(ANY, 10));
        NUMBERS.put(LOGINS, Range.from0(PERCENT, 30));
        NUMBERS.put(TIMEOUT, Range.above0(ANY, MINUTES_OF_TIMEOUT));
        NUMBERS.put(TOUCH, Range.from0(ANY, 0));
        NUMBERS.put(HOURS, Range.above0(HOURS_OF_DAY, HOURS_OF_DAY));
        NUMBERS.put(READ_PRICE, Range.from0(ANY, 0.125));
        NUMBERS.put(WRITE_PRICE, Range.from0(ANY, 0.625));
        NUMBERS.put(STORAGE_PRICE, Range.from0(ANY, 0.25));
    }

    static final String USAGE = """
            Reckons what the sessions of a site ask of a table that is billed on demand, and what that costs. Asks nobody.

              java -cp <tidepool and its dependencies> dev.tidepool.tools.Cost --visitors N [options]

            the site:
              --visitors N         how many people are on it at the same time
              --pages N            pages that each asks for in a minute, default: 2
              --changing PERCENT   of these pages change the session, default: 20
              --visit MINUTES      from the first page of a visit to its last, default: 10
              --logins PERCENT     of visits have a login, which gives the session a new id, default: 30
              --hours N            hours of a day with so many visitors, default: 24

            its sessions:
              --bytes N            the size of an item, as Show says of yours, default: 1024
              --timeout MINUTES    default: 30
              --touch SECONDS      the touchInterval; default: the smaller of 60 and 5 % of the timeout

            prices in dollars; the defaults are those of us-east-1 on demand, as of November 2026:
              --read-price P       for a million read request units, default: 0.125
              --write-price P      for a million write request units, default: 0.625
              --storage-price P    for a GB in a month, default: 0.25
              --help

            Each page with a session is a strongly consistent read; a page that changes it, and an access once in each
            touchInterval, is a write; a session is written when it begins, read and deleted when it ends; a login is a
            read and three writes. What is not in it: other caches, indexes, backups, traffic, free tiers. The exit code
            is 0, and 2 for a mistake in the command line.
            """;

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException that says what is wrong with it
     */
    static CostOptions parse(List<String> arguments) {
        CostOptions options = new CostOptions(CommandLine.parse(arguments, NUMBERS.keySet(), Set.of(HELP)));
        NUMBERS.keySet().forEach(options::number);
        if (options.line.text(VISITORS) == null && !options.line.has(HELP)) {
            throw new IllegalArgumentException(VISITORS + " is needed");
        }
        return options;
    }

    private double number(String name) {
        Range range = NUMBERS.getOrDefault(name, Range.from0(ANY, 0));
        String text = line.text(name);
        if (text == null) {
            return range.unset();
        }
        try {
            double number = Double.parseDouble(text);
            if (range.has(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, as what is out of range
        }
        throw new IllegalArgumentException(name + " cannot be '" + text + "', but " + range);
    }

    SessionLoad load() {
        return new SessionLoad(
                number(VISITORS),
                number(PAGES),
                number(CHANGING) / PERCENT,
                number(BYTES),
                number(VISIT),
                number(LOGINS) / PERCENT,
                number(TIMEOUT),
                touchSeconds());
    }

    /** Returns what a session manager takes when it is not told. */
    private double touchSeconds() {
        if (line.text(TOUCH) != null) {
            return number(TOUCH);
        }
        double part = number(TIMEOUT) * SECONDS * TOUCH_PART_OF_TIMEOUT;
        return part < 1 ? 0 : Math.min(MAX_TOUCH_SECONDS, part);
    }

    double hours() {
        return number(HOURS);
    }

    double readPrice() {
        return number(READ_PRICE);
    }

    double writePrice() {
        return number(WRITE_PRICE);
    }

    double storagePrice() {
        return number(STORAGE_PRICE);
    }
}
