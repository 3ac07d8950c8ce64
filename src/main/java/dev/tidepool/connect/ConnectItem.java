package dev.tidepool.connect;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an item of connect-dynamodb that make up a session: its text and its deadline. Not for applications: it
 * is what a cache with {@code format=connect} and the session manager hand each other.
 *
 * <p>An item of a session whose id changes has marks beside them for a moment. One with {@code movedTo} has no
 * {@code sess}, so that Express takes it for no session.
 *
 * @param sess the session as JSON; null for one that has moved
 * @param expires the attribute {@code expires}, a number of seconds since the epoch as DynamoDB writes it; null when
 *     the item has none
 * @param movedFrom the id before the change that is being made; null when none is
 * @param movedTo the id that the session has now; null when it is this item's
 */
public record ConnectItem(
        @Nullable String sess,
        @Nullable String expires,
        @Nullable String movedFrom,
        @Nullable String movedTo) {

    /**
     * How long after its deadline a session's item is still read, so that the node which ends it can tell listeners.
     */
    public static final int GRACE_SECONDS = 300;

    /** Later is never; so that milliseconds, and the grace besides, fit into a {@code long}. */
    private static final BigDecimal LAST_SECOND = BigDecimal.valueOf(Long.MAX_VALUE / 1_000 - GRACE_SECONDS - 1);

    /** What encoded items begin with; no other form of a session does. */
    private static final byte FORM = 'c';

    private static final char SEPARATOR = '\n';
    private static final int PARTS = 5;

    /**
     * Returns when the session ends. Node writes fractions of seconds, too.
     *
     * @return milliseconds since the epoch, rounded up; {@link Long#MAX_VALUE} for never
     * @throws NumberFormatException when {@code expires} is no number
     */
    public long deadline() {
        return expires == null
                ? Long.MAX_VALUE
                : new BigDecimal(expires)
                        .min(LAST_SECOND)
                        .max(BigDecimal.ZERO)
                        .scaleByPowerOfTen(3)
                        .setScale(0, RoundingMode.CEILING)
                        .longValueExact();
    }

    /**
     * Whether bytes are an encoded item.
     *
     * @param bytes what {@link #encode} returned, or another form of a session
     * @return true for an item
     */
    public static boolean isEncoded(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == FORM;
    }

    /**
     * Returns the parts as one value.
     *
     * @return new bytes; equal ones for equal items
     */
    public byte[] encode() {
        String text =
                (char) FORM + text(expires) + text(movedFrom) + text(movedTo) + SEPARATOR + (sess == null ? "" : sess);
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(@Nullable String part) {
        return SEPARATOR + (part == null ? "" : part);
    }

    /**
     * Reads what {@link #encode} returned.
     *
     * @param bytes an encoded item
     * @return the item
     * @throws CodecException when it is not one
     */
    public static ConnectItem decode(byte[] bytes) {
        String[] parts = new String(bytes, StandardCharsets.UTF_8).split(String.valueOf(SEPARATOR), PARTS);
        if (parts.length < PARTS || !isEncoded(bytes)) {
            throw new CodecException(Reason.CORRUPT, "it is no item of connect-dynamodb");
        }
        return new ConnectItem(part(parts[4]), part(parts[1]), part(parts[2]), part(parts[3]));
    }

    private static @Nullable String part(String text) {
        return text.isEmpty() ? null : text;
    }
}
