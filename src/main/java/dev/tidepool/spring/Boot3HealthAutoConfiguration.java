package dev.tidepool.spring;

import javax.cache.CacheManager;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Lets the actuator of Spring Boot 3 tell how the caches find their stores. */
@AutoConfiguration(afterName = "org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration")
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnBean(CacheManager.class)
@ConditionalOnEnabledHealthIndicator("tidepool")
final class Boot3HealthAutoConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "tidepoolHealthIndicator")
    HealthIndicator tidepoolHealthIndicator(CacheManager caches) {
        return () -> {
            CachesHealth found = CachesHealth.of(caches);
            return (found.isReady() ? Health.up() : Health.down())
                    .withDetails(found.details())
                    .build();
        };
    }
}
