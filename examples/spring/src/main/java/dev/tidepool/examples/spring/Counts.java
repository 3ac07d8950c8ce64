package dev.tidepool.examples.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.search.Search;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What {@code /actuator/metrics} has of each cache, in one answer. */
@RestController
class Counts {
    private static final List<String> CACHES =
            List.of("products", "prices", "bestsellers", "reports", "offers", "sessions");

    private final MeterRegistry meters;

    Counts(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Of each cache its hits, misses, puts and removals, and the requests that it sent to DynamoDB. */
    @GetMapping("/counts")
    Map<String, List<Long>> counts() {
        Map<String, List<Long>> counts = new LinkedHashMap<>();
        for (String cache : CACHES) {
            counts.put(
                    cache,
                    List.of(
                            total(meters.find("cache.gets").tag("result", "hit"), cache),
                            total(meters.find("cache.gets").tag("result", "miss"), cache),
                            total(meters.find("cache.puts"), cache),
                            total(meters.find("cache.removals"), cache),
                            total(meters.find("tidepool.requests"), cache)));
        }
        return counts;
    }

    /** Zero without a meter: those of requests are there from the first one on. A timer's count comes first. */
    private static long total(Search search, String cache) {
        return (long) search.tag("cache", cache).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }
}
