package dev.tidepool.codec;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamField;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Classes that keys are made of in tests. */
@SuppressWarnings({"serial", "unused", "ClassCanBeStatic"})
final class KeyFixtures {
    static final String NAME = KeyFixtures.class.getName();

    private KeyFixtures() {}

    static AllowList allowed() {
        return AllowList.of(Arrays.stream(KeyFixtures.class.getDeclaredClasses())
                .filter(type -> type != Unlisted.class && type != UnlistedEnum.class && type != UnlistedRecord.class)
                .map(Class::getName)
                .toList());
    }

    enum Colour {
        RED,
        GREEN {
            @Override
            boolean isBright() {
                return false;
            }
        };

        boolean isBright() {
            return true;
        }
    }

    enum Shade {
        RED
    }

    record Pair(@Nullable Object first, @Nullable Object second) {}

    record Other(@Nullable Object first, @Nullable Object second) {}

    record Empty() {}

    record Seat(int row, char letter, boolean window, String carriage) implements Serializable {}

    record Primitives(byte b, short s, int i, long l, float f, double d, boolean z, char c) {}

    record Basket(List<String> names, Set<Integer> numbers, Map<String, Long> prices, Collection<Colour> colours) {}

    record Loose(ArrayList<String> list, Iterable<String> each, Serializable any, Comparable<?> ordered) {}

    record Linked(@Nullable LinkedList<String> list) {}

    record Sorted(TreeMap<String, String> map) {}

    record Shouting(String word) {
        @SuppressWarnings("UnusedVariable")
        @Override
        public String word() {
            return word.toUpperCase(java.util.Locale.ROOT);
        }
    }

    record Positive(int number) {
        Positive {
            if (number <= 0) {
                throw new IllegalArgumentException("not positive: " + number);
            }
        }
    }

    record Clamped(int number) {
        Clamped {
            number = Math.min(number, 100);
        }
    }

    record Replaced(String name) implements Serializable {
        private Object writeReplace() {
            return name;
        }
    }

    static class Named implements Serializable {
        private static final String IGNORED = "static";
        protected final String name;
        private final int id;
        private final transient int hash;

        Named(String name, int id) {
            this.name = Objects.requireNonNull(name);
            this.id = id;
            this.hash = name.hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Named that && that.name.equals(name) && that.id == id;
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, id);
        }
    }

    static final class Person extends Named {
        private final @Nullable List<String> aliases;
        private final String id;

        Person(String name, int number, String id, @Nullable List<String> aliases) {
            super(name, number);
            this.id = id;
            this.aliases = aliases;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Person that
                    && super.equals(other)
                    && that.id.equals(id)
                    && Objects.equals(that.aliases, aliases);
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    abstract static class Stateless {
        abstract String greeting();
    }

    static final class Polite extends Stateless implements Serializable {
        final String whom;

        Polite(String whom) {
            this.whom = whom;
        }

        @Override
        String greeting() {
            return "Good evening, " + whom;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Polite that && that.whom.equals(whom);
        }

        @Override
        public int hashCode() {
            return whom.hashCode();
        }
    }

    static final class Amount extends Number {
        private final long cents;

        Amount(long cents) {
            this.cents = cents;
        }

        @Override
        public int intValue() {
            return (int) cents;
        }

        @Override
        public long longValue() {
            return cents;
        }

        @Override
        public float floatValue() {
            return cents;
        }

        @Override
        public double doubleValue() {
            return cents;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Amount that && that.cents == cents;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(cents);
        }
    }

    /** A list of a class of its own, which no text may name. */
    static final class Countdown extends AbstractList<Integer> {
        private final int start;

        Countdown(int start) {
            this.start = start;
        }

        @Override
        public Integer get(int index) {
            return start - index;
        }

        @Override
        public int size() {
            return start;
        }
    }

    static final class Chain implements Serializable {
        @Nullable Object next;
    }

    static final class PlainObject {}

    static final class Unlisted implements Serializable {}

    enum UnlistedEnum {
        ONE
    }

    record UnlistedRecord() {}

    static class Stateful {
        int state;
    }

    static final class Inheriting extends Stateful implements Serializable {}

    static final class Birthday extends Date {}

    static final class Big extends BigInteger {
        Big() {
            super("1");
        }
    }

    static class Writing implements Serializable {
        private void writeObject(ObjectOutputStream out) {}
    }

    /** What a call was given, as caches of methods have it for a key. */
    static class Call implements Serializable {
        private final Object[] arguments;
        private transient int hash;

        Call(Object... arguments) {
            this.arguments = arguments.clone();
            this.hash = Arrays.deepHashCode(this.arguments);
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            hash = Arrays.deepHashCode(arguments);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Call call && Arrays.deepEquals(arguments, call.arguments);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** A call of a method that has a name; both classes have something to say when they are read. */
    static final class NamedCall extends Call {
        private final String name;
        private final String[] tags;
        private transient String upper;

        NamedCall(String name, String[] tags, Object... arguments) {
            super(arguments);
            this.name = name;
            this.tags = tags;
            this.upper = name.toUpperCase(Locale.ROOT);
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            upper = name.toUpperCase(Locale.ROOT);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof NamedCall call
                    && super.equals(call)
                    && upper.equals(call.upper)
                    && Arrays.equals(tags, call.tags);
        }

        @Override
        public int hashCode() {
            return 31 * super.hashCode() + upper.hashCode();
        }
    }

    /** What a class may ask for that no stream of its fields has. */
    @SuppressWarnings("ImmutableEnumChecker") // functions without state
    enum Wish {
        OBJECT(ObjectInputStream::readObject),
        UNSHARED(ObjectInputStream::readUnshared),
        NUMBER(ObjectInputStream::readInt),
        TEXT(ObjectInputStream::readUTF),
        BYTES(in -> in.readFully(new byte[1])),
        FIELDS_BY_NAME(ObjectInputStream::readFields),
        FIELDS_AGAIN(ObjectInputStream::defaultReadObject),
        VALIDATION(in -> in.registerValidation(() -> {}, 0));

        private final Reading reading;

        Wish(Reading reading) {
            this.reading = reading;
        }

        interface Reading {
            void from(ObjectInputStream in) throws IOException, ClassNotFoundException;
        }
    }

    /** Reads more than its fields, which it cannot have written. */
    static final class Greedy implements Serializable {
        private final String name;
        private final Wish wish;

        Greedy(String name, Wish wish) {
            this.name = name;
            this.wish = wish;
        }

        String name() {
            return name;
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            wish.reading.from(in);
        }
    }

    /** Has methods that only look like those of serialization. */
    static class Uncalled implements Serializable {
        private final String name;

        Uncalled(String name) {
            this.name = name;
        }

        private static void readObject(ObjectInputStream in) throws IOException {
            throw new IOException("Called");
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Uncalled uncalled && name.equals(uncalled.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /** Arrays of declared types. */
    @SuppressWarnings("ArrayRecordComponent") // people have them
    record Arrayed(String[] texts, int[] numbers, Comparable<?>[][] ordered, Object any) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Arrayed arrayed
                    && Arrays.equals(texts, arrayed.texts)
                    && Arrays.equals(numbers, arrayed.numbers)
                    && Arrays.deepEquals(ordered, arrayed.ordered)
                    && Arrays.deepEquals(new Object[] {any}, new Object[] {arrayed.any});
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(texts);
        }
    }

    /** An array whose elements come back as another class. */
    @SuppressWarnings("ArrayRecordComponent") // people have them
    record Lists(LinkedList<?>[] lists) {}

    static final class WritingChild extends Writing {
        private void readObject(ObjectInputStream in) {}
    }

    static final class Resolving implements Serializable {
        private Object readResolve() {
            return this;
        }
    }

    static final class Replacing implements Serializable {
        private Object writeReplace() {
            return this;
        }
    }

    static final class NoData implements Serializable {
        private void readObjectNoData() {}
    }

    static final class OwnFields implements Serializable {
        private static final ObjectStreamField[] serialPersistentFields = {};
    }

    static final class External implements Externalizable {
        @Override
        public void writeExternal(ObjectOutput out) {}

        @Override
        public void readExternal(ObjectInput in) {}
    }

    final class Inner implements Serializable {}

    abstract static class Abstract implements Serializable {}

    interface Interface extends Serializable {}

    static final class Initialized implements Serializable {
        static {
            InitializedFlag.SET.set(true);
        }
    }

    static final class InitializedFlag {
        static final AtomicBoolean SET = new AtomicBoolean();
    }

    static Object inner() {
        return new KeyFixtures().new Inner();
    }

    static Object anonymous() {
        return new Serializable() {};
    }

    static Object local(String captured) {
        final class Local implements Serializable {
            String captured() {
                return captured;
            }
        }
        return new Local();
    }

    static Object localRecord(String name) {
        record Local(String name) {}
        return new Local(name);
    }

    static Object lambda(String captured) {
        return (Callable<String> & Serializable) () -> captured;
    }

    static Object nested(int levels) {
        Object innermost = "x";
        for (int i = 0; i < levels; i++) {
            innermost = List.of(innermost);
        }
        return innermost;
    }

    static Object doubled(int levels) {
        Object innermost = "x";
        for (int i = 0; i < levels; i++) {
            innermost = i % 2 == 0 ? List.of(innermost, innermost) : Map.of("a", innermost, "b", innermost);
        }
        return innermost;
    }

    static List<Object> containingItself() {
        List<Object> list = new ArrayList<>();
        list.add("x");
        list.add(list);
        list.add(list);
        return list;
    }

    static Object chained() {
        Chain first = new Chain();
        Chain second = new Chain();
        first.next = second;
        second.next = first;
        return first;
    }

    static String everythingSaid(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Defines one class anew, and notes the classes it is asked for. */
    static final class CopyingLoader extends ClassLoader {
        private final String copied;
        final List<String> asked = new ArrayList<>();

        CopyingLoader(String copied) {
            super(KeyFixtures.class.getClassLoader());
            this.copied = copied;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            asked.add(name);
            return name.equals(copied) ? defined(name) : super.loadClass(name, resolve);
        }

        private Class<?> defined(String name) throws ClassNotFoundException {
            try (@Nullable InputStream in =
                            KeyFixtures.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
