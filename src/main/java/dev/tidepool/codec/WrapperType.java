package dev.tidepool.codec;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The JDK's views of one other object, written as a tag and that object. The tags are stored. */
@SuppressWarnings("ImmutableEnumChecker") // lambdas without state
enum WrapperType implements Form {
    UNMODIFIABLE_COLLECTION(96, inside -> Collections.unmodifiableCollection((Collection<?>) inside)),
    UNMODIFIABLE_LIST(97, inside -> Collections.unmodifiableList((List<?>) inside)),
    UNMODIFIABLE_SET(98, inside -> Collections.unmodifiableSet((Set<?>) inside)),
    UNMODIFIABLE_MAP(99, inside -> Collections.unmodifiableMap((Map<?, ?>) inside)),
    SYNCHRONIZED_COLLECTION(100, inside -> Collections.synchronizedCollection((Collection<?>) inside)),
    SYNCHRONIZED_LIST(101, inside -> Collections.synchronizedList((List<?>) inside)),
    SYNCHRONIZED_SET(102, inside -> Collections.synchronizedSet((Set<?>) inside)),
    SYNCHRONIZED_MAP(103, inside -> Collections.synchronizedMap((Map<?, ?>) inside)),
    ARRAY_AS_LIST(104, inside -> Arrays.asList((Object[]) inside));

    private static final Map<String, WrapperType> BY_CLASS = Map.ofEntries(
            Map.entry("java.util.Collections$UnmodifiableCollection", UNMODIFIABLE_COLLECTION),
            Map.entry("java.util.Collections$UnmodifiableList", UNMODIFIABLE_LIST),
            Map.entry("java.util.Collections$UnmodifiableRandomAccessList", UNMODIFIABLE_LIST),
            Map.entry("java.util.Collections$UnmodifiableSet", UNMODIFIABLE_SET),
            Map.entry("java.util.Collections$UnmodifiableMap", UNMODIFIABLE_MAP),
            Map.entry("java.util.Collections$SynchronizedCollection", SYNCHRONIZED_COLLECTION),
            Map.entry("java.util.Collections$SynchronizedList", SYNCHRONIZED_LIST),
            Map.entry("java.util.Collections$SynchronizedRandomAccessList", SYNCHRONIZED_LIST),
            Map.entry("java.util.Collections$SynchronizedSet", SYNCHRONIZED_SET),
            Map.entry("java.util.Collections$SynchronizedMap", SYNCHRONIZED_MAP),
            Map.entry("java.util.Arrays$ArrayList", ARRAY_AS_LIST));

    private static final @Nullable WrapperType[] BY_TAG = new WrapperType[128];

    static {
        for (WrapperType type : values()) {
            BY_TAG[type.tag] = type;
        }
    }

    private final int tag;
    private final UnaryOperator<Object> maker;

    WrapperType(int tag, UnaryOperator<Object> maker) {
        this.tag = tag;
        this.maker = maker;
    }

    int tag() {
        return tag;
    }

    /** Returns the class of the views, that of lists without random access. */
    String className() {
        return BY_CLASS.entrySet().stream()
                .filter(entry -> entry.getValue() == this && !entry.getKey().contains("RandomAccess"))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    Object wrap(Object inside) {
        return maker.apply(inside);
    }

    static @Nullable WrapperType of(Class<?> type) {
        return BY_CLASS.get(type.getName());
    }

    static @Nullable WrapperType withTag(int tag) {
        return tag < 0 || tag >= BY_TAG.length ? null : BY_TAG[tag];
    }
}
