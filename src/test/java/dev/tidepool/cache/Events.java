package dev.tidepool.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.event.EventType;

/** A listener that writes down what it hears, each event as a line such as {@code UPDATED key: old -> new}. */
class Events<K, V>
        implements CacheEntryCreatedListener<K, V>,
                CacheEntryUpdatedListener<K, V>,
                CacheEntryRemovedListener<K, V>,
                CacheEntryExpiredListener<K, V> {
    private final List<String> heard = new CopyOnWriteArrayList<>();

    List<String> heard() {
        return List.copyOf(heard);
    }

    void clear() {
        heard.clear();
    }

    long count(EventType type) {
        return heard.stream().filter(line -> line.startsWith(type.name())).count();
    }

    CacheEntryListenerConfiguration<K, V> synchronous() {
        return new MutableCacheEntryListenerConfiguration<>(() -> this, null, true, true);
    }

    CacheEntryListenerConfiguration<K, V> asynchronous() {
        return new MutableCacheEntryListenerConfiguration<>(() -> this, null, true, false);
    }

    @Override
    public void onCreated(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
        events.forEach(event -> heard(event, event.getKey() + ": " + event.getValue()));
    }

    @Override
    public void onUpdated(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
        events.forEach(event -> heard(event, event.getKey() + ": " + event.getOldValue() + " -> " + event.getValue()));
    }

    @Override
    public void onRemoved(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
        events.forEach(event -> heard(event, event.getKey() + ": " + event.getOldValue()));
    }

    @Override
    public void onExpired(Iterable<CacheEntryEvent<? extends K, ? extends V>> events) {
        events.forEach(event -> heard(event, event.getKey() + ": " + event.getOldValue()));
    }

    /** Called for every event, in the thread that delivers it. */
    void heard(CacheEntryEvent<? extends K, ? extends V> event, String what) {
        heard.add(event.getEventType() + " " + what);
    }
}
