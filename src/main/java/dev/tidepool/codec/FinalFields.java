package dev.tidepool.codec;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** The serialized fields of a class that has final ones: the JDK sets them for us, all at once. */
final class FinalFields {
    private final MethodHandle reader;

    private FinalFields(MethodHandle reader) {
        this.reader = reader;
    }

    /** Returns null for a class whose fields can be set one by one. */
    static @Nullable FinalFields of(Class<?> type) throws ReflectiveOperationException {
        MethodHandle reader = Deserialization.readerOfFinals(type);
        return reader == null ? null : new FinalFields(reader);
    }

    /** Sets the fields in an object to the values, each of which is of its field's type. */
    void set(Object owner, Values values, Source source) {
        source.values = values;
        try {
            reader.invokeExact(owner, (ObjectInputStream) source);
        } catch (Throwable e) {
            throw Deserialization.thrown(e);
        }
    }

    /** The values of the fields of one object. */
    interface Values {
        /** Returns null for the default of the field's type. */
        @Nullable Object of(String field);
    }

    /** Where the JDK finds the values. A stream by name only, and of use for many objects, of one thread. */
    static final class Source extends ObjectInputStream {
        private final GetField fields = new Fields(this);
        private Values values = field -> null;

        private Source() throws IOException {}

        static Source create() {
            try {
                return new Source();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public GetField readFields() {
            return fields;
        }
    }

    private static final class Fields extends ObjectInputStream.GetField {
        private final Source source;

        Fields(Source source) {
            this.source = source;
        }

        @Override
        public ObjectStreamClass getObjectStreamClass() {
            throw new UnsupportedOperationException("No stream, and no description of a class in it");
        }

        @Override
        public boolean defaulted(String name) {
            return source.values.of(name) == null;
        }

        @Override
        public boolean get(String name, boolean absent) {
            return source.values.of(name) instanceof Boolean value ? value : absent;
        }

        @Override
        public byte get(String name, byte absent) {
            return source.values.of(name) instanceof Byte value ? value : absent;
        }

        @Override
        public char get(String name, char absent) {
            return source.values.of(name) instanceof Character value ? value : absent;
        }

        @Override
        public short get(String name, short absent) {
            return source.values.of(name) instanceof Short value ? value : absent;
        }

        @Override
        public int get(String name, int absent) {
            return source.values.of(name) instanceof Integer value ? value : absent;
        }

        @Override
        public long get(String name, long absent) {
            return source.values.of(name) instanceof Long value ? value : absent;
        }

        @Override
        public float get(String name, float absent) {
            return source.values.of(name) instanceof Float value ? value : absent;
        }

        @Override
        public double get(String name, double absent) {
            return source.values.of(name) instanceof Double value ? value : absent;
        }

        @Override
        public @Nullable Object get(String name, @Nullable Object absent) {
            Object value = source.values.of(name);
            return value == null ? absent : value;
        }
    }
}
