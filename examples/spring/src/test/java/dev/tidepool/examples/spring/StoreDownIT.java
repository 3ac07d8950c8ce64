package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import javax.cache.CacheException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The shop's error handler, with the store cut off after the start. */
final class StoreDownIT {
    private static final Visitor VISITOR = new Visitor();
    private static RunningShop shop;
    private static Catalogue catalogue;
    private static Warehouse warehouse;
    private static JsonNode healthBefore;

    @BeforeAll
    static void start() throws Exception {
        shop = new RunningShop(
                "--logging.level.io.undertow=off",
                "--logging.level.dev.tidepool=off",
                "--management.endpoint.health.show-details=always");
        catalogue = shop.bean(Catalogue.class);
        warehouse = shop.bean(Warehouse.class);
        VISITOR.send(shop.address(), "POST", "/login?user=ann");
        healthBefore = VISITOR.send(shop.address(), "GET", "/actuator/health").at("/components/tidepool");
        shop.dynamoDb().cutOff();
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void cacheable_isAskedEachTime() {
        assertEquals(1, asked(() -> assertEquals(new BigDecimal("6.60"), catalogue.price("bucket", "USD"))));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void sync_isAskedEachTime() {
        assertEquals(1, asked(() -> assertEquals(new Report(2025, 6_000), catalogue.report(2025))));
    }

    private static long asked(Runnable work) {
        long before = warehouse.askedHere();
        work.run();
        return warehouse.askedHere() - before;
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void cachePut_throws() {
        assertThrows(CacheException.class, () -> catalogue.startOffer(new Product("net", "Landing net", 999)));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void cacheEvict_throws() {
        assertThrows(CacheException.class, () -> catalogue.endOffer("net"));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void cacheEvict_ofAll_throws() {
        assertThrows(CacheException.class, () -> catalogue.refresh());
    }

    @Test
    void health_beforeTheStoreWasCutOff_hasEachCache() {
        assertEquals("UP", healthBefore.at("/status").asText());
        assertTrue(healthBefore.at("/details/sessions/isReady").asBoolean(), healthBefore.toString());
        assertTrue(healthBefore.at("/details/products/isReady").asBoolean(), healthBefore.toString());
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void health_isDownAndSaysWhy() {
        IllegalStateException down = assertThrows(
                IllegalStateException.class, () -> new Visitor().send(shop.address(), "GET", "/actuator/health"));

        assertTrue(down.getMessage().contains(": 503 "), down.getMessage());
        assertTrue(down.getMessage().contains("GetItem on table 'shop-sessions'"), down.getMessage());
    }

    /** A visitor who has none is served; one whose session cannot be read is told so, and not logged out. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void session_thatCannotBeRead_isNoLoggedOutVisitor() {
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> VISITOR.send(shop.address(), "GET", "/visit"));

        assertTrue(refused.getMessage().contains(": 503 "), refused.getMessage());
        assertTrue(
                new Visitor().send(shop.address(), "GET", "/visit").get("user").isNull());
    }
}
