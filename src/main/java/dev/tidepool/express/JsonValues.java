package dev.tidepool.express;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.express.JsonAttributes.UnmappableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.Temporal;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The Java objects that JSON has a value for by themselves, and how they come back: strings, booleans, numbers, the
 * times of {@code java.time} as ISO-8601 strings, and lists and maps of these. The depth of nesting and the length of
 * numbers are bounded, in both directions.
 */
final class JsonValues {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MOST_DIGITS = StreamReadConstraints.DEFAULT_MAX_NUM_LEN;
    private static final String OF_JDK = "java.util.";
    private static final String TIMES = "java.time";

    private JsonValues() {}

    /** Whether an object is a single value, and none of its parts can change. */
    static boolean isScalar(Object value) {
        return !(value instanceof List || value instanceof Map);
    }

    /**
     * Writes an object. Equal objects give equal bytes: maps without an order of their own are sorted.
     *
     * @throws UnmappableException when JSON has no value for it or a part of it
     */
    static byte[] write(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            write(json, value);
        } catch (StreamConstraintsException e) {
            throw new UnmappableException(e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else if (value instanceof Number number) {
            json.writeNumber(text(number));
        } else if (isTime(value)) {
            json.writeString(time(value));
        } else if (value instanceof List<?> list && isOfJdk(value)) {
            json.writeStartArray();
            for (Object element : list) {
                write(json, element);
            }
            json.writeEndArray();
        } else if (value instanceof Map<?, ?> map && isOfJdk(value)) {
            write(json, map);
        } else {
            throw unmappable(value);
        }
    }

    /** A subclass of the application's may have more to it than its elements. */
    private static boolean isOfJdk(Object value) {
        return value.getClass().getName().startsWith(OF_JDK);
    }

    private static UnmappableException unmappable(Object value) {
        return new UnmappableException(value.getClass().getName()
                + " is none of String, Boolean, the usual numbers, java.time, and java.util's lists and maps of these;"
                + " declare the attribute's type by attributeType");
    }

    private static void write(JsonGenerator json, Map<?, ?> map) throws IOException {
        Map<String, Object> entries =
                map instanceof LinkedHashMap || map instanceof SortedMap ? new LinkedHashMap<>() : new TreeMap<>();
        map.forEach((key, value) -> {
            if (!(key instanceof String name)) {
                throw new UnmappableException(
                        "a key of a map in it is no String; declare the attribute's type by" + " attributeType");
            }
            entries.put(name, value);
        });
        json.writeStartObject();
        for (Map.Entry<String, Object> entry : entries.entrySet()) {
            json.writeFieldName(entry.getKey());
            write(json, entry.getValue());
        }
        json.writeEndObject();
    }

    private static String text(Number number) {
        if (number instanceof Double || number instanceof Float) {
            if (!Double.isFinite(number.doubleValue())) {
                throw new UnmappableException("JSON has no number for NaN and infinities");
            }
            return number.toString();
        }
        String text;
        if (number instanceof BigDecimal decimal) {
            text = plain(decimal);
        } else if (number instanceof Integer
                || number instanceof Long
                || number instanceof Short
                || number instanceof Byte
                || number instanceof BigInteger) {
            text = number.toString();
        } else {
            throw unmappable(number);
        }
        if (text.length() > MOST_DIGITS) {
            throw tooLong();
        }
        return text;
    }

    /** A short decimal with a large exponent is a very long one when it is written out. */
    private static String plain(BigDecimal decimal) {
        if (Math.abs((long) decimal.scale()) > MOST_DIGITS) {
            throw tooLong();
        }
        return decimal.toPlainString();
    }

    private static UnmappableException tooLong() {
        return new UnmappableException("a number in it has more than " + MOST_DIGITS + " digits");
    }

    private static boolean isTime(Object value) {
        return (value instanceof Temporal || value instanceof TemporalAmount || value instanceof MonthDay)
                && value.getClass().getPackageName().equals(TIMES);
    }

    /** As ISO-8601 has it, which knows offsets but no names of zones; and with seconds, as JavaScript wants it. */
    private static String time(Object value) {
        if (value instanceof ZonedDateTime time) {
            return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
        }
        return value instanceof OffsetDateTime time
                ? DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time)
                : value.toString();
    }

    /**
     * Reads a value: integers as the smallest of Integer, Long and BigInteger, other numbers as Double if that is
     * exact, else as BigDecimal.
     *
     * @throws CodecException when it is no JSON, nested too deeply or too long a number; the message quotes nothing
     */
    static @Nullable Object read(byte[] bytes) {
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            Object value = value(json);
            if (json.nextToken() != null) {
                throw corrupt("something follows its JSON");
            }
            return value;
        } catch (StreamConstraintsException e) {
            throw corrupt(e.getOriginalMessage());
        } catch (JacksonException e) {
            throw corrupt("it is not JSON, from byte " + e.getLocation().getByteOffset() + " on");
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail", e);
        }
    }

    private static CodecException corrupt(String why) {
        return new CodecException(Reason.CORRUPT, why);
    }

    private static @Nullable Object value(JsonParser json) throws IOException {
        JsonToken token = json.currentToken();
        if (token == null) {
            throw corrupt("its JSON is empty or cut off");
        }
        return switch (token) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getNumberValue();
            case VALUE_NUMBER_FLOAT -> number(json.getText());
            case START_ARRAY -> list(json);
            case START_OBJECT -> map(json);
            default -> throw corrupt("it is not JSON");
        };
    }

    private static List<@Nullable Object> list(JsonParser json) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            list.add(value(json));
        }
        return list;
    }

    private static Map<String, @Nullable Object> map(JsonParser json) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            map.put(name, value(json));
        }
        return map;
    }

    private static Number number(String text) {
        BigDecimal exact;
        try {
            exact = new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw corrupt("a number in it has an exponent beyond all bounds");
        }
        double nearest = exact.doubleValue();
        if (Double.isFinite(nearest)
                && (exact.compareTo(new BigDecimal(Double.toString(nearest))) == 0
                        || exact.compareTo(new BigDecimal(nearest)) == 0)) {
            return text.startsWith("-") && nearest == 0 ? -0.0 : nearest;
        }
        if (Math.abs((long) exact.scale()) > MOST_DIGITS) {
            throw corrupt("a number in it has more than " + MOST_DIGITS + " digits");
        }
        return exact;
    }
}
