package dev.tidepool.session;

import dev.tidepool.codec.Codec;

/** Keeps the bytes of a session as they are: its attributes have been encoded, each on its own. */
final class StoredSessionCodec implements Codec {
    private static final int ID = 3;

    @Override
    public int id() {
        return ID;
    }

    @Override
    public String name() {
        return "session";
    }

    @Override
    public byte[] encode(Object value) {
        return ((StoredSession) value).encode();
    }

    @Override
    public Object decode(byte[] payload) {
        return StoredSession.decode(payload);
    }
}
