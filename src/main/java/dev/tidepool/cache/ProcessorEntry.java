package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import java.util.function.Supplier;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;

/**
 * The entry that an entry processor works on. It changes nothing itself; it remembers what all the processor's calls
 * come to, and that alone is done to the table. For one thread.
 */
@SuppressWarnings("NullAway") // JSR-107 answers null for a value that there is not
final class ProcessorEntry<K, V> implements MutableEntry<K, V> {
    /** What a processor's calls come to. */
    enum Effect {
        NONE,
        ACCESS,
        LOAD,
        CREATE,
        UPDATE,
        REMOVE
    }

    private final K key;
    private final @Nullable Supplier<V> stored;
    private final CacheLoading<K, V> loading;
    private @Nullable V value;
    private Effect effect = Effect.NONE;

    /**
     * Makes an entry.
     *
     * @param stored decodes the value that is in the table, or null when the entry is absent
     * @param loading loads the value of an absent entry when the processor asks for it
     */
    ProcessorEntry(K key, @Nullable Supplier<V> stored, CacheLoading<K, V> loading) {
        this.key = key;
        this.stored = stored;
        this.loading = loading;
    }

    Effect effect() {
        return effect;
    }

    /** Returns the value that is to be written. */
    V newValue() {
        return requireNonNull(value);
    }

    @Override
    public K getKey() {
        return key;
    }

    /** Looks, without loading: a processor that only asks whether there is an entry gets none made. */
    @Override
    public boolean exists() {
        return effect == Effect.NONE ? stored != null : effect != Effect.REMOVE;
    }

    @Override
    public V getValue() {
        if (effect == Effect.NONE) {
            if (stored != null) {
                value = stored.get();
                effect = Effect.ACCESS;
            } else {
                value = loading.readThrough(key);
                effect = value == null ? Effect.NONE : Effect.LOAD;
            }
        }
        return value;
    }

    @Override
    public void setValue(V newValue) {
        value = requireNonNull(newValue, "value");
        effect = stored == null ? Effect.CREATE : Effect.UPDATE;
    }

    @Override
    public void remove() {
        value = null;
        effect = effect == Effect.CREATE || effect == Effect.LOAD ? Effect.NONE : Effect.REMOVE;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        return Unwrap.to(type, this);
    }
}
