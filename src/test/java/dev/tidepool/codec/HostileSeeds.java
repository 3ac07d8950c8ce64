package dev.tidepool.codec;

import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.User;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.SimpleTimeZone;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** Values whose bytes are damaged on purpose. */
@SuppressWarnings({"IdentityHashMapUsage", "JavaUtilDate", "JdkObsolete", "UnnecessaryStringBuilder"
}) // stored all the same
final class HostileSeeds {

    private HostileSeeds() {}

    static List<Object> all() {
        return SEEDS;
    }

    /** A hundred frames are damaged as two are, and make a hundred times as many bytes to damage. */
    private static Throwable withShortTrace(Throwable exception) {
        exception.setStackTrace(Arrays.copyOf(exception.getStackTrace(), 2));
        return exception;
    }

    private static final List<Object> SEEDS = List.of(
            "text",
            new byte[100],
            new long[] {1, 2, 3},
            new Object[] {1, "x", null},
            new String[][] {{"a"}, {"b", "c"}},
            new User("anna", 7, List.of(1, 2, 3)),
            new Holder(new Holder(Samples.Color.GREEN)),
            new ArrayList<>(List.of(1, 2, 3)),
            new ArrayDeque<>(List.of(1, 2, 3)),
            new PriorityQueue<>(List.of(1, 2, 3)),
            new HashMap<>(Map.of("a", 1, "b", 2)),
            new LinkedHashMap<>(Map.of("a", 1, "b", 2)),
            new HashSet<>(List.of(1, 2, 3)),
            new IdentityHashMap<>(Map.of("a", 1)),
            new Hashtable<>(Map.of("a", 1)),
            new TreeMap<>(Map.of("a", 1)),
            new EnumMap<>(Map.of(Samples.Color.RED, 1)),
            EnumSet.of(Samples.Color.RED),
            BitSet.valueOf(new long[] {5, 6}),
            new ConcurrentHashMap<>(Map.of("a", 1)),
            new CopyOnWriteArrayList<>(List.of(1, 2)),
            new LinkedBlockingQueue<>(List.of(1, 2)),
            List.of(1, 2, 3),
            Map.of(1, 2, 3, 4),
            Collections.nCopies(3, "x"),
            Collections.unmodifiableMap(new Properties()),
            new java.math.BigDecimal("1234567890123456789012.5"),
            java.time.ZonedDateTime.of(2026, 1, 1, 0, 0, 0, 0, java.time.ZoneId.of("Europe/Berlin")),
            java.util.Calendar.getInstance(Locale.GERMANY),
            new SimpleTimeZone(3_600_000, "X"),
            new StringBuilder("abc"),
            withShortTrace(new IllegalStateException("x", withShortTrace(new RuntimeException("y")))),
            Samples.proxy(new Samples.Handler(), Samples.Face.class),
            new OddSamples.Hooked("x", new Holder(1)),
            OddSamples.Node.chain(9));
}
