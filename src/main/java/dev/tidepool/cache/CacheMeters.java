package dev.tidepool.cache;

import dev.tidepool.cache.SentRequest.Answer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The meters of one cache in one registry. Thread-safe. */
final class CacheMeters implements StoreObserver {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Counter conflicts;
    private final Counter unavailable;
    private final Map<String, OperationMeters> byOperation = new ConcurrentHashMap<>();

    /** What goes when the cache does; guarded by this. */
    private final List<Meter> registered = new ArrayList<>();

    private boolean closed;

    /** All outcomes have a timer from the first request on, so that a rate has a zero to begin at. */
    private record OperationMeters(Map<Answer, Timer> requests, Counter retries, Counter throttles, Counter capacity) {
        void record(SentRequest request) {
            Timer timer = requests.get(request.answer());
            if (timer != null) {
                timer.record(request.nanos(), TimeUnit.NANOSECONDS);
            }
            retries.increment(request.retries());
            throttles.increment(request.throttles());
            capacity.increment(request.units());
        }
    }

    CacheMeters(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
        this.conflicts = known(Counter.builder("tidepool.conflicts")
                .description("Changes that were tried again, as another write of the entry came first")
                .tags(tags)
                .register(registry));
        this.unavailable = known(Counter.builder("tidepool.misses.unavailable")
                .description("Reads that were answered as if there were no entry, as the store failed")
                .tags(tags)
                .register(registry));
    }

    @Override
    public void sent(SentRequest request) {
        OperationMeters known = byOperation.get(request.operation());
        OperationMeters meters = known == null ? begin(request.operation()) : known;
        if (meters != null) {
            meters.record(request);
        }
    }

    /** Returns null after the end, so that a request that was under way leaves no meter behind. */
    private synchronized @Nullable OperationMeters begin(String operation) {
        return closed ? null : byOperation.computeIfAbsent(operation, this::register);
    }

    private OperationMeters register(String operation) {
        Tags ofOperation = tags.and("operation", operation);
        Map<Answer, Timer> requests = new EnumMap<>(Answer.class);
        for (Answer answer : Answer.values()) {
            requests.put(
                    answer,
                    known(Timer.builder("tidepool.requests")
                            .description("Requests to DynamoDB, each with all its attempts")
                            .tags(ofOperation.and("outcome", answer.name().toLowerCase(Locale.ROOT)))
                            .register(registry)));
        }
        return new OperationMeters(
                requests,
                known(Counter.builder("tidepool.retries")
                        .description("Attempts of requests after their first")
                        .tags(ofOperation)
                        .register(registry)),
                known(Counter.builder("tidepool.throttles")
                        .description("Attempts that were throttled, and batches that were not processed to their end")
                        .tags(ofOperation)
                        .register(registry)),
                known(Counter.builder("tidepool.capacity")
                        .description("Consumed capacity units, without those of refused conditions")
                        .baseUnit("units")
                        .tags(ofOperation)
                        .register(registry)));
    }

    private synchronized <M extends Meter> M known(M meter) {
        registered.add(meter);
        return meter;
    }

    @Override
    public void conflict() {
        conflicts.increment();
    }

    @Override
    public void unavailable() {
        unavailable.increment();
    }

    @Override
    public synchronized void closed() {
        closed = true;
        registered.forEach(registry::remove);
    }
}
