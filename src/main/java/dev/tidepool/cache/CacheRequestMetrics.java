package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;

import dev.tidepool.cache.RequestObserver.SentRequest;
import dev.tidepool.cache.RequestObserver.SentRequest.Answer;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;

/**
 * Meters and spans of what the caches of a manager ask of DynamoDB, for Micrometer.
 *
 * <pre>{@code
 * new CacheRequestMetrics(cacheManager).bindTo(registry);
 * }</pre>
 *
 * <p>Each cache of the manager has these, be it there already or created later, until it is closed or destroyed:
 *
 * <ul>
 *   <li>{@code tidepool.requests}, a timer with the tags {@code cache}, {@code operation} ({@code GetItem} and so on)
 *       and {@code outcome}: {@code success}; {@code refused}, when the condition of a change was not met;
 *       {@code throttled}, when the capacity did not suffice for as long as the SDK tried; {@code failed}. A request is
 *       one, and takes as long as all its attempts with the pauses between them.
 *   <li>{@code tidepool.retries}, a counter of attempts after the first, with {@code cache} and {@code operation}.
 *   <li>{@code tidepool.throttles}, a counter of attempts that were throttled, and of batches that DynamoDB has not
 *       processed to their end, with the same tags.
 *   <li>{@code tidepool.capacity}, a counter of consumed capacity units, with the same tags. DynamoDB does not say what
 *       it consumes for a refused condition, though it does consume write units; so these are missing.
 *   <li>{@code tidepool.conflicts}, a counter of changes that were tried again as somebody else's write of the entry
 *       came first, with {@code cache}.
 *   <li>{@code tidepool.misses.unavailable}, a counter of reads that were answered as if there were no entry, as the
 *       store failed ({@code onStoreFailure=miss}), with {@code cache}.
 * </ul>
 *
 * <p>Bound to an {@code ObservationRegistry} it makes an observation {@code tidepool.request} of each request, with the
 * tags of {@code tidepool.requests}, of which Micrometer Tracing makes a span in the span that the thread is in. A
 * request that fails has its exception for an error; one that is refused has none.
 *
 * <p>The meters of an operation appear with its first request. No tag ever holds a key. While no metrics are bound,
 * requests do not ask for their consumption. Managers that have caches of the same name need a tag each to tell them
 * apart, if they are bound to one registry. Thread-safe; what is bound stays bound as long as the manager is open.
 */
public final class CacheRequestMetrics implements MeterBinder {
    private final DynamoDbCacheManager manager;
    private final Tags tags;

    /**
     * Metrics without any tags but those above.
     *
     * @param manager the caches' manager
     * @throws IllegalArgumentException when it is another provider's
     */
    public CacheRequestMetrics(CacheManager manager) {
        this(manager, Tags.empty());
    }

    /**
     * Metrics with tags of one's own.
     *
     * @param manager the caches' manager
     * @param tags what each meter has besides the tags above
     * @throws IllegalArgumentException when it is another provider's
     */
    public CacheRequestMetrics(CacheManager manager, Iterable<Tag> tags) {
        this.manager = own(requireNonNull(manager, "manager"));
        this.tags = Tags.of(requireNonNull(tags, "tags"));
    }

    private static DynamoDbCacheManager own(CacheManager manager) {
        try {
            return manager.unwrap(DynamoDbCacheManager.class);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "CacheRequestMetrics measures requests to DynamoDB, and "
                            + manager.getClass().getName()
                            + " sends none: give it a cache manager of DynamoDbCachingProvider",
                    e);
        }
    }

    /**
     * Registers the meters. Does nothing when metrics of the manager with the same tags are bound to the registry.
     *
     * @throws IllegalStateException when the manager is closed
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        manager.observe(new Binding(requireNonNull(registry, "registry"), tags));
    }

    /**
     * Makes observations of requests, for spans. Does nothing when the registry is {@link ObservationRegistry#NOOP}, or
     * when observations of the manager with the same tags are bound to it.
     *
     * @param registry tells its handlers, also those that it gets later
     * @throws IllegalStateException when the manager is closed
     */
    public void bindTo(ObservationRegistry registry) {
        if (!requireNonNull(registry, "registry").equals(ObservationRegistry.NOOP)) {
            manager.observe(new SpanBinding(registry, tags));
        }
    }

    private record SpanBinding(ObservationRegistry registry, Tags tags) implements Function<String, RequestObserver> {
        @Override
        public RequestObserver apply(String cacheName) {
            return new CacheSpans(registry, cacheName, tags);
        }
    }

    /** An observation of each request of one cache, in which the SDK's own spans are. Thread-safe. */
    private static final class CacheSpans implements RequestObserver {
        private final ObservationRegistry registry;
        private final String cacheName;
        private final KeyValues common;

        CacheSpans(ObservationRegistry registry, String cacheName, Tags tags) {
            this.registry = registry;
            this.cacheName = cacheName;
            this.common = KeyValues.of(tags, Tag::getKey, Tag::getValue).and("cache", cacheName);
        }

        @Override
        public RequestEnd started(String operation) {
            Observation observation = Observation.createNotStarted("tidepool.request", registry)
                    .contextualName(operation + " " + cacheName)
                    .lowCardinalityKeyValues(common)
                    .lowCardinalityKeyValue("operation", operation)
                    .start();
            Observation.@Nullable Scope outer = registry.getCurrentObservationScope();
            try {
                Observation.Scope scope = observation.openScope();
                return (answer, failure) -> ended(observation, scope, outer, answer, failure);
            } catch (RuntimeException e) {
                registry.setCurrentObservationScope(outer);
                throw e;
            }
        }

        /** What a handler throws must not leave the thread in the span of a request that is over. */
        private void ended(
                Observation observation,
                Observation.Scope scope,
                Observation.@Nullable Scope outer,
                Answer answer,
                @Nullable RuntimeException failure) {
            try {
                scope.close();
            } finally {
                registry.setCurrentObservationScope(outer);
                observation.lowCardinalityKeyValue("outcome", answer.outcome());
                if (failure != null && answer != Answer.REFUSED) {
                    observation.error(failure);
                }
                observation.stop();
            }
        }
    }

    private record Binding(MeterRegistry registry, Tags tags) implements Function<String, RequestObserver> {
        @Override
        public RequestObserver apply(String cacheName) {
            return new CacheMeters(registry, tags.and("cache", cacheName));
        }
    }

    /** The meters of one cache in one registry. Thread-safe. */
    private static final class CacheMeters implements RequestObserver {
        private final MeterRegistry registry;
        private final Tags tags;
        private final Counter conflicts;
        private final Counter unavailable;
        private final Map<String, OperationMeters> byOperation = new ConcurrentHashMap<>();

        /** What goes when the cache does; guarded by this. */
        private final List<Meter> registered = new ArrayList<>();

        private boolean closed;

        /** All outcomes have a timer from the first request on, so that a rate has a zero to begin at. */
        private record OperationMeters(
                Map<Answer, Timer> requests, Counter retries, Counter throttles, Counter capacity) {
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
            this.conflicts = counter(
                    "tidepool.conflicts",
                    "Changes that were tried again, as another write of the entry came first",
                    tags);
            this.unavailable = counter(
                    "tidepool.misses.unavailable",
                    "Reads that were answered as if there were no entry, as the store failed",
                    tags);
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
                                .tags(ofOperation.and("outcome", answer.outcome()))
                                .register(registry)));
            }
            return new OperationMeters(
                    requests,
                    counter("tidepool.retries", "Attempts of requests after their first", ofOperation),
                    counter(
                            "tidepool.throttles",
                            "Attempts that were throttled, and batches that were not processed to their end",
                            ofOperation),
                    known(Counter.builder("tidepool.capacity")
                            .description("Consumed capacity units, without those of refused conditions")
                            .baseUnit("units")
                            .tags(ofOperation)
                            .register(registry)));
        }

        private Counter counter(String name, String description, Tags ofCounter) {
            return known(Counter.builder(name)
                    .description(description)
                    .tags(ofCounter)
                    .register(registry));
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
}
