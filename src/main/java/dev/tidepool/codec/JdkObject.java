package dev.tidepool.codec;

import dev.tidepool.codec.ValueNode.Part;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectStreamConstants;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a stream of Java's own serialization has of one object. The values and collections of the JDK that sessions are
 * made of are shown as what they mean, all others as they are written.
 *
 * @param name of the class
 * @param version its {@code serialVersionUID}
 * @param fields of all levels of the hierarchy, from the top
 * @param contents the objects that the class wrote by itself
 * @param data the bytes that it wrote by itself
 */
record JdkObject(String name, long version, List<Part> fields, List<ValueNode> contents, ByteArrayOutputStream data) {

    /** Whose objects are written as their elements, after some numbers of no meaning to a person. */
    private static final Set<String> COLLECTIONS = Set.of(
            "java.util.ArrayList",
            "java.util.LinkedList",
            "java.util.ArrayDeque",
            "java.util.HashSet",
            "java.util.LinkedHashSet",
            "java.util.PriorityQueue",
            "java.util.TreeSet",
            "java.util.concurrent.CopyOnWriteArrayList");

    /** Whose objects are written as keys and values, taking turns. */
    private static final Set<String> MAPS = Set.of(
            "java.util.HashMap",
            "java.util.LinkedHashMap",
            "java.util.TreeMap",
            "java.util.Hashtable",
            "java.util.Properties",
            "java.util.EnumMap",
            "java.util.IdentityHashMap",
            "java.util.concurrent.ConcurrentHashMap",
            "java.util.concurrent.ConcurrentSkipListMap");

    /** What {@code java.util.CollSer} writes, by its tag: that of {@code List.of} and so on. */
    private static final Map<Integer, String> IMMUTABLE = Map.of(
            1, "java.util.List",
            2, "java.util.Set",
            3, "java.util.Map",
            4, "java.util.List");

    private static final String OF_IMMUTABLE = "java.util.CollSer";
    private static final String OF_TIME = "java.time.Ser";
    private static final Set<String> BOXES = Stream.of(
                    Boolean.class,
                    Byte.class,
                    Character.class,
                    Short.class,
                    Integer.class,
                    Long.class,
                    Float.class,
                    Double.class)
            .map(Class::getName)
            .collect(Collectors.toSet());

    JdkObject(String name, long version) {
        this(name, version, new ArrayList<>(), new ArrayList<>(), new ByteArrayOutputStream(0));
    }

    /** Returns the class that a reader gets. */
    String type() {
        return isImmutableCollection() ? IMMUTABLE.getOrDefault(intOf("tag") & 0xFF, name) : name;
    }

    private boolean isImmutableCollection() {
        return name.equals(OF_IMMUTABLE);
    }

    /** Returns a scalar of a field, the last of the name, null when there is none. */
    @Nullable Object field(String wanted) {
        Object found = null;
        for (Part part : fields) {
            if (wanted.equals(part.name())) {
                found = part.node().scalar();
            }
        }
        return found;
    }

    /** Returns the node of a value of the JDK; null when this is none, or not as the JDK writes it. */
    @Nullable ValueNode known(ValueNodes nodes, int bytes) {
        try {
            Object value = BOXES.contains(name) ? field("value") : value();
            if (value == null) {
                return null;
            }
            return name.equals(OF_TIME) ? nodes.scalar(value, bytes) : nodes.scalar(name, value, bytes);
        } catch (RuntimeException | IOException | ClassNotFoundException e) {
            return null; // then its fields are shown
        }
    }

    private @Nullable Object value() throws IOException, ClassNotFoundException {
        return switch (name) {
            case "java.math.BigInteger" ->
                new BigInteger(intOf("signum"), (byte[]) Objects.requireNonNull(field("magnitude")));
            case "java.math.BigDecimal" ->
                new BigDecimal(new BigInteger(String.valueOf(field("intVal"))), intOf("scale"));
            case "java.util.UUID" -> new UUID(longOf("mostSigBits"), longOf("leastSigBits"));
            case "java.util.Date", "java.sql.Date", "java.sql.Time" -> Instant.ofEpochMilli(millis());
            case "java.sql.Timestamp" -> Instant.ofEpochSecond(Math.floorDiv(millis(), 1000L), intOf("nanos"));
            case "java.util.Locale" ->
                Stream.of("language", "script", "country", "variant")
                        .map(this::field)
                        .filter(part -> part != null && !part.equals(""))
                        .map(String::valueOf)
                        .collect(Collectors.joining("_"));
            case OF_TIME -> time();
            default -> null;
        };
    }

    private int intOf(String field) {
        return (Integer) Objects.requireNonNull(field(field));
    }

    private long longOf(String field) {
        return (Long) Objects.requireNonNull(field(field));
    }

    private long millis() {
        return ByteBuffer.wrap(data.toByteArray()).getLong();
    }

    /** What these bytes mean is known to the JDK alone: it reads them, and nothing but the values of java.time. */
    private Object time() throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(ObjectStreamConstants.STREAM_MAGIC);
        out.writeShort(ObjectStreamConstants.STREAM_VERSION);
        out.writeByte(ObjectStreamConstants.TC_OBJECT);
        out.writeByte(ObjectStreamConstants.TC_CLASSDESC);
        out.writeUTF(name);
        out.writeLong(version);
        out.writeByte(ObjectStreamConstants.SC_EXTERNALIZABLE | ObjectStreamConstants.SC_BLOCK_DATA);
        out.writeShort(0);
        out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
        out.writeByte(ObjectStreamConstants.TC_NULL);
        out.writeByte(ObjectStreamConstants.TC_BLOCKDATA);
        out.writeByte(data.size());
        data.writeTo(out);
        out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            in.setObjectInputFilter(info -> isOfTime(info.serialClass()) ? Status.ALLOWED : Status.REJECTED);
            return in.readObject();
        }
    }

    private static boolean isOfTime(@Nullable Class<?> type) {
        return type == null || type.getPackage() == Instant.class.getPackage();
    }

    /** Returns what is inside, without what only the JDK's own code needs. */
    List<Part> parts(ValueNodes nodes) {
        boolean isMap = MAPS.contains(name) || "java.util.Map".equals(type());
        boolean isCollection = isMap || isImmutableCollection() || COLLECTIONS.contains(name);
        List<Part> parts = new ArrayList<>();
        for (Part field : fields) {
            if (!isCollection || hasMeaning(field)) {
                parts.add(field);
            }
        }
        if (!isCollection && data.size() > 0) {
            parts.add(Part.field("data", nodes.array(data.toByteArray(), 0, data.size())));
        }
        addContents(parts, isMap);
        return parts;
    }

    /** Whether a collection's field is more than a size: a comparator, say. */
    private static boolean hasMeaning(Part field) {
        return field.node() != ValueNode.NULL
                && ClassNames.primitive(field.node().type()) == null
                && !"segments".equals(field.name());
    }

    private void addContents(List<Part> parts, boolean isMap) {
        int from = name.equals("java.util.TreeSet") ? 1 : 0; // the comparator, which is no field there
        if (from == 1 && !contents.isEmpty() && contents.get(0) != ValueNode.NULL) {
            parts.add(Part.field("comparator", contents.get(0)));
        }
        if (!isMap) {
            contents.stream().skip(from).map(Part::element).forEach(parts::add);
            return;
        }
        for (int i = 0; i + 1 < contents.size(); i += 2) {
            if (contents.get(i) != ValueNode.NULL || !isConcurrent()) {
                parts.add(Part.entry(contents.get(i), contents.get(i + 1)));
            }
        }
    }

    /** Whose maps have no null for a key, and write one after the last. */
    private boolean isConcurrent() {
        return name.startsWith("java.util.concurrent.");
    }
}
