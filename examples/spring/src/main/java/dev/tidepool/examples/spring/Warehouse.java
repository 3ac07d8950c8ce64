package dev.tidepool.examples.spring;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/** Stands for what is slow or dear to ask; counts how often it was. */
@Component
class Warehouse {
    private static final List<Product> PRODUCTS = List.of(
            new Product("bucket", "Bucket", 600),
            new Product("spade", "Spade", 450),
            new Product("net", "Landing net", 1_290));

    private static final Map<String, BigDecimal> RATES =
            Map.of("EUR", BigDecimal.ONE, "USD", new BigDecimal("1.1"), "JPY", new BigDecimal("160"));

    private final AtomicLong asked = new AtomicLong();
    private final ThreadLocal<Long> askedHere = ThreadLocal.withInitial(() -> 0L);

    /** Returns null for what there is not. */
    Product product(String id) {
        count();
        return PRODUCTS.stream()
                .filter(product -> product.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    /** Returns null, as it makes no offers. */
    Product offer(String id) {
        count();
        return null;
    }

    BigDecimal price(String id, String currency) {
        count();
        Product product =
                PRODUCTS.stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
        return RATES.get(currency)
                .multiply(BigDecimal.valueOf(product.cents(), 2))
                .setScale(2, RoundingMode.HALF_UP);
    }

    List<Product> bestsellers() {
        count();
        return List.of(PRODUCTS.get(2), PRODUCTS.get(0));
    }

    Report report(int year) {
        count();
        if (year < 2020) {
            throw new NoReport(year);
        }
        return new Report(year, 1_000L * (year - 2019));
    }

    private void count() {
        asked.incrementAndGet();
        askedHere.set(askedHere.get() + 1);
    }

    /** How often it was asked since the node started. */
    long asked() {
        return asked.get();
    }

    /** How often it was asked by this thread. */
    long askedHere() {
        return askedHere.get();
    }
}
