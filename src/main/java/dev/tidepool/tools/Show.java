package dev.tidepool.tools;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.cache.TableItems;
import dev.tidepool.cache.TableItems.Item;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.ValueOutline;
import dev.tidepool.tools.ItemSearch.NotFound;
import dev.tidepool.tools.ReportWriter.ItemLine;
import dev.tidepool.tools.ShownKeys.Kind;
import java.io.PrintStream;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.cache.CacheException;

/**
 * Shows what stands in an item, to a person who looks after a table: what is in this session, how long it lives, and
 * why it is so large. Run it from a command line; {@code --help} has the options.
 *
 * <pre>{@code
 * java -cp ... dev.tidepool.tools.Show --table sessions --id <cookie>
 * }</pre>
 *
 * <p>It only reads, needs the permission {@code dynamodb:GetItem} (and {@code dynamodb:Scan} where it has to look for
 * something), and loads no class of the application's. Values are printed only with {@code --values}.
 */
public final class Show {
    private static final int FAILED = 1;
    private static final int WRONG_USE = 2;
    private static final long STACK_BYTES = 64 << 20;

    private final ShowOptions options;
    private final ReportWriter writer;
    private final TableItems items;
    private final long now;

    private Show(ShowOptions options, ReportWriter writer, TableItems items, long now) {
        this.options = options;
        this.writer = writer;
        this.items = items;
        this.now = now;
    }

    /**
     * Runs the command, and ends the JVM with 0, with 1 when there is nothing to show, or with 2 for a mistake in the
     * arguments.
     *
     * @param arguments as {@code --help} says
     */
    public static void main(String[] arguments) {
        // Without a logger on the class path, that is nothing to tell a person who looks at an item.
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        int code = run(List.of(arguments), System.out, System.err, Clock.systemUTC());
        System.out.flush();
        System.exit(code);
    }

    /**
     * Runs the command.
     *
     * @return the exit code
     */
    static int run(List<String> arguments, PrintStream out, PrintStream err, InstantSource clock) {
        try {
            ShowOptions options = ShowOptions.parse(arguments);
            if (options.has(ShowOptions.HELP)) {
                out.print(ShowOptions.USAGE);
                return 0;
            }
            return run(options, options.settings(clock), out, err, clock);
        } catch (IllegalArgumentException e) {
            err.println("show: " + line(e) + " (--help has the options)");
            return WRONG_USE;
        }
    }

    /** Values may be nested deeper than an ordinary thread can follow. */
    private static int run(
            ShowOptions options, Settings settings, PrintStream out, PrintStream err, InstantSource clock) {
        FutureTask<String> shown = new FutureTask<>(() -> show(options, settings, out, clock));
        new Thread(null, shown, "show", STACK_BYTES).start();
        String problem = problem(shown);
        if (problem.isEmpty()) {
            return 0;
        }
        err.println("show: " + problem);
        return FAILED;
    }

    private static String show(ShowOptions options, Settings settings, PrintStream out, InstantSource clock) {
        ReportWriter writer = options.has(ShowOptions.JSON) ? new JsonWriter(out) : new TextWriter(out);
        try (TableItems items = new TableItems(settings)) {
            return new Show(options, writer, items, clock.millis()).show(settings);
        } catch (CacheException | CodecException | IllegalArgumentException | NotFound e) {
            return line(e);
        }
    }

    /** Returns what is to be told of what ran; nothing when all went well. */
    private static String problem(FutureTask<String> shown) {
        try {
            return shown.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (ExecutionException e) {
            return "unexpected " + String.valueOf(e.getCause()).split(":", 2)[0];
        }
    }

    /** Returns a message on one line. */
    private static String line(RuntimeException failure) {
        String message = CommandLine.line(failure);
        String hint = message.contains("failed: ValidationException")
                ? "; is the table's hash key another one (--key-attribute)?"
                : "";
        return message + hint;
    }

    /** Returns what is to be told besides what was written; nothing when all went well. */
    private String show(Settings settings) {
        boolean withValues = options.has(ShowOptions.VALUES);
        String prefix = Objects.requireNonNullElse(options.prefix(settings), "");
        ShownKeys keys = new ShownKeys(withValues, settings.get(Option.SECRET_KEYS), prefix);
        if (options.has(ShowOptions.ALL)) {
            items.scan(prefix, item -> writer.writeLine(line(item, keys)));
            writer.endLines();
            return "";
        }
        ItemSearch search = new ItemSearch(items, options, settings);
        ItemReport report = ItemReport.of(search.find(), items.table(), keys, now);
        if (search.isUnverified()) {
            report.addUnverifiedCookie();
        }
        writer.write(report, withValues);
        return report.damaged() == 0
                ? ""
                : report.damaged() + " of the session's " + report.attributes().size() + " attributes cannot be read";
    }

    private ItemLine line(Item item, ShownKeys keys) {
        String key = keys.of(item.id(), Kind.of(item, false));
        if (item.isForeign()) {
            return new ItemLine(key, "foreign", "", "", item.bytes(), null);
        }
        try {
            return sound(item, keys);
        } catch (CacheException | CodecException e) {
            return new ItemLine(key, "damaged", "", "", item.bytes(), line(e));
        }
    }

    private ItemLine sound(Item item, ShownKeys keys) {
        byte[] value = item.value();
        String codec = item.isOfConnect() ? "json" : ValueOutline.read(value).codec();
        return new ItemLine(
                keys.of(item.id(), Kind.of(item, codec.equals(ItemReport.SESSION))),
                codec,
                Times.instant(item.deadline()),
                Times.relative(item.deadline(), now),
                item.bytes(),
                null);
    }
}
