package dev.tidepool.codec;

import java.util.function.Consumer;

/**
 * Turns a cache key into the text that names its item in the table, and back.
 *
 * <p>The text is the item's identity: keys that are {@code equals} must give equal text, keys that are not must give
 * different text, on every machine and in every version of the program that shares the table. The text must not be
 * empty, and must still be the same after a trip through UTF-8: DynamoDB refuses an empty key attribute, and a
 * surrogate without its partner is lost on the way.
 *
 * <p>An implementation is called from many threads at once. What its exceptions say should leave out the key itself,
 * for a key may be a session id or somebody's name.
 *
 * @param <K> the type of the keys
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html">Constraints in
 *     DynamoDB</a>
 */
public interface KeyCodec<K> {
    /**
     * Returns a codec by its name.
     *
     * @param name {@code content}, for a {@link ContentKeyCodec}, or the name of a class that implements
     *     {@link KeyCodec} and has a public constructor without parameters
     * @param loader finds that class, and the classes of keys
     * @param allowed the classes that keys may consist of, for the library's codec
     * @param narrow as for {@link ContentKeyCodec#ContentKeyCodec(ClassLoader, AllowList, Consumer)}
     * @return a new codec
     * @throws IllegalArgumentException if there is no codec of that name
     */
    static KeyCodec<?> named(String name, ClassLoader loader, AllowList allowed, Consumer<Class<?>> narrow) {
        return Codecs.ofKeysNamed(name, loader, allowed, narrow);
    }

    /**
     * Returns the text of a key.
     *
     * @param key the key, never null
     * @return its text, never null or empty
     * @throws CodecException when the key cannot be turned into text
     */
    String encode(K key);

    /**
     * Returns the key that a text was made of.
     *
     * @param text a text that {@link #encode} returned, perhaps in another process
     * @return a key equal to the one that was encoded, never null
     * @throws CodecException when no key has that text
     */
    K decode(String text);
}
