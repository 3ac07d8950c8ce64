package dev.tidepool.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SimpleTimeZone;
import java.util.TimeZone;
import java.util.regex.Pattern;

/**
 * Time zones in keys. One with a name is told by the name, as its rules are those of the runtime; a
 * {@code SimpleTimeZone} is told by its rules, which only its {@code toString} gives away.
 */
final class KeyTimeZones {
    private static final Pattern FIELD = Pattern.compile("(\\w+)=(-?\\d+)");

    /** Modes of a rule's day; the other one is a day of the week on a day of the month or after it. */
    private static final int DAY_OF_MONTH = 1;

    private static final int DAY_OF_WEEK_IN_MONTH = 2;
    private static final int DAY_OF_WEEK_BEFORE = 4;

    private KeyTimeZones() {}

    static String nameOf(TimeZone zone) {
        String name = zone.getID();
        if (!TimeZone.getTimeZone(name).equals(zone)) {
            throw KeyErrors.refused(TimeZone.class, "this one is not the zone that its id names");
        }
        return name;
    }

    /** Returns the id, the offset and, with daylight saving time, the rules as the constructor takes them. */
    static List<?> partsOf(SimpleTimeZone zone) {
        List<Object> parts = new ArrayList<>(List.of(zone.getID(), zone.getRawOffset()));
        if (zone.useDaylightTime()) {
            Map<String, Integer> fields = fieldsOf(zone);
            rule(fields, "start", parts);
            rule(fields, "end", parts);
            parts.add(zone.getDSTSavings());
            parts.add(fields.getOrDefault("startYear", 0));
        }
        if (!simple(parts).equals(zone)) {
            throw KeyErrors.refused(SimpleTimeZone.class, "this one has rules that no constructor takes");
        }
        return parts;
    }

    static Object simple(List<?> parts) {
        String id = (String) parts.get(0);
        int offset = (int) parts.get(1);
        if (parts.size() == 2) {
            return new SimpleTimeZone(offset, id);
        }
        int[] rules = parts.stream().skip(2).mapToInt(part -> (int) part).toArray();
        SimpleTimeZone zone = new SimpleTimeZone(
                offset, id, rules[0], rules[1], rules[2], rules[3], rules[4], rules[5], rules[6], rules[7], rules[8],
                rules[9], rules[10]);
        zone.setStartYear(rules[11]);
        return zone;
    }

    private static Map<String, Integer> fieldsOf(SimpleTimeZone zone) {
        Map<String, Integer> fields = new HashMap<>();
        // The id may look like a field, and comes before them: the last one counts.
        FIELD.matcher(zone.toString())
                .results()
                .forEach(field -> fields.put(field.group(1), Integer.valueOf(field.group(2))));
        return fields;
    }

    /** The constructor takes the mode of the day as the signs of the day and the day of the week. */
    private static void rule(Map<String, Integer> fields, String which, List<Object> parts) {
        int mode = fields.getOrDefault(which + "Mode", 0);
        int day = fields.getOrDefault(which + "Day", 0);
        int dayOfWeek = fields.getOrDefault(which + "DayOfWeek", 0);
        parts.add(fields.getOrDefault(which + "Month", 0));
        parts.add(mode == DAY_OF_WEEK_BEFORE ? -day : day);
        parts.add(mode == DAY_OF_MONTH ? 0 : mode == DAY_OF_WEEK_IN_MONTH ? dayOfWeek : -dayOfWeek);
        parts.add(fields.getOrDefault(which + "Time", 0));
        parts.add(fields.getOrDefault(which + "TimeMode", 0));
    }
}
