package dev.tidepool.codec;

import java.io.IOException;
import java.io.NotActiveException;
import java.io.ObjectInputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a class's own {@code readObject} reads from: the fields that are part of a key, and nothing else. A class
 * without a {@code writeObject} cannot have written more.
 */
final class KeyFields extends ObjectInputStream {
    private final KeyShape.Setter setter;
    private boolean done;

    /** @param setter sets the fields */
    KeyFields(KeyShape.Setter setter) throws IOException {
        this.setter = setter;
    }

    @Override
    public void defaultReadObject() throws IOException {
        if (done) {
            throw new NotActiveException("The fields have been read");
        }
        done = true;
        try {
            setter.set();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("Fields made accessible, but are not", e);
        }
    }

    @Override
    public GetField readFields() throws IOException {
        throw new NotActiveException("Fields of a key are read with defaultReadObject only");
    }

    @Override
    protected @Nullable Object readObjectOverride() throws IOException {
        throw new NotActiveException("There is no more in a key than its fields");
    }
}
