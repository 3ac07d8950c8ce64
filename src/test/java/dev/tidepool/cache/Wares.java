package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import java.io.Serializable;
import javax.cache.Cache;
import javax.cache.CacheManager;

/** A small application, to be loaded by loaders of its own; it knows nothing of them. */
public final class Wares {
    private Wares() {}

    public interface Priced {}

    public record Id(int number) implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    public enum Size {
        SMALL,
        LARGE
    }

    public record Item(String name, Size size) implements Priced, Serializable {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Makes a cache, puts an item in, and takes it out again.
     *
     * @param declared which types of this application the cache declares: those of keys, values or both, or that of
     *     values whose keys are texts
     * @return what it found in the cache
     */
    @SuppressWarnings("unchecked") // class literals have no type arguments
    public static String sell(CacheManager manager, String table, String codec, String declared) {
        Object key = declared.equals("values for texts") ? "seven" : new Id(7);
        Cache<Object, Object> cache = manager.createCache(
                "items",
                DynamoDbConfiguration.builder(
                                (Class<Object>) (declared.equals("values") ? Object.class : key.getClass()),
                                (Class<Object>) (declared.equals("keys") ? Object.class : Item.class))
                        .table(table)
                        .allow(Wares.class.getPackageName() + ".*")
                        .set(Option.CODEC, codec)
                        .build());
        cache.put(key, new Item("net", Size.LARGE));
        Item item = (Item) requireNonNull(cache.get(key));
        boolean isKey = key.equals(cache.iterator().next().getKey());
        return item.name() + " " + (item.size() == Size.LARGE) + " " + isKey;
    }
}
