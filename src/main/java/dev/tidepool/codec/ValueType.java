package dev.tidepool.codec;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values of the JDK that refer to no other object, and how each is written. The tags are stored. */
@SuppressWarnings({"ImmutableEnumChecker", "JavaUtilDate"}) // lambdas without state; stored all the same
enum ValueType implements Form {
    BYTE(32, Byte.class, (out, value) -> out.writeFByte(value), FstInput::readFByte),
    SHORT(33, Short.class, FstOutput::writeFShort, FstInput::readFShort),
    CHARACTER(34, Character.class, FstOutput::writeFChar, FstInput::readFChar),
    FLOAT(35, Float.class, FstOutput::writeFFloat, FstInput::readFFloat),
    DOUBLE(36, Double.class, FstOutput::writeFDouble, FstInput::readFDouble),
    BIG_INTEGER(
            37,
            BigInteger.class,
            (out, value) -> out.writeBytes(value.toByteArray()),
            in -> new BigInteger(in.readBytes())),
    BIG_DECIMAL(38, BigDecimal.class, ValueType::writeDecimal, ValueType::readDecimal),
    UNIQUE_ID(
            39,
            UUID.class,
            (out, value) -> {
                writeWhole(out, value.getMostSignificantBits());
                writeWhole(out, value.getLeastSignificantBits());
            },
            in -> new UUID(readWhole(in), readWhole(in))),
    LOCALE(
            40,
            Locale.class,
            (out, value) -> {
                out.writeStringUTF(value.getLanguage());
                out.writeStringUTF(value.getCountry());
            },
            in -> new Locale(in.readStringUTF(), in.readStringUTF())),
    DATE(41, Date.class, (out, value) -> out.writeFLong(value.getTime()), in -> new Date(in.readFLong())),
    INSTANT(42, Instant.class, ValueType::writeInstant, ValueType::readInstant),
    DURATION(
            43,
            Duration.class,
            (out, value) -> {
                out.writeFLong(value.getSeconds());
                out.writeFInt(value.getNano());
            },
            in -> Duration.ofSeconds(in.readFLong(), in.readFInt())),
    PERIOD(
            44,
            Period.class,
            (out, value) -> {
                out.writeFInt(value.getYears());
                out.writeFInt(value.getMonths());
                out.writeFInt(value.getDays());
            },
            in -> Period.of(in.readFInt(), in.readFInt(), in.readFInt())),
    LOCAL_DATE(45, LocalDate.class, ValueType::writeLocalDate, ValueType::readLocalDate),
    LOCAL_TIME(46, LocalTime.class, ValueType::writeLocalTime, ValueType::readLocalTime),
    LOCAL_DATE_TIME(47, LocalDateTime.class, ValueType::writeLocalDateTime, ValueType::readLocalDateTime),
    ZONE_OFFSET(48, ZoneOffset.class, ValueType::writeOffset, ValueType::readOffset),
    OFFSET_DATE_TIME(
            49,
            OffsetDateTime.class,
            (out, value) -> {
                writeLocalDateTime(out, value.toLocalDateTime());
                writeOffset(out, value.getOffset());
            },
            in -> OffsetDateTime.of(readLocalDateTime(in), readOffset(in))),
    ZONED_DATE_TIME(50, ZonedDateTime.class, ValueType::writeZoned, ValueType::readZoned);

    private static final Map<Class<?>, ValueType> BY_CLASS = new HashMap<>();
    private static final @Nullable ValueType[] BY_TAG = new ValueType[128];

    static {
        for (ValueType type : values()) {
            BY_CLASS.put(type.type, type);
            BY_TAG[type.tag] = type;
        }
    }

    private final int tag;
    private final Class<?> type;
    private final Writer<Object> writer;
    private final Reader<?> reader;

    <T> ValueType(int tag, Class<T> type, Writer<T> writer, Reader<T> reader) {
        this.tag = tag;
        this.type = type;
        this.writer = (out, value) -> writer.write(out, type.cast(value));
        this.reader = reader;
    }

    /** Writes the content of a value. */
    private interface Writer<T> {
        void write(FstOutput out, T value) throws IOException;
    }

    /** Makes a value of the content. */
    private interface Reader<T> {
        T read(FstInput in) throws IOException;
    }

    int tag() {
        return tag;
    }

    /** Returns whether it makes no difference if two references are to one object or to two equal ones. */
    boolean isImmutable() {
        return this != DATE;
    }

    /** Returns whether this value can be written so; a locale with more than a language and a country cannot. */
    boolean suits(Object value) {
        return !(value instanceof Locale locale)
                || (locale.getVariant().isEmpty() && locale.getScript().isEmpty() && !locale.hasExtensions());
    }

    void write(FstOutput out, Object value) throws IOException {
        writer.write(out, value);
    }

    Object read(FstInput in) throws IOException {
        return reader.read(in);
    }

    /** Returns the type that exactly this class is, null when it is none. */
    static @Nullable ValueType of(Class<?> type) {
        return BY_CLASS.get(type);
    }

    static @Nullable ValueType withTag(int tag) {
        return tag < 0 || tag >= BY_TAG.length ? null : BY_TAG[tag];
    }

    private static void writeDecimal(FstOutput out, BigDecimal value) throws IOException {
        out.writeFInt(value.scale());
        out.writeBytes(value.unscaledValue().toByteArray());
    }

    private static BigDecimal readDecimal(FstInput in) throws IOException {
        int scale = in.readFInt();
        return new BigDecimal(new BigInteger(in.readBytes()), scale);
    }

    private static void writeWhole(FstOutput out, long value) throws IOException {
        out.writeFixed((int) value);
        out.writeFixed((int) (value >>> Integer.SIZE));
    }

    private static long readWhole(FstInput in) throws IOException {
        return Integer.toUnsignedLong(in.readPlainInt()) | ((long) in.readPlainInt() << Integer.SIZE);
    }

    private static void writeInstant(FstOutput out, Instant value) throws IOException {
        out.writeFLong(value.getEpochSecond());
        out.writeFInt(value.getNano());
    }

    private static Instant readInstant(FstInput in) throws IOException {
        return Instant.ofEpochSecond(in.readFLong(), in.readFInt());
    }

    private static void writeLocalDate(FstOutput out, LocalDate value) throws IOException {
        out.writeFLong(value.toEpochDay());
    }

    private static LocalDate readLocalDate(FstInput in) throws IOException {
        return LocalDate.ofEpochDay(in.readFLong());
    }

    private static void writeLocalTime(FstOutput out, LocalTime value) throws IOException {
        out.writeFLong(value.toNanoOfDay());
    }

    private static LocalTime readLocalTime(FstInput in) throws IOException {
        return LocalTime.ofNanoOfDay(in.readFLong());
    }

    private static void writeLocalDateTime(FstOutput out, LocalDateTime value) throws IOException {
        writeLocalDate(out, value.toLocalDate());
        writeLocalTime(out, value.toLocalTime());
    }

    private static LocalDateTime readLocalDateTime(FstInput in) throws IOException {
        return LocalDateTime.of(readLocalDate(in), readLocalTime(in));
    }

    private static void writeOffset(FstOutput out, ZoneOffset value) throws IOException {
        out.writeFInt(value.getTotalSeconds());
    }

    private static ZoneOffset readOffset(FstInput in) throws IOException {
        return ZoneOffset.ofTotalSeconds(in.readFInt());
    }

    private static void writeZoned(FstOutput out, ZonedDateTime value) throws IOException {
        writeLocalDateTime(out, value.toLocalDateTime());
        writeOffset(out, value.getOffset());
        out.writeStringUTF(value.getZone().getId());
    }

    /** An hour that the change of the clock repeats, or leaves out, is told by the offset. */
    private static ZonedDateTime readZoned(FstInput in) throws IOException {
        LocalDateTime local = readLocalDateTime(in);
        ZoneOffset offset = readOffset(in);
        return ZonedDateTime.ofInstant(local, offset, ZoneId.of(in.readStringUTF()));
    }
}
