package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's containers that are written as their elements. The tags are stored. Those that can be filled are made
 * before their elements are read, which may refer to them; the others are made of all their elements.
 */
@SuppressWarnings({"ImmutableEnumChecker", "JdkObsolete", "NonApiType"}) // lambdas without state; stored all the same
enum ContainerType implements Form {
    ARRAY_LIST(64, ArrayList.class, true, size -> new ArrayList<>(size)),
    LINKED_LIST(65, LinkedList.class, true, size -> new LinkedList<>()),
    VECTOR(66, Vector.class, true, size -> new Vector<>(size)),
    ARRAY_DEQUE(67, ArrayDeque.class, true, size -> new ArrayDeque<>(size)),
    COPY_ON_WRITE_LIST(68, CopyOnWriteArrayList.class, false, size -> new Object[size]),
    HASH_SET(69, HashSet.class, true, size -> new HashSet<>(capacity(size))),
    LINKED_HASH_SET(70, LinkedHashSet.class, true, size -> new LinkedHashSet<>(capacity(size))),
    TREE_SET(71, TreeSet.class, true, size -> new TreeSet<>()),
    HASH_MAP(72, HashMap.class, true, size -> new HashMap<>(capacity(size))),
    LINKED_HASH_MAP(73, LinkedHashMap.class, true, size -> new LinkedHashMap<>(capacity(size))),
    /** In the order of access. */
    ACCESS_ORDER_MAP(74, null, true, size -> new LinkedHashMap<>(capacity(size), 0.75f, true)),
    TREE_MAP(75, TreeMap.class, true, size -> new TreeMap<>()),
    HASHTABLE(76, Hashtable.class, true, size -> new Hashtable<>(capacity(size))),
    CONCURRENT_HASH_MAP(77, ConcurrentHashMap.class, true, size -> new ConcurrentHashMap<>(capacity(size))),
    LIST_OF(78, List.of(1, 2, 3).getClass(), false, size -> new Object[size]),
    SET_OF(79, Set.of(1, 2, 3).getClass(), false, size -> new Object[size]),
    MAP_OF(80, Map.of(1, 2, 3, 4).getClass(), false, size -> new Object[2 * size]),
    /** Written though it is not serializable: it has no more than its value. */
    OPTIONAL(81, Optional.class, false, size -> new Object[size]),
    /** A part of a list, which is not serializable, is written as a list of its own. */
    SUB_LIST(82, null, true, size -> new ArrayList<>(size)),
    /** What {@code Stream.toList} returns, of the same class as a longer {@code List.of}. */
    STREAM_LIST(83, null, false, size -> new Object[size]);

    private static final Map<Class<?>, ContainerType> BY_CLASS = new HashMap<>();
    private static final @Nullable ContainerType[] BY_TAG = new ContainerType[128];
    private static final Set<String> SUB_LISTS = Set.of(
            "java.util.ArrayList$SubList",
            "java.util.AbstractList$SubList",
            "java.util.AbstractList$RandomAccessSubList",
            "java.util.ImmutableCollections$SubList");

    static {
        for (ContainerType type : values()) {
            BY_TAG[type.tag] = type;
            if (type.type != null) {
                BY_CLASS.put(type.type, type);
            }
        }
        BY_CLASS.put(List.of(1).getClass(), LIST_OF);
        BY_CLASS.put(Set.of(1).getClass(), SET_OF);
        BY_CLASS.put(Map.of(1, 2).getClass(), MAP_OF);
    }

    private final int tag;
    private final @Nullable Class<?> type;
    private final boolean fillable;
    private final Maker maker;

    ContainerType(int tag, @Nullable Class<?> type, boolean fillable, Maker maker) {
        this.tag = tag;
        this.type = type;
        this.fillable = fillable;
        this.maker = maker;
    }

    /** Makes an empty container, or the array of the elements of one that cannot be filled. */
    private interface Maker {
        Object make(int size);
    }

    int tag() {
        return tag;
    }

    /** Returns the class that a reader finds, or the interface of one that the JDK keeps to itself. */
    String className() {
        return switch (this) {
            case ACCESS_ORDER_MAP -> "java.util.LinkedHashMap";
            case SUB_LIST -> "java.util.ArrayList";
            case LIST_OF, STREAM_LIST -> "java.util.List";
            case SET_OF -> "java.util.Set";
            case MAP_OF -> "java.util.Map";
            default -> requireNonNull(type).getName();
        };
    }

    /** Returns whether the container exists before its elements do. */
    boolean isFillable() {
        return fillable;
    }

    boolean isMap() {
        return this == HASH_MAP
                || this == LINKED_HASH_MAP
                || this == ACCESS_ORDER_MAP
                || this == TREE_MAP
                || this == HASHTABLE
                || this == CONCURRENT_HASH_MAP
                || this == MAP_OF;
    }

    /** Returns whether it computes the hash codes of its elements or keys, or compares them. */
    boolean isLookedUp() {
        return isMap() || this == HASH_SET || this == LINKED_HASH_SET || this == TREE_SET || this == SET_OF;
    }

    boolean isSorted() {
        return this == TREE_MAP || this == TREE_SET;
    }

    /** Returns an empty container, or the array of the elements of one that cannot be filled. */
    Object make(int size) {
        return maker.make(size);
    }

    Object makeSorted(@Nullable Comparator<Object> comparator) {
        return this == TREE_MAP ? new TreeMap<>(comparator) : new TreeSet<>(comparator);
    }

    /** Returns the container that cannot be filled; a map's keys and values take turns. */
    Object of(@Nullable Object[] elements) {
        return switch (this) {
            case LIST_OF -> listOf(elements);
            case STREAM_LIST -> Arrays.stream(elements).toList();
            case SET_OF -> Set.of(elements);
            case MAP_OF -> mapOf(elements);
            case OPTIONAL -> elements.length == 0 ? Optional.empty() : Optional.of(required(elements[0]));
            case COPY_ON_WRITE_LIST -> new CopyOnWriteArrayList<>(elements);
            default -> throw new IllegalStateException(name());
        };
    }

    /** Returns the comparator, null when the elements have an order of their own. */
    static @Nullable Object comparatorOf(Object container) {
        return container instanceof SortedMap<?, ?> map ? map.comparator() : ((SortedSet<?>) container).comparator();
    }

    /** Returns the elements of a container that is not a map. */
    static Collection<?> elementsOf(Object container) {
        if (container instanceof Optional<?> optional) {
            return optional.isPresent() ? List.of(optional.get()) : List.of();
        }
        return (Collection<?>) container;
    }

    /** Returns the type that exactly this class is, null when it is none. */
    static @Nullable ContainerType of(Class<?> type) {
        return SUB_LISTS.contains(type.getName()) ? SUB_LIST : BY_CLASS.get(type);
    }

    static @Nullable ContainerType withTag(int tag) {
        return tag < 0 || tag >= BY_TAG.length ? null : BY_TAG[tag];
    }

    /** Returns the type of this very container, whose class may stand for two. */
    ContainerType of(Object container) {
        if (this == LINKED_HASH_MAP && isInAccessOrder((LinkedHashMap<?, ?>) container)) {
            return ACCESS_ORDER_MAP;
        }
        boolean isShort = this == LIST_OF && ((List<?>) container).size() <= 2;
        return isShort && container.getClass() == LIST_OF.type && !((List<?>) container).isEmpty() ? STREAM_LIST : this;
    }

    /** A map does not tell, but a copy of it has the same order, and can be looked at without changing the map. */
    private static boolean isInAccessOrder(LinkedHashMap<?, ?> map) {
        @SuppressWarnings("unchecked") // for a look only
        LinkedHashMap<Object, Object> copy = (LinkedHashMap<Object, Object>) map.clone();
        if (copy.size() < 2) {
            copy.put(new Object(), "");
            copy.put(new Object(), "");
        }
        Object first = copy.keySet().iterator().next();
        copy.get(first);
        return copy.keySet().iterator().next() != first;
    }

    private static int capacity(int size) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(16, size * 4L / 3 + 1));
    }

    /** A list of {@code Stream.toList} may hold null. */
    private static List<?> listOf(@Nullable Object[] elements) {
        return Arrays.asList(elements).contains(null) ? Arrays.stream(elements).toList() : List.of(elements);
    }

    private static Map<?, ?> mapOf(@Nullable Object[] elements) {
        Map.Entry<?, ?>[] entries = new Map.Entry<?, ?>[elements.length / 2];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = Map.entry(required(elements[2 * i]), required(elements[2 * i + 1]));
        }
        return Map.ofEntries(entries);
    }

    private static Object required(@Nullable Object element) {
        if (element == null) {
            throw Frame.corrupt("an element is missing");
        }
        return element;
    }
}
