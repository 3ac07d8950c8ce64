package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.net.URI;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What of JSR-107's own configuration options can say, where an application creates caches without a line of code. */
@ExtendWith(DynamoDbLocal.class)
final class ConfigurationByOptionsIT {
    private static final Factory<ExpiryPolicy> TEN_MINUTES =
            CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 10));
    private static final Factory<ExpiryPolicy> HOUR = ModifiedExpiryPolicy.factoryOf(Duration.ONE_HOUR);

    private final Node node = Node.start();
    private final DynamoDbCachingProvider provider = new DynamoDbCachingProvider();

    @AfterEach
    void closeNode() {
        provider.close();
        node.close();
    }

    @Test
    void expiry_configurationWithoutPolicy_holds() {
        CacheManager manager = manager("expiry", "created:10m");

        assertThat(policyOf(manager.createCache("users", standard()))).isEqualTo(TEN_MINUTES);
        assertThat(policyOf(manager.createCache("orders", builder().build()))).isEqualTo(TEN_MINUTES);
    }

    @Test
    void expiry_holds_itemsHaveItsDeadline() {
        Cache<String, String> cache = manager("expiry", "created:10m").createCache("users", standard());

        cache.put("ann", "Ann");

        assertThat(cache.get("ann")).isEqualTo("Ann");
        node.clock().advance(java.time.Duration.ofMinutes(10));
        assertThat(cache.get("ann")).isNull();
    }

    @Test
    void expiry_ofOneCache_winsOverThatOfAll() {
        CacheManager manager = manager("expiry", "created:10m", "cache.com.acme.Book.expiry", "eternal");

        assertThat(policyOf(manager.createCache("com.acme.Book", standard())))
                .isEqualTo(EternalExpiryPolicy.factoryOf());
    }

    @Test
    void expiry_configurationWithPolicy_isThatOne() {
        CacheManager manager = manager("expiry", "created:10m");

        assertThat(policyOf(manager.createCache("users", standard().setExpiryPolicyFactory(HOUR))))
                .isEqualTo(HOUR);
        assertThat(policyOf(manager.createCache(
                        "orders", builder().expiryPolicy(HOUR).build())))
                .isEqualTo(HOUR);
        assertThat(policyOf(manager.createCache(
                        "visits",
                        builder()
                                .expiryPolicy(Option.EXPIRY.parse("accessed:1h"))
                                .build())))
                .isEqualTo(AccessedExpiryPolicy.factoryOf(Duration.ONE_HOUR));
    }

    /** JSR-107's own configuration does not tell whether somebody has set what is the default; ours does. */
    @Test
    void expiry_builderThatSaysEternal_isEternal() {
        CacheManager manager = manager("expiry", "created:10m");

        assertThat(policyOf(manager.createCache(
                        "users",
                        builder().expiryPolicy(EternalExpiryPolicy.factoryOf()).build())))
                .isEqualTo(EternalExpiryPolicy.factoryOf());
    }

    @Test
    void statisticsAndManagement_switchedOnByOptions_showBeans() {
        CacheManager manager = manager("statisticsEnabled", "true", "cache.users.managementEnabled", "true");
        Cache<String, String> users = manager.createCache("users", standard());
        Cache<String, String> orders = manager.createCache("orders", standard());

        users.put("ann", "Ann");

        assertThat(complete(users).isStatisticsEnabled()).isTrue();
        assertThat(complete(users).isManagementEnabled()).isTrue();
        assertThat(complete(orders).isStatisticsEnabled()).isTrue();
        assertThat(complete(orders).isManagementEnabled()).isFalse();
        assertThat(Beans.statistics("users").getCachePuts()).isEqualTo(1);
    }

    @Test
    void statisticsAndManagement_builderThatSaysNo_stayOff() {
        CacheManager manager = manager("statisticsEnabled", "true", "managementEnabled", "true");
        Cache<String, String> cache = manager.createCache(
                "users",
                builder().statisticsEnabled(false).managementEnabled(false).build());

        assertThat(complete(cache).isStatisticsEnabled()).isFalse();
        assertThat(complete(cache).isManagementEnabled()).isFalse();
    }

    private CacheManager manager(String... options) {
        Properties properties = new Properties();
        properties.put("tidepool.client", node.client());
        properties.put("tidepool.clock", node.clock());
        properties.put("tidepool.table", Node.freshTable());
        for (int i = 0; i < options.length; i += 2) {
            properties.put("tidepool." + options[i], options[i + 1]);
        }
        return provider.getCacheManager(
                URI.create("tidepool"), ConfigurationByOptionsIT.class.getClassLoader(), properties);
    }

    private static MutableConfiguration<String, String> standard() {
        return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
    }

    private static DynamoDbConfiguration.Builder<String, String> builder() {
        return DynamoDbConfiguration.builder(String.class, String.class);
    }

    private static Factory<ExpiryPolicy> policyOf(Cache<String, String> cache) {
        return complete(cache).getExpiryPolicyFactory();
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments
    private static CompleteConfiguration<String, String> complete(Cache<String, String> cache) {
        Configuration<String, String> configuration = cache.getConfiguration(CompleteConfiguration.class);
        return (CompleteConfiguration<String, String>) configuration;
    }
}
