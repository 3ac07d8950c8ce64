package dev.tidepool.cache;

import java.io.Serial;
import java.util.Set;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * An operation on many entries was not carried out for some of them: the table was throttled beyond the retries,
 * DynamoDB did not answer, or their items are damaged. The entries that are not named by {@link #keys()} were changed
 * as they should be; where all entries were to be removed, those that had not been read yet are not named, and each
 * further page of the table where some could not be removed has a suppressed exception of its own.
 *
 * <p>{@code getAll} throws it when items are damaged: all others have been read, which counts as reading them, and what
 * was missing has been loaded and stored. The same call without {@link #keys()} returns them. {@code loadAll} tells its
 * listener of it when an item is damaged that it was not to replace: all others have been loaded.
 */
public final class IncompleteBatchException extends CacheException {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Keys need not be serializable, so they stay where the exception was thrown. */
    private final transient @Nullable Set<?> keys;

    IncompleteBatchException(String message, Set<?> keys, Throwable cause) {
        super(message, cause);
        this.keys = Set.copyOf(keys);
    }

    /**
     * Returns the keys of the entries that are not known to be changed; the operation can be repeated with them. Where
     * the answer of DynamoDB was lost, some of them may have been changed all the same. Of {@code getAll}, the keys of
     * the entries that cannot be read.
     *
     * @return an unmodifiable set of keys, of the cache's type of keys; empty when this exception was deserialized
     */
    public Set<?> keys() {
        return keys == null ? Set.of() : keys;
    }
}
