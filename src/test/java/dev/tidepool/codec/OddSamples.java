package dev.tidepool.codec;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamException;
import java.io.ObjectStreamField;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Classes that take part in their serialization, or make it hard. Equal by what {@link #toString} says. */
@SuppressWarnings({"ArrayRecordComponent", "EqualsGetClass", "HidingField", "serial", "unused"}) // on purpose
final class OddSamples {

    private OddSamples() {}

    /** Equal by class and text. */
    abstract static class Printed {
        @Override
        public boolean equals(@Nullable Object other) {
            return other != null && getClass() == other.getClass() && toString().equals(other.toString());
        }

        @Override
        public int hashCode() {
            return toString().hashCode();
        }
    }

    static final class Primitives extends Printed implements Serializable {
        private final boolean truth = true;
        private final byte octet = -1;
        private final char letter = '\u20AC';
        private final short small = -300;
        private final int number = Integer.MIN_VALUE;
        private final long large = Long.MIN_VALUE;
        private final float real = 1.25f;
        private final double precise = -0.0;
        private final int[][] grid = {{1}, {2, 3}};
        private transient String secret = "initial";
        private transient int count = 9;

        @Override
        public String toString() {
            return "" + truth + octet + letter + small + number + large + real + precise + grid[1][1];
        }

        @Nullable String secret() {
            return secret;
        }

        int count() {
            return count;
        }
    }

    /** Final fields of every type, none of which the compiler knows the value of. */
    static class Finals extends Printed implements Serializable {
        private final boolean truth;
        private final byte octet;
        private final char letter;
        private final short small;
        private final int number;
        private final long large;
        private final float real;
        private final double precise;
        private final Object any;
        private final transient @Nullable Object secret;

        Finals(int number, Object any) {
            this.truth = number > 0;
            this.octet = (byte) number;
            this.letter = (char) number;
            this.small = (short) number;
            this.number = number;
            this.large = number * 10_000_000_000L;
            this.real = number / 2f;
            this.precise = number / 3d;
            this.any = any;
            this.secret = any;
        }

        @Override
        public String toString() {
            return "" + truth + octet + letter + small + number + large + real + precise + any;
        }

        @Nullable Object secret() {
            return secret;
        }
    }

    /** Fields of every type that can be set again. */
    static final class Settable extends Printed implements Serializable {
        private boolean truth;
        private byte octet;
        private char letter;
        private short small;
        private int number;
        private long large;
        private float real;
        private double precise;
        private @Nullable Object any;

        void set(int newNumber, Object newAny) {
            truth = newNumber > 0;
            octet = (byte) newNumber;
            letter = (char) newNumber;
            small = (short) newNumber;
            number = newNumber;
            large = newNumber * 10_000_000_000L;
            real = newNumber / 2f;
            precise = newNumber / -3d;
            any = newAny;
        }

        static Settable of(int number, Object any) {
            Settable made = new Settable();
            made.set(number, any);
            return made;
        }

        @Override
        public String toString() {
            return "" + truth + octet + letter + small + number + large + real + precise + any;
        }
    }

    static class Changing extends Finals {
        private String text = "";

        Changing(int number, Object any) {
            super(number, any);
        }

        void text(String newText) {
            text = newText;
        }

        @Override
        public String toString() {
            return super.toString() + text;
        }
    }

    static final class FinalAgain extends Changing {
        private final Object any;

        FinalAgain(int number, Object any) {
            super(number, "above");
            this.any = any;
            text("changed");
        }

        @Override
        public String toString() {
            return super.toString() + any;
        }
    }

    /** In a set that it holds, by itself and by way of a list that it holds as well. */
    static final class Peer implements Serializable {
        private final List<Object> circle = new ArrayList<>(List.of(this));
        private final String name;
        private final Set<Object> peers = new HashSet<>();

        Peer(String name) {
            this.name = name;
        }

        void add(Object peer) {
            peers.add(peer);
        }

        List<Object> circle() {
            return circle;
        }

        Set<Object> peers() {
            return peers;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Peer that && name.equals(that.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /** Not serializable: its constructor runs when a subclass is read. */
    static class Base extends Printed {
        final List<String> calls = new ArrayList<>(List.of("constructed"));
    }

    static class Middle extends Base implements Serializable {
        String name = "middle";
    }

    static final class Derived extends Middle {
        private final String name = "derived";

        @Override
        public String toString() {
            return super.name + name + calls;
        }
    }

    static final class External extends Printed implements Externalizable {
        private String text = "";

        /** For the stream; private constructors are refused. */
        @SuppressWarnings("WeakerAccess")
        public External() {}

        External(String text) {
            this.text = text;
        }

        @Override
        public void writeExternal(ObjectOutput out) throws IOException {
            out.writeUTF(text);
        }

        @Override
        public void readExternal(ObjectInput in) throws IOException {
            text = in.readUTF();
        }

        @Override
        public String toString() {
            return text;
        }
    }

    static final class Hooked extends Printed implements Serializable {
        private transient String text;
        private final @Nullable Object other;

        Hooked(String text, @Nullable Object other) {
            this.text = text;
            this.other = other;
        }

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            out.writeUTF(text);
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            text = in.readUTF();
        }

        @Nullable Object other() {
            return other;
        }

        @Override
        public String toString() {
            return text + other;
        }
    }

    static final class Only implements Serializable {
        static final Only ONE = new Only();

        @Serial
        private Object readResolve() {
            return ONE;
        }
    }

    static final class Replaced extends Printed implements Serializable {
        private final String text;

        Replaced(String text) {
            this.text = text;
        }

        @Serial
        private Object writeReplace() {
            return new Replacement(text);
        }

        @Serial
        private void readObject(ObjectInputStream in) throws InvalidObjectException {
            throw new InvalidObjectException("a replacement is read instead");
        }

        @Override
        public String toString() {
            return text;
        }
    }

    record Replacement(String text) implements Serializable {
        @Serial
        private Object readResolve() throws ObjectStreamException {
            return new Replaced(text);
        }
    }

    static final class Named extends Printed implements Serializable {
        @Serial
        private static final ObjectStreamField[] serialPersistentFields = {
            new ObjectStreamField("kept", String.class), new ObjectStreamField("absent", int.class)
        };

        private final @Nullable String kept = "kept";
        private final @Nullable String dropped;

        Named(@Nullable String dropped) {
            this.dropped = dropped;
        }

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            ObjectOutputStream.PutField fields = out.putFields();
            fields.put("kept", kept);
            fields.put("absent", 1);
            out.writeFields();
        }

        @Override
        public String toString() {
            return kept + (dropped == null);
        }
    }

    /** A class inside an object, which it refers to. */
    static final class Outer extends Printed implements Serializable {
        private final String name = "outer";

        final class Inner extends Printed implements Serializable {
            private final int number = 3;

            @Override
            public String toString() {
                return name + number;
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static final class ExtendedList extends ArrayList<Object> {
        private final String label = "list";

        String label() {
            return label;
        }
    }

    static final class ExtendedMap extends HashMap<String, Object> {
        private final String label = "map";

        String label() {
            return label;
        }
    }

    static final class Failure extends RuntimeException {
        private final int code;
        private final transient Map<String, String> context = Map.of();

        Failure(int code, Throwable cause) {
            super("failed", cause);
            this.code = code;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Failure that
                    && code == that.code
                    && Objects.equals(getMessage(), that.getMessage());
        }

        @Override
        public int hashCode() {
            return code;
        }
    }

    record Everything(
            boolean truth,
            byte octet,
            char letter,
            short small,
            int number,
            long large,
            float real,
            double precise,
            int[] many,
            @Nullable Object any,
            Collection<String> names)
            implements Serializable {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Everything that && text().equals(that.text());
        }

        @Override
        public int hashCode() {
            return text().hashCode();
        }

        private String text() {
            return "" + truth + octet + letter + small + number + large + real + precise + many.length + any + names;
        }
    }

    record Empty() implements Serializable {}

    record Compact(String name) implements Serializable {
        Compact {
            name = name.toUpperCase(java.util.Locale.ROOT);
        }
    }

    enum ByLength implements Comparator<String> {
        INSTANCE;

        @Override
        public int compare(String left, String right) {
            return Integer.compare(left.length(), right.length());
        }
    }

    static final class Node extends Printed implements Serializable {
        private final @Nullable Node next;

        private Node(@Nullable Node next) {
            this.next = next;
        }

        static Node chain(int length) {
            Node first = new Node(null);
            for (int i = 1; i < length; i++) {
                first = new Node(first);
            }
            return first;
        }

        @Override
        public String toString() {
            int length = 0;
            for (Node node = this; node != null; node = node.next) {
                length++;
            }
            return "chain of " + length;
        }
    }
}
