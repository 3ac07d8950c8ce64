package dev.tidepool.cache;

import java.io.Serial;
import java.util.Set;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * An operation on many entries was not carried out for some of them: the table was throttled beyond the retries, or
 * DynamoDB did not answer. The entries that are not named by {@link #keys()} were changed as they should be; where all
 * entries were to be removed, those that had not been read yet are not named.
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
     * the answer of DynamoDB was lost, some of them may have been changed all the same.
     *
     * @return an unmodifiable set of keys, of the cache's type of keys; empty when this exception was deserialized
     */
    public Set<?> keys() {
        return keys == null ? Set.of() : keys;
    }
}
