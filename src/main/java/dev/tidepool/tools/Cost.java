package dev.tidepool.tools;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * Reckons what the sessions of a site cost in DynamoDB: visitors, pages and the size of a session in, units and dollars
 * a month out. Run it from a command line; {@code --help} has the options.
 *
 * <pre>{@code
 * java -cp ... dev.tidepool.tools.Cost --visitors 1000 --pages 2 --bytes 1500
 * }</pre>
 *
 * <p>It sends no request.
 */
public final class Cost {
    private static final int WRONG_USE = 2;
    private static final int VALUES_AT = 20;
    private static final double SECONDS_OF_HOUR = 3_600;
    private static final double MINUTE = 60;
    private static final double DAYS_OF_MONTH = 365.0 / 12;
    private static final double MILLION = 1e6;
    private static final double BYTES_OF_GB = 1 << 30;

    /** What DynamoDB adds to each item that is stored. */
    private static final int OVERHEAD_BYTES = 100;

    private final CostOptions options;
    private final SessionLoad load;

    private Cost(CostOptions options) {
        this.options = options;
        this.load = options.load();
    }

    /**
     * Runs the command, and ends the JVM with 0, or with 2 for a mistake in the arguments.
     *
     * @param arguments as {@code --help} says
     */
    public static void main(String[] arguments) {
        int code = run(List.of(arguments), System.out, System.err);
        System.out.flush();
        System.exit(code);
    }

    /**
     * Runs the command.
     *
     * @return the exit code
     */
    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        try {
            CostOptions options = CostOptions.parse(arguments);
            out.print(options.line().has(CostOptions.HELP) ? CostOptions.USAGE : new Cost(options).report());
            return 0;
        } catch (IllegalArgumentException e) {
            err.println("cost: " + CommandLine.line(e) + " (--help has the options)");
            return WRONG_USE;
        }
    }

    private String report() {
        double seconds = options.hours() * SECONDS_OF_HOUR * DAYS_OF_MONTH;
        double readMillions = load.readUnits() * seconds / MILLION;
        double writeMillions = load.writeUnits() * seconds / MILLION;
        double gigabytes = load.sessions() * (load.bytes() + OVERHEAD_BYTES) / BYTES_OF_GB;
        double reads = readMillions * options.readPrice();
        double writes = writeMillions * options.writePrice();
        double storage = gigabytes * options.storagePrice();
        return line("sessions at a time", decimals(0, load.sessions()))
                + line("requests a second", both(1, load.reads(), load.writes()))
                + line("units a second", both(1, load.readUnits(), load.writeUnits()))
                + line("units a minute", both(0, MINUTE * load.readUnits(), MINUTE * load.writeUnits()))
                + line("units a month", both(1, readMillions, writeMillions) + ", in millions")
                + line("stored", decimals(3, gigabytes) + " GB")
                + line("dollars a month", both(2, reads, writes) + ", " + decimals(2, storage) + " stored")
                + line("in all", decimals(2, reads + writes + storage) + " dollars a month");
    }

    private static String line(String name, String value) {
        return name + " ".repeat(VALUES_AT - name.length()) + value + "\n";
    }

    private static String both(int digits, double read, double write) {
        return decimals(digits, read) + " to read, " + decimals(digits, write) + " to write";
    }

    private static String decimals(int digits, double number) {
        return String.format(Locale.ROOT, "%,." + digits + "f", number);
    }
}
