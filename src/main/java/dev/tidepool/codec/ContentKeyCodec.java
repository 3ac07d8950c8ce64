package dev.tidepool.codec;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The key codec that needs no configuration: it names an item by what its key contains.
 *
 * <p>A string is its own text, so that a person finds the item in the console. Everything else is tagged, so that no
 * two keys of different types meet: {@code ~i:1} is the {@code Integer} 1, {@code ~l:1} the {@code Long}, and the
 * string {@code "~i:1"} becomes {@code ~s:~i:1}. Inside a structure a backslash takes the meaning from a parenthesis, a
 * comma, an equals sign and a backslash:
 *
 * <pre>{@code
 * order-4711                                     a String
 * ~uuid:7d444840-9dc0-11d1-b245-5ffdce74fad2     a UUID
 * ~enum:com.acme.Colour(RED)                     an enum constant
 * ~list(a,~i:1,~null)                            a List of "a", 1 and null
 * ~array(a,~i:1)                                 an Object[] of "a" and 1
 * ~ints(~i:1,~i:2)                               an int[]
 * ~record:com.acme.Seat(row=~i:7,letter=~c:F)    a record
 * }</pre>
 *
 * <p>Whatever may be a value is a key if it has equality by content:
 *
 * <ul>
 *   <li>{@code String}, the boxed primitives, {@code BigInteger}, {@code BigDecimal} (1.0 and 1.00 are two keys),
 *       {@code MathContext}, {@code UUID}, {@code Currency}, {@code Locale}, {@code URI} (equal ones have one text),
 *       {@code BitSet}, {@code Optional}, {@code StackTraceElement}, enums, and classes themselves;
 *   <li>the value types of {@code java.time}, those of all its calendars, {@code ValueRange} and {@code WeekFields};
 *   <li>{@code java.util.Date}, {@code java.sql.Date}, {@code Time} and {@code Timestamp}, {@code GregorianCalendar},
 *       {@code SimpleTimeZone}, and the zones of {@code TimeZone.getTimeZone}, by their id;
 *   <li>{@code List}, {@code Set} and {@code Map} of any class, {@code AbstractMap.SimpleEntry} and
 *       {@code SimpleImmutableEntry}, arrays;
 *   <li>records, which need not be {@code Serializable}, and plain {@code Serializable} classes.
 * </ul>
 *
 * <p>Keys of different classes are different keys, whatever {@code equals} says: a {@code Timestamp} and a {@code Date}
 * of one time are two. But lists are compared as {@link java.util.List#equals} does, whatever their class; so are sets
 * and maps.
 *
 * <p>An object's text consists of its fields, so a class whose {@code equals} disregards a field (in lower and upper
 * case, say) needs a {@link KeyCodec} of its own, or that field {@code transient}. A class may have a
 * {@code readObject} that computes its transient fields, as Spring's {@code SimpleKey} has: without a
 * {@code writeObject} its content is its fields. The hash codes that Hibernate's keys keep are left out, as they may
 * differ between JVMs; in a decoded key of Hibernate they are 0.
 *
 * <p>Arrays are written as their elements. As {@link java.util.Arrays#deepEquals} has it, an array of objects is
 * compared without its component type, and an {@code int[]} is no {@code Integer[]}.
 *
 * <p>All else is refused: what compares by identity ({@code StringBuilder}, queues, {@code IdentityHashMap},
 * exceptions) or asks the name server to compare ({@code java.net.URL}), classes that are not {@code Serializable} or
 * have a say in how they are written, other classes of the JDK, inner and local classes, lambdas and proxies, objects
 * that contain themselves or are more than 64 levels deep, and fields declared with a type that the decoded value would
 * not have. Decoding makes {@code ArrayList}, {@code LinkedHashSet}, {@code LinkedHashMap} and, where no field says
 * otherwise, {@code Object[]}; a field declared {@code LinkedList} is refused.
 *
 * <p>The text is the same on every JDK from 17 on. It does not depend on object identity, iteration order or hash
 * codes.
 *
 * <p>Safe for use by many threads. It keeps what it learned about a class for as long as it lives itself.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/17/docs/specs/serialization/serial-arch.html">Java Object
 *     Serialization Specification</a>
 */
public final class ContentKeyCodec implements KeyCodec<Object> {
    private final KeyShapes shapes;
    private final KeyEquality equality;

    /**
     * Makes a codec.
     *
     * @param loader the loader that finds the classes of decoded keys; a key of a class it does not see is refused
     * @param allowed the classes that a key may consist of: every enum, record and {@code Serializable} class is looked
     *     up there, when a key is encoded and before a class is loaded to decode one
     */
    public ContentKeyCodec(ClassLoader loader, AllowList allowed) {
        this(loader, allowed, type -> {});
    }

    /**
     * Makes a codec that tells of classes whose {@code equals} is narrower than their fields: it has met two objects of
     * such a class that are equal and have different texts. It compares the first 256 texts of each class that
     * overrides {@code equals}, of records those that write it themselves, and no text of more than 1,024 characters.
     * The objects compared are copies made of these texts. Where a copy would lack a {@code transient} field that no
     * {@code readObject} sets, the object itself is compared if all its other fields are final and primitive or
     * strings, and else nothing.
     *
     * @param loader see {@link #ContentKeyCodec(ClassLoader, AllowList)}
     * @param allowed likewise
     * @param narrow is given each such class, once, while a key is encoded; may be called by many threads
     */
    public ContentKeyCodec(ClassLoader loader, AllowList allowed, Consumer<Class<?>> narrow) {
        this.equality = new KeyEquality(Objects.requireNonNull(narrow, "narrow"));
        this.shapes = new KeyShapes(loader, allowed, equality);
    }

    /**
     * Returns the text of a key.
     *
     * @param key the key, never null
     * @return its text, never null or empty
     * @throws CodecException with {@link CodecException.Reason#NOT_SERIALIZABLE} when the key, or something in it, is
     *     of a class without a text; with {@link CodecException.Reason#NOT_ALLOWED} when the class is not on the list.
     *     The message names the class and never the key.
     */
    @Override
    public String encode(Object key) {
        return text(Objects.requireNonNull(key, "key"), equality);
    }

    private String text(Object key, @Nullable KeyEquality equality) {
        return key instanceof String text && KeyEscapes.standsAsItIs(text)
                ? text
                : KeyWriter.write(key, shapes, equality);
    }

    /**
     * Returns the key that a text was made of.
     *
     * @param text a text that {@link #encode} returned, perhaps in another process; never null
     * @return a key equal to the one that was encoded, never null; for an array one of the same elements, and for a key
     *     of Hibernate one of the same content, without its hash code
     * @throws CodecException with {@link CodecException.Reason#CORRUPT} when {@code encode} gives no key that text;
     *     with {@link CodecException.Reason#NOT_ALLOWED} when it names a class that is not on the list; with
     *     {@link CodecException.Reason#CLASS_CHANGED} when it names a class that is gone, has other fields now, or has
     *     a {@code readObject} that reads more than its fields. The message never contains the text.
     */
    @Override
    public Object decode(String text) {
        return text.isEmpty() || text.charAt(0) != KeyEscapes.INTRODUCER ? text : decodeTagged(text);
    }

    private Object decodeTagged(String text) {
        Object key = KeyReader.read(text, shapes);
        // Parsers are generous (+1, 01, 1e0), and a class may alter what its constructor is given. A key with another
        // text would name another item than the one it was read from.
        // It is not compared with others: what is transient may be missing in it.
        if (!text(key, null).equals(text)) {
            throw KeyErrors.corrupt("it is not the text that its key has");
        }
        return key;
    }
}
