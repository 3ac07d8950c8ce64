package dev.tidepool.cache;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;

/** The expiry policies of JSR-107, those that have a lifetime with the same one. */
enum StandardPolicy {
    ETERNAL,
    CREATED,
    MODIFIED,
    ACCESSED,
    TOUCHED;

    static final Duration LIFETIME = Duration.ofMinutes(10);

    Factory<? extends ExpiryPolicy> factory() {
        var lifetime = new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, LIFETIME.toMillis());
        return switch (this) {
            case ETERNAL -> EternalExpiryPolicy.factoryOf();
            case CREATED -> CreatedExpiryPolicy.factoryOf(lifetime);
            case MODIFIED -> ModifiedExpiryPolicy.factoryOf(lifetime);
            case ACCESSED -> AccessedExpiryPolicy.factoryOf(lifetime);
            case TOUCHED -> TouchedExpiryPolicy.factoryOf(lifetime);
        };
    }
}
