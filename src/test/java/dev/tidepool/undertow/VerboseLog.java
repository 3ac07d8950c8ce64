package dev.tidepool.undertow;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that the library logs while it is open, at every level. */
public final class VerboseLog implements AutoCloseable {
    private static final String LIBRARY = "dev.tidepool";

    /** Read when a logger is made; those that are there already have a field. */
    private static final String LEVEL = "org.slf4j.simpleLogger.log." + LIBRARY;

    private static final int TRACE = 0;

    private final PrintStream before = System.err;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<Logger, Object> levels = new HashMap<>();

    public VerboseLog() throws ReflectiveOperationException {
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        System.setProperty(LEVEL, "trace");
        for (Logger logger : loggers().values()) {
            if (logger.getName().startsWith(LIBRARY)) {
                levels.put(logger, level(logger).get(logger));
                level(logger).set(logger, TRACE);
            }
        }
    }

    @SuppressWarnings("unchecked") // as the field is declared
    private static Map<String, Logger> loggers() throws ReflectiveOperationException {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        Field loggers = factory.getClass().getDeclaredField("loggerMap");
        loggers.setAccessible(true);
        return (Map<String, Logger>) loggers.get(factory);
    }

    private static Field level(Logger logger) throws ReflectiveOperationException {
        Field level = logger.getClass().getDeclaredField("currentLogLevel");
        level.setAccessible(true);
        return level;
    }

    public String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws ReflectiveOperationException {
        System.setErr(before);
        System.clearProperty(LEVEL);
        for (Map.Entry<Logger, Object> entry : levels.entrySet()) {
            level(entry.getKey()).set(entry.getKey(), entry.getValue());
        }
    }
}
