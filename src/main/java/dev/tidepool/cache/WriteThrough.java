package dev.tidepool.cache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/** A cache's writer; what it throws becomes a {@link CacheWriterException} here. Without one, all is done at once. */
final class WriteThrough<K, V> {
    private final @Nullable CacheWriter<? super K, ? super V> writer;

    /**
     * What a writer got done of several entries.
     *
     * @param keys the keys that it dealt with
     * @param failure what it threw, to be thrown once the cache has followed, or null
     */
    record Done<K>(Set<K> keys, @Nullable CacheWriterException failure) {
        void throwFailure() {
            throwIfAny(failure);
        }
    }

    WriteThrough(@Nullable CacheWriter<? super K, ? super V> writer) {
        this.writer = writer;
    }

    @Nullable CacheWriter<? super K, ? super V> writer() {
        return writer;
    }

    boolean isEnabled() {
        return writer != null;
    }

    void write(K key, V value) {
        if (writer != null) {
            throwIfAny(failureOf(() -> writer.write(new CacheEntry<>(key, value))));
        }
    }

    void delete(K key) {
        if (writer != null) {
            throwIfAny(failureOf(() -> writer.delete(key)));
        }
    }

    /** Writes entries; by {@link CacheWriter#writeAll} what is left in the collection was not written. */
    Done<K> writeAll(Map<? extends K, ? extends V> entries) {
        Set<K> done = new LinkedHashSet<>(entries.keySet());
        if (writer == null || entries.isEmpty()) {
            return new Done<>(done, null);
        }
        List<Cache.Entry<? extends K, ? extends V>> left = new ArrayList<>();
        entries.forEach((key, value) -> left.add(new CacheEntry<K, V>(key, value)));
        CacheWriterException failure = failureOf(() -> writeAll(writer, left));
        left.forEach(entry -> done.remove(entry.getKey()));
        return new Done<>(done, failure);
    }

    /** Deletes entries; by {@link CacheWriter#deleteAll} what is left in the collection was not deleted. */
    Done<K> deleteAll(Collection<? extends K> keys) {
        Set<K> done = new LinkedHashSet<>(keys);
        if (writer == null || keys.isEmpty()) {
            return new Done<>(done, null);
        }
        Set<K> left = new HashSet<>(keys);
        CacheWriterException failure = failureOf(() -> writer.deleteAll(left));
        done.removeAll(left);
        return new Done<>(done, failure);
    }

    /** CacheWriter's signature asks for its own wildcards; it only reads entries and takes them out. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void writeAll(CacheWriter writer, Collection<?> entries) {
        writer.writeAll(entries);
    }

    private static @Nullable CacheWriterException failureOf(Runnable work) {
        try {
            work.run();
            return null;
        } catch (CacheWriterException e) {
            return e;
        } catch (RuntimeException e) {
            return new CacheWriterException("The cache's writer failed", e);
        }
    }

    private static void throwIfAny(@Nullable CacheWriterException failure) {
        if (failure != null) {
            throw failure;
        }
    }
}
