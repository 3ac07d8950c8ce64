package dev.tidepool.examples.modules;

import java.io.Serializable;
import java.math.BigDecimal;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;

/** Keeps a price in a cache and a count in a session, says what it has found of them, and ends. */
public final class ModulesExample {
    private ModulesExample() {}

    private record Article(String number) implements Serializable {}

    private record Price(BigDecimal amount, String currency) implements Serializable {}

    /**
     * Runs once.
     *
     * @param args unused
     */
    public static void main(String[] args) throws Exception {
        // Undertow's own logging goes where the library's goes.
        System.setProperty("org.jboss.logging.provider", "slf4j");
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager()) {
            Cache<Article, Price> prices = manager.createCache(
                    "prices", new MutableConfiguration<Article, Price>().setStatisticsEnabled(true));
            prices.put(new Article("tea"), new Price(new BigDecimal("1.20"), "EUR"));
            prices.forEach(entry -> System.out.println(
                    entry.getKey().number() + ": " + entry.getValue().amount()));
            System.out.println(prices.getClass().getModule());
        }
        try (Visits visits = new Visits()) {
            visits.visit();
            System.out.println(visits.visit());
        }
    }
}
