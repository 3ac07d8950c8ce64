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

/** The expiry policies of JSR-107, each with the same lifetime. */
enum StandardPolicy {
    ETERNAL(EternalExpiryPolicy.factoryOf()),
    CREATED(CreatedExpiryPolicy.factoryOf(Lifetime.OF_ALL)),
    MODIFIED(ModifiedExpiryPolicy.factoryOf(Lifetime.OF_ALL)),
    ACCESSED(AccessedExpiryPolicy.factoryOf(Lifetime.OF_ALL)),
    TOUCHED(TouchedExpiryPolicy.factoryOf(Lifetime.OF_ALL));

    static final Duration LIFETIME = Duration.ofMinutes(10);

    /** Constants need it before the enum has any static field. */
    private static final class Lifetime {
        static final javax.cache.expiry.Duration OF_ALL = new javax.cache.expiry.Duration(TimeUnit.MINUTES, 10);
    }

    private final Factory<? extends ExpiryPolicy> factory;

    StandardPolicy(Factory<? extends ExpiryPolicy> factory) {
        this.factory = factory;
    }

    Factory<? extends ExpiryPolicy> factory() {
        return factory;
    }
}
