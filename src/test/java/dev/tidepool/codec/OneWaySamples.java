package dev.tidepool.codec;

import java.io.Externalizable;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.NotSerializableException;
import java.io.ObjectInput;
import java.io.ObjectInputStream;
import java.io.ObjectOutput;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/** Classes whose objects Java's own serialization writes, and never reads. */
@SuppressWarnings({"serial", "unused"}) // on purpose
final class OneWaySamples {

    private OneWaySamples() {}

    /** Not serializable, and made with a name only. */
    static class Named {
        final String name;

        Named(String name) {
            this.name = name;
        }
    }

    static final class ChildOfNamed extends Named implements Serializable {
        ChildOfNamed() {
            super("child");
        }
    }

    static final class Unmade implements Externalizable {
        private final String text;

        Unmade(String text) {
            this.text = text;
        }

        @Override
        public void writeExternal(ObjectOutput out) throws IOException {
            out.writeUTF(text);
        }

        @Override
        public void readExternal(ObjectInput in) {
            throw new UnsupportedOperationException();
        }
    }

    static final class Lopsided implements Externalizable {
        /** For the stream. */
        @SuppressWarnings("WeakerAccess")
        public Lopsided() {}

        @Override
        public void writeExternal(ObjectOutput out) throws IOException {
            out.writeInt(1);
        }

        @Override
        public void readExternal(ObjectInput in) throws IOException {
            in.readLong();
        }
    }

    static final class Greedy implements Serializable {
        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            in.readInt();
        }
    }

    static final class WriteOnly implements Serializable {
        @Serial
        private void readObject(ObjectInputStream in) throws NotSerializableException {
            throw new NotSerializableException("token-0123");
        }
    }

    static final class Validated implements Serializable {
        @Serial
        private void readObject(ObjectInputStream in) throws IOException {
            in.registerValidation(
                    () -> {
                        throw new InvalidObjectException("token-0123");
                    },
                    0);
        }
    }

    /** Its names can be taken away, but not left out. */
    record Crew(List<String> names) implements Serializable {
        Crew {
            if (names.isEmpty()) {
                throw new IllegalArgumentException("token-0123");
            }
        }
    }

    static final class Vanishing implements Serializable {
        @Serial
        private @Nullable Object readResolve() {
            return null;
        }
    }

    static final class Turning implements Serializable {
        @Serial
        private Object readResolve() {
            return "another class";
        }
    }

    static final class HolderOfTurning implements Serializable {
        private final Turning turning = new Turning();
    }

    /** Its set is read before its name, and asks for the hash code. */
    static final class Friend implements Serializable {
        private final Set<Friend> friends = new HashSet<>();
        private final String name;

        Friend(String name) {
            this.name = name;
        }

        static Friend ofItself() {
            Friend friend = new Friend("anna");
            friend.friends.add(friend);
            return friend;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Friend that && name.equals(that.name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /** Forgets how it compares. */
    static final class Forgetful implements Comparator<String>, Serializable {
        private final transient @Nullable Comparator<String> order = Comparator.naturalOrder();

        @Override
        public int compare(String left, String right) {
            return Objects.requireNonNull(order).compare(left, right);
        }

        static Set<String> sorted() {
            Set<String> set = new ConcurrentSkipListSet<>(new Forgetful());
            set.addAll(List.of("a", "b"));
            return set;
        }
    }

    /** Refers to an object that was to be the only reference. */
    static final class Unshared implements Serializable {
        private static final List<String> LIST = List.of("x");

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            Object[] once = {1};
            out.writeObject(once);
            out.writeObject(once);
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.readObject();
            in.readUnshared();
        }
    }

    /** Has another object written, which cannot be read. */
    static final class Outer implements Serializable {
        private final Crew crew;

        Outer(Crew crew) {
            this.crew = crew;
        }

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
        }
    }

    /** Counts how often one was read. */
    static final class Counted implements Serializable {
        @SuppressWarnings("NonFinalStaticField") // reading makes new ones
        static int read;

        private final boolean readable;

        Counted(boolean readable) {
            this.readable = readable;
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            read++;
            if (!readable) {
                throw new InvalidObjectException("not readable");
            }
        }
    }

    /** A component that is counted when it is read, of a class without hooks. */
    record Plain(String name) implements Serializable {
        @SuppressWarnings("NonFinalStaticField") // reading makes new ones
        static int made;

        Plain {
            made++;
        }
    }

    static class Parent implements Serializable {
        @Serial
        private Object readResolve() throws InvalidObjectException {
            throw new InvalidObjectException("a parent");
        }
    }

    static final class Child extends Parent {}

    /** Versions of all kinds but the right one. */
    static final class OddVersion implements Serializable {
        private static final int serialVersionUID = 7;
        private final String text = "x";
    }

    static final class InstanceVersion implements Serializable {
        private final long serialVersionUID = 7;
    }
}
