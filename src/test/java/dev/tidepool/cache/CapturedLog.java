package dev.tidepool.cache;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is logged while it is open. The logger of the tests writes to the standard error stream, in the thread that
 * logs, so that what was logged by a call is there when the call returns.
 */
public final class CapturedLog implements AutoCloseable {
    private final PrintStream before = System.err;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public CapturedLog() {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    /** Returns the warnings that say something of a table. */
    public List<String> warningsOf(String table) {
        return warningsWith("'" + table + "'");
    }

    /** Returns the warnings in which a text stands. */
    public List<String> warningsWith(String text) {
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("WARN") && line.contains(text))
                .toList();
    }

    @Override
    public void close() {
        System.setErr(before);
    }
}
