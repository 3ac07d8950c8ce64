package dev.tidepool.session;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.ValueFormat;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Tidepool's own format: the numbers of a session, and each attribute as the library's codecs serialize it. Equal
 * entries have equal bytes: names are sorted, and each number has one form.
 */
final class TidepoolFormat implements SessionFormat {
    private static final byte FORMAT = 1;
    private static final int MOVED_FROM = 1;
    private static final int MOVED_TO = 2;

    /** The cache compresses a session as a whole. */
    private static final int NO_COMPRESSION = Integer.MAX_VALUE;

    /** 240 bits. */
    private static final SessionIds IDS = new SessionIds(30, "[A-Za-z0-9_-]{40}");

    private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(30);

    /** Reads attributes of the JDK's value types, whichever codec of the library wrote them. */
    private static final ValueFormat VALUES =
            ValueFormat.of("jdk", TidepoolFormat.class.getClassLoader(), AllowList.of(List.of()), NO_COMPRESSION);

    @Override
    public String name() {
        return "native";
    }

    @Override
    public boolean reads(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == FORMAT;
    }

    @Override
    public SessionIds ids() {
        return IDS;
    }

    /** As undertow-servlet makes sure that some deployment knows the id. */
    @Override
    public boolean adoptsIds() {
        return true;
    }

    @Override
    public Duration defaultTimeout() {
        return DEFAULT_TIMEOUT;
    }

    @Override
    public String keyPrefix(@Nullable String application, String deploymentName, boolean hashIds) {
        String name = application == null ? deploymentName : application;
        return name.isEmpty() ? "" : name + ":";
    }

    @Override
    public SessionContent begin(int timeout, @Nullable FormatFields wanted, long now, IntToLongFunction touchMillis) {
        return SessionContent.begin(timeout, now, touchMillis.applyAsLong(timeout));
    }

    @Override
    public AttributeCodec attributes(AttributeSettings settings, @Nullable ClassLoader deploymentLoader) {
        if (!settings.types().isEmpty()) {
            throw new IllegalArgumentException("Only attributes in a cache with format=connect have types to be"
                    + " declared: leave out attributeType for "
                    + settings.types().keySet());
        }
        return new Attributes(ValueFormat.of(
                settings.codec(), settings.loader(deploymentLoader), settings.allowed(), NO_COMPRESSION));
    }

    @Override
    public @Nullable Object part(String name, Class<?> type, byte[] encoded) {
        return VALUES.read(encoded);
    }

    /** All are. */
    @Override
    public void requireFree(String attributeName) {}

    @Override
    public byte[] encode(SessionEntry entry) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            if (entry instanceof SessionContent session) {
                write(out, session);
            } else if (entry instanceof Signpost signpost) {
                write(out, signpost);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, SessionContent session) throws IOException {
        StoredKey movedFrom = session.movedFrom();
        out.writeByte(movedFrom == null ? 0 : MOVED_FROM);
        writeIdentity(out, session);
        out.writeLong(session.creationTime());
        out.writeLong(session.lastAccessedTime());
        out.writeInt(session.maxInactiveInterval());
        out.writeLong(session.deadline());
        if (movedFrom != null) {
            writeText(out, movedFrom.text());
        }
        out.writeInt(session.attributes().size());
        for (var attribute : session.attributes().entrySet()) {
            writeText(out, attribute.getKey());
            writeBytes(out, attribute.getValue());
        }
    }

    /** In the places of a session, as older versions read it as one. */
    private static void write(DataOutputStream out, Signpost signpost) throws IOException {
        out.writeByte(MOVED_TO);
        writeIdentity(out, signpost);
        out.writeLong(0);
        out.writeLong(0);
        out.writeInt(0);
        out.writeLong(signpost.deadline());
        writeText(out, signpost.movedTo().text());
        out.writeInt(0);
    }

    private static void writeIdentity(DataOutputStream out, SessionEntry entry) throws IOException {
        out.writeLong(entry.incarnation().getMostSignificantBits());
        out.writeLong(entry.incarnation().getLeastSignificantBits());
        out.writeLong(entry.version());
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public SessionEntry decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            int format = in.get();
            if (format != FORMAT) {
                throw corrupt("it is in format " + format + ", which this version does not know");
            }
            SessionEntry entry = read(in);
            if (in.hasRemaining()) {
                throw corrupt("it has " + in.remaining() + " bytes too many");
            }
            return entry;
        } catch (BufferUnderflowException e) {
            throw corrupt("it is truncated");
        }
    }

    private static SessionEntry read(ByteBuffer in) {
        int flags = in.get();
        UUID incarnation = new UUID(in.getLong(), in.getLong());
        long version = in.getLong();
        long creationTime = in.getLong();
        long lastAccessedTime = in.getLong();
        int maxInactiveInterval = in.getInt();
        long deadline = in.getLong();
        StoredKey movedFrom = (flags & MOVED_FROM) == 0 ? null : readKey(in);
        StoredKey movedTo = (flags & MOVED_TO) == 0 ? null : readKey(in);
        SortedMap<String, byte[]> attributes = readAttributes(in);
        return movedTo != null
                ? new Signpost(incarnation, version, deadline, movedTo)
                : new SessionContent(
                        incarnation,
                        version,
                        creationTime,
                        lastAccessedTime,
                        maxInactiveInterval,
                        deadline,
                        movedFrom,
                        attributes,
                        FormatFields.NONE);
    }

    private static SortedMap<String, byte[]> readAttributes(ByteBuffer in) {
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        for (int left = in.getInt(); left > 0; left--) {
            attributes.put(readText(in), readBytes(in));
        }
        return attributes;
    }

    private static StoredKey readKey(ByteBuffer in) {
        return new StoredKey(readText(in));
    }

    private static String readText(ByteBuffer in) {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    /** The length is checked before anything is allocated. */
    private static byte[] readBytes(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw corrupt("it is truncated");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static CodecException corrupt(String what) {
        return new CodecException(Reason.CORRUPT, "the stored session is corrupt: " + what);
    }

    /** Attributes as the library's codecs serialize objects, of the application's classes and its container's. */
    private record Attributes(ValueFormat format) implements AttributeCodec {
        @Override
        public byte[] encode(String name, Object value) {
            return format.write(value);
        }

        @Override
        public Object asRead(String name, Object value, byte[] bytes) {
            return value;
        }

        @Override
        public @Nullable Object decode(String name, byte[] bytes) {
            return format.read(bytes);
        }
    }
}
