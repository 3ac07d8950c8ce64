package dev.tidepool.session;

import dev.tidepool.Option;
import dev.tidepool.codec.CodecException;
import java.time.Duration;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * How sessions stand in a cache: what an entry means, which keys and ids there are, and what attributes are made of. A
 * cache has one format, which its option {@code format} names; bytes of any format are read.
 *
 * <p>Tidepool's own is known here, others are found by {@code ServiceLoader} with the class loader of this interface.
 * Implementations are thread-safe.
 */
public interface SessionFormat {
    /**
     * Names the format.
     *
     * @return the value of {@link Option#FORMAT} that chooses it
     */
    String name();

    /**
     * Whether bytes are in this format, by how they begin.
     *
     * @param bytes an encoded entry
     * @return true when {@link #decode} is to read them
     */
    boolean reads(byte[] bytes);

    /**
     * Reads what {@link #encode} wrote.
     *
     * @param bytes an encoded entry
     * @return a session or a signpost
     * @throws CodecException when it is not that; the message quotes nothing
     */
    SessionEntry decode(byte[] bytes);

    /**
     * Encodes an entry.
     *
     * @param entry a session of this format, or a signpost
     * @return new bytes; equal ones for equal entries
     */
    byte[] encode(SessionEntry entry);

    /**
     * Returns what ids look like.
     *
     * @return what makes and recognises them
     */
    SessionIds ids();

    /**
     * Whether an id that a client brings, and that names no session, may become a new session's.
     *
     * @return false where such an id is never taken over
     */
    boolean adoptsIds();

    /**
     * Returns how long a session lives without an access unless the application says otherwise.
     *
     * @return whole seconds
     */
    Duration defaultTimeout();

    /**
     * Returns what the keys of an application's sessions begin with.
     *
     * @param application what was set; null when nothing was
     * @param deploymentName stands for an application that was not set
     * @param hashIds whether keys are to have the hashes of ids
     * @return the prefix, empty for none
     * @throws IllegalArgumentException when the format has no place for one of these
     */
    String keyPrefix(@Nullable String application, String deploymentName, boolean hashIds);

    /**
     * Returns the content of a session that begins.
     *
     * @param timeout how long it lives without an access, in seconds, unless the fields say otherwise; zero or less for
     *     ever
     * @param wanted what the format is to keep besides; null for its defaults, and ignored by a format that keeps
     *     nothing
     * @param now in milliseconds since the epoch
     * @param touchMillis how long accesses need not be written, in milliseconds, by the timeout in seconds
     * @return the content
     */
    SessionContent begin(int timeout, @Nullable FormatFields wanted, long now, IntToLongFunction touchMillis);

    /**
     * Makes the codec of attributes.
     *
     * @param settings what was configured
     * @param deploymentLoader finds classes unless a loader was set; null for that of the thread
     * @return a codec
     * @throws IllegalArgumentException when a setting does not go with the format
     * @throws IllegalStateException when a library is missing that the settings need
     */
    AttributeCodec attributes(AttributeSettings settings, @Nullable ClassLoader deploymentLoader);

    /**
     * Returns what an attribute is to the item that has it as an attribute of its own, as a special key.
     *
     * @param name the attribute's name
     * @param type the type that is wanted
     * @param encoded the attribute as its codec encoded it
     * @return null for a null
     * @throws CodecException with just the reason when an item cannot have it
     */
    @Nullable Object part(String name, Class<?> type, byte[] encoded);

    /**
     * Makes sure that a session can have an attribute of a name.
     *
     * @param attributeName the name
     * @throws IllegalArgumentException that names it when it cannot
     */
    void requireFree(String attributeName);
}
