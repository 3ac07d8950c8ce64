package dev.tidepool.cache;

import dev.tidepool.cache.RequestObserver.SentRequest;
import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** What the caches of a manager have to do with their store, all of them together. Thread-safe. */
final class Measurements implements Function<String, RequestObserver> {
    private final List<String> opened = new CopyOnWriteArrayList<>();
    private final List<String> closed = new CopyOnWriteArrayList<>();
    private final List<SentRequest> sent = new CopyOnWriteArrayList<>();
    private final AtomicInteger conflicts = new AtomicInteger();
    private final AtomicInteger unavailable = new AtomicInteger();

    /** Measures the caches of a node. */
    static Measurements of(Node node) {
        Measurements measurements = new Measurements();
        node.manager().unwrap(DynamoDbCacheManager.class).observe(measurements);
        return measurements;
    }

    @Override
    public RequestObserver apply(String cacheName) {
        opened.add(cacheName);
        return new RequestObserver() {
            @Override
            public void sent(SentRequest request) {
                sent.add(request);
            }

            @Override
            public void conflict() {
                conflicts.incrementAndGet();
            }

            @Override
            public void unavailable() {
                unavailable.incrementAndGet();
            }

            @Override
            public void closed() {
                closed.add(cacheName);
            }
        };
    }

    List<SentRequest> sent() {
        return List.copyOf(sent);
    }

    List<String> operations() {
        return sent.stream().map(SentRequest::operation).toList();
    }

    List<Answer> answers() {
        return sent.stream().map(SentRequest::answer).toList();
    }

    int conflicts() {
        return conflicts.get();
    }

    int unavailable() {
        return unavailable.get();
    }

    List<String> opened() {
        return List.copyOf(opened);
    }

    List<String> closed() {
        return List.copyOf(closed);
    }

    void clear() {
        sent.clear();
    }
}
