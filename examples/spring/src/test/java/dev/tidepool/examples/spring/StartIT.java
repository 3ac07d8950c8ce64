package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a shop needs of Tidepool, and what it says when that is not there. */
final class StartIT {
    /** The last "Caused by" of what Spring Boot logs of a start that fails. */
    private static String startFails(Map<String, String> options) {
        Throwable failure = assertThrows(
                RuntimeException.class,
                () -> new RunningShop(
                                List.of(), options, "--logging.level.org.springframework.boot.SpringApplication=off")
                        .close());
        while (failure.getCause() != null) {
            failure = failure.getCause();
        }
        return failure.getMessage();
    }

    /** Nobody closes the cache manager of a start that failed. */
    @AfterEach
    void closeManagers() {
        Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider").close();
    }

    @Test
    void start_tableMissing_saysWhichAndWhatToDo() {
        String message = startFails(Map.of("tidepool.cache.prices.createTable", "false"));

        assertTrue(message.contains("Table 'shop-prices' does not exist in this account and region"), message);
    }

    @Test
    void start_unknownOption_saysWhich() {
        String message = startFails(Map.of("tidepool.cache.prices.expires", "10m"));

        assertTrue(message.contains("tidepool.cache.prices.expires"), message);
    }

    @Test
    void start_ofASecondContextInOneJvm_saysThatTheCachesAreThere() throws Exception {
        try (RunningShop first = new RunningShop()) {
            assertNotNull(first.address());

            assertEquals("There is a cache 'products' already", startFails(Map.of()));
        }
    }

    @Test
    void close_ofTheContext_closesTheCacheManager() throws Exception {
        CacheManager manager;
        try (RunningShop shop = new RunningShop()) {
            manager = shop.bean(CacheManager.class);
        }

        assertTrue(manager.isClosed());
    }

    @Test
    void application_knowsTidepoolInOneClassAlone() throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
            List<String> knowing = sources.filter(Files::isRegularFile)
                    .filter(StartIT::knowsTidepool)
                    .map(source -> source.getFileName().toString())
                    .toList();

            assertEquals(List.of("TidepoolConfiguration.java"), knowing);
        }
    }

    private static boolean knowsTidepool(Path source) {
        try {
            return Files.readString(source)
                    .replace("dev.tidepool.examples.", "")
                    .contains("dev.tidepool.");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
