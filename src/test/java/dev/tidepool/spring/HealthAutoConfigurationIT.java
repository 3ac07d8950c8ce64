package dev.tidepool.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.CacheOperations.StoreHealth;
import dev.tidepool.cache.DynamoDbCachingProvider;
import dev.tidepool.cache.DynamoDbConfiguration;
import java.util.Map;
import java.util.UUID;
import javax.cache.CacheManager;
import javax.cache.spi.CachingProvider;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jsr107.ri.spi.RICachingProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** What Spring Boot finds on the class path, and does with it. */
@ExtendWith(DynamoDbLocal.class)
final class HealthAutoConfigurationIT {
    private static final String NAME = "tidepoolHealthIndicator";

    private final CachingProvider provider = new DynamoDbCachingProvider();
    private final CacheManager caches = provider.getCacheManager();
    private final String table = "health-" + UUID.randomUUID();

    @BeforeEach
    void createCache() {
        caches.createCache(
                "prices",
                DynamoDbConfiguration.builder(String.class, String.class)
                        .set(Option.ENDPOINT, DynamoDbLocal.endpoint())
                        .set(Option.REGION, "us-east-1")
                        .table(table)
                        .build());
    }

    @AfterEach
    void closeProvider() {
        provider.close();
    }

    /** As an application of Boot 3 begins. */
    private static AnnotationConfigApplicationContext start(
            CacheManager caches, Map<String, Object> properties, Class<?>... own) {
        var context = new AnnotationConfigApplicationContext();
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test", properties));
        context.registerBean("jCacheCacheManager", CacheManager.class, () -> caches);
        for (Class<?> each : own) {
            context.register(each);
        }
        context.register(Boot3HealthAutoConfiguration.class);
        context.refresh();
        return context;
    }

    private static Health health(CacheManager caches) {
        try (var context = start(caches, Map.of())) {
            return context.getBean(NAME, HealthIndicator.class).health();
        }
    }

    @Test
    void boot_looksForAutoConfigurations_findsThoseOfBothVersions() {
        assertThat(ImportCandidates.load(
                        org.springframework.boot.autoconfigure.AutoConfiguration.class,
                        getClass().getClassLoader()))
                .contains(Boot3HealthAutoConfiguration.class.getName(), Boot4HealthAutoConfiguration.class.getName());
    }

    @Test
    void boot3_storeThere_isUpAndHasEachCache() {
        Health health = health(caches);

        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails().get("prices"))
                .asInstanceOf(InstanceOfAssertFactories.type(StoreHealth.class))
                .returns(true, StoreHealth::isReady);
    }

    @Test
    void boot3_tableGone_isDown(DynamoDbClient store) {
        store.deleteTable(request -> request.tableName(table));

        assertThat(health(caches).getStatus()).isEqualTo(Status.DOWN);
    }

    @Test
    void boot4_tableThereAndGone_isUpAndDown(DynamoDbClient store) {
        var indicator = new Boot4HealthAutoConfiguration().tidepoolHealthIndicator(caches);
        assertThat(indicator.health()).isNotNull().satisfies(health -> {
            assertThat(health.getStatus().getCode()).isEqualTo("UP");
            assertThat(health.getDetails()).containsOnlyKeys("prices");
        });

        store.deleteTable(request -> request.tableName(table));

        assertThat(indicator.health())
                .isNotNull()
                .returns("DOWN", health -> health.getStatus().getCode());
    }

    @Test
    void boot3_cachesOfAnotherProvider_areNotHeldAgainstTheApplication() {
        try (CachingProvider other = new RICachingProvider()) {
            Health health = health(other.getCacheManager());

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsEntry("provider", RICachingProvider.class.getName());
        }
    }

    @Test
    void boot3_indicatorSwitchedOff_isNotThere() {
        try (var context = start(caches, Map.of("management.health.tidepool.enabled", "false"))) {
            assertThat(context.containsBean(NAME)).isFalse();
        }
    }

    @Test
    void boot3_applicationsOwnIndicator_takesItsPlace() {
        try (var context = start(caches, Map.of(), Own.class)) {
            assertThat(context.getBean(NAME, HealthIndicator.class).health().getStatus())
                    .isEqualTo(Status.OUT_OF_SERVICE);
        }
    }

    /** Of an application that knows better. */
    @Configuration(proxyBeanMethods = false)
    static class Own {
        @Bean
        HealthIndicator tidepoolHealthIndicator() {
            return () -> Health.outOfService().build();
        }
    }
}
