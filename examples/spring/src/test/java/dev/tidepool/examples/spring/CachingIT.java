package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidepool.cache.DynamoDbConfiguration;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.LinkedCaseInsensitiveMap;

/** The annotations of Spring's cache, on caches that properties alone have made. */
final class CachingIT {
    private static RunningShop shop;
    private static Catalogue catalogue;
    private static SlowWarehouse warehouse;

    @BeforeAll
    static void start() throws Exception {
        shop = new RunningShop(List.of(SlowWarehouse.Beans.class), Map.of());
        catalogue = shop.bean(Catalogue.class);
        warehouse = shop.bean(SlowWarehouse.class);
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
    }

    @BeforeEach
    void empty() {
        warehouse.waitFor(List.of());
        CacheManager manager = shop.bean(CacheManager.class);
        manager.getCacheNames().forEach(name -> manager.getCache(name).clear());
    }

    private static long asked(Runnable work) {
        long before = warehouse.asked();
        work.run();
        return warehouse.asked() - before;
    }

    @Test
    void oneParameter_askedAgain_isFromTheCache() {
        Product first = catalogue.product("bucket");

        assertEquals(0, asked(() -> assertEquals(first, catalogue.product("bucket"))));
        assertEquals(new Product("bucket", "Bucket", 600), first);
    }

    @Test
    void twoParameters_eachPairHasAnEntryOfItsOwn() {
        assertEquals(2, asked(() -> {
            for (int i = 0; i < 3; i++) {
                assertEquals(new BigDecimal("6.60"), catalogue.price("bucket", "USD"));
                assertEquals(new BigDecimal("960.00"), catalogue.price("bucket", "JPY"));
            }
        }));
    }

    @Test
    void noParameter_askedAgain_isFromTheCache() {
        List<Product> first = catalogue.bestsellers();

        assertEquals(0, asked(() -> assertEquals(first, catalogue.bestsellers())));
        assertEquals(2, first.size());
    }

    @Test
    void nullResult_askedAgain_isNullFromTheCache() {
        assertEquals(1, asked(() -> {
            assertNull(catalogue.product("anchor"));
            assertNull(catalogue.product("anchor"));
        }));
    }

    @Test
    void sync_tenThreadsAtOnce_callTheMethodOnce() throws Exception {
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = IntStream.range(0, 10)
                .mapToObj(i -> new Thread(() -> assertEquals(new Report(2025, 6_000), catalogue.report(2025))))
                .toList();
        threads.forEach(thread -> thread.setUncaughtExceptionHandler((of, failure) -> failures.add(failure)));
        warehouse.waitFor(threads);
        long before = warehouse.asked();

        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(List.of(), failures);
        assertEquals(1, warehouse.asked() - before);
    }

    @Test
    void sync_methodThrows_itsOwnExceptionComesOutAndNothingIsCached() {
        assertEquals(2, asked(() -> {
            assertThrows(NoReport.class, () -> catalogue.report(2019));
            assertThrows(NoReport.class, () -> catalogue.report(2019));
        }));
    }

    @Test
    void cachePut_replacesWhatIsCached() {
        assertNull(catalogue.offer("spade"));
        Product offer = new Product("spade", "Spade", 399);

        catalogue.startOffer(offer);

        assertEquals(0, asked(() -> assertEquals(offer, catalogue.offer("spade"))));
    }

    @Test
    void cacheEvict_ofOne_leavesTheOthers() {
        Product net = new Product("net", "Landing net", 999);
        catalogue.startOffer(net);
        catalogue.startOffer(new Product("spade", "Spade", 399));

        catalogue.endOffer("spade");

        assertEquals(1, asked(() -> {
            assertNull(catalogue.offer("spade"));
            assertEquals(net, catalogue.offer("net"));
        }));
    }

    @Test
    void cacheEvict_ofAll_leavesNothing() {
        Runnable questions = () -> {
            catalogue.product("spade");
            catalogue.product("anchor");
            catalogue.price("net", "EUR");
            catalogue.bestsellers();
        };
        questions.run();

        catalogue.refresh();

        assertEquals(4, asked(questions));
    }

    @Test
    void requests_areThoseOfTheGuide() {
        assertEquals(Map.of("GetItem", 1L, "PutItem", 1L), shop.requests(() -> catalogue.product("net")));
        assertEquals(Map.of("GetItem", 1L), shop.requests(() -> catalogue.product("net")));
        assertEquals(Map.of("GetItem", 1L, "PutItem", 1L), shop.requests(() -> catalogue.report(2024)));
        assertEquals(Map.of("GetItem", 1L), shop.requests(() -> catalogue.report(2024)));
        assertEquals(
                Map.of("PutItem", 1L),
                shop.requests(() -> catalogue.startOffer(new Product("net", "Landing net", 999))));
        assertEquals(Map.of("DeleteItem", 1L), shop.requests(() -> catalogue.endOffer("net")));
    }

    @Test
    void requests_ofEvictingAll_areAScanAndOneForEachEntry() {
        IntStream.range(0, 30).forEach(i -> catalogue.product("none" + i));

        assertEquals(Map.of("Scan", 3L, "DeleteItem", 30L), shop.requests(() -> catalogue.refresh()));
    }

    /** As after a change of its class: the error handler lets the method be asked, and what it returns is put. */
    @Test
    void unreadableValue_isReplacedByWhatTheMethodReturns() {
        storeUnreadable("shop-products", "spade");

        assertEquals(1, asked(() -> {
            assertEquals("Spade", catalogue.product("spade").name());
            assertEquals("Spade", catalogue.product("spade").name());
        }));
    }

    @Test
    void unreadableValue_ofSync_isAskedForEachTimeUntilItIsGone() {
        storeUnreadable("shop-reports", 2021);

        assertEquals(2, asked(() -> {
            assertEquals(new Report(2021, 2_000), catalogue.report(2021));
            assertEquals(new Report(2021, 2_000), catalogue.report(2021));
        }));
    }

    /** Stores what the shop does not allow. */
    private static void storeUnreadable(String table, Object key) {
        try (CacheManager other = Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider")
                .getCacheManager(URI.create("urn:other"), CachingIT.class.getClassLoader())) {
            other.createCache(
                            "other",
                            DynamoDbConfiguration.builder(Object.class, Object.class)
                                    .table(table)
                                    .prefix("")
                                    .allow("org.springframework.util.*")
                                    .build())
                    .put(key, new LinkedCaseInsensitiveMap<>());
        }
    }

    @Test
    void metrics_countEachQuestion() {
        long hits = metric("cache.gets", "offers", "&tag=result:hit");
        long misses = metric("cache.gets", "offers", "&tag=result:miss");
        long puts = metric("cache.puts", "offers", "");
        long removals = metric("cache.removals", "offers", "");

        catalogue.offer("net"); // a miss, and a put
        IntStream.range(0, 5).forEach(i -> catalogue.offer("net"));
        catalogue.startOffer(new Product("net", "Landing net", 999));
        catalogue.endOffer("net");
        catalogue.endOffer("net"); // there is nothing left to remove

        assertEquals(hits + 5, metric("cache.gets", "offers", "&tag=result:hit"));
        assertEquals(misses + 1, metric("cache.gets", "offers", "&tag=result:miss"));
        assertEquals(puts + 2, metric("cache.puts", "offers", ""));
        assertEquals(removals + 1, metric("cache.removals", "offers", ""));
    }

    @Test
    void metrics_ofSync_countTheQuestionOfEachThread() {
        long hits = metric("cache.gets", "reports", "&tag=result:hit");
        long misses = metric("cache.gets", "reports", "&tag=result:miss");
        long puts = metric("cache.puts", "reports", "");

        IntStream.range(0, 4).forEach(i -> catalogue.report(2024));

        assertEquals(hits + 3, metric("cache.gets", "reports", "&tag=result:hit"));
        assertEquals(misses + 1, metric("cache.gets", "reports", "&tag=result:miss"));
        assertEquals(puts + 1, metric("cache.puts", "reports", ""));
    }

    @Test
    void meters_ofRequests_countThoseOfTheCache() {
        catalogue.product("spade"); // these meters appear with the first request
        long reads = metric("tidepool.requests", "products", "&tag=operation:GetItem");
        long writes = metric("tidepool.requests", "products", "&tag=operation:PutItem");

        catalogue.product("net");
        catalogue.product("net");

        assertEquals(reads + 2, metric("tidepool.requests", "products", "&tag=operation:GetItem"));
        assertEquals(writes + 1, metric("tidepool.requests", "products", "&tag=operation:PutItem"));
    }

    private static long metric(String name, String cache, String more) {
        return new Visitor()
                .send(shop.address(), "GET", "/actuator/metrics/" + name + "?tag=cache:" + cache + more)
                .get("measurements")
                .get(0)
                .get("value")
                .asLong();
    }
}
