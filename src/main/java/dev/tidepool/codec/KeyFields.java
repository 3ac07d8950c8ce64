package dev.tidepool.codec;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.NotActiveException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamConstants;
import java.nio.ByteBuffer;

/**
 * What a class's own {@code readObject} reads from: the fields that are part of a key, and then the end of the stream.
 * A class without a {@code writeObject} cannot have written more.
 */
final class KeyFields extends ObjectInputStream {
    private static final byte[] EMPTY_STREAM = ByteBuffer.allocate(Short.BYTES + Short.BYTES)
            .putShort(ObjectStreamConstants.STREAM_MAGIC)
            .putShort(ObjectStreamConstants.STREAM_VERSION)
            .array();

    private final KeyShape.Setter setter;
    private boolean done;

    /** @param setter sets the fields */
    KeyFields(KeyShape.Setter setter) throws IOException {
        super(new ByteArrayInputStream(EMPTY_STREAM));
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
}
