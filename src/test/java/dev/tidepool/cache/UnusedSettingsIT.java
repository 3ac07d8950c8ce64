package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Settings of caches that nobody makes. Isolated, as what is logged and the system properties belong to all tests. */
@Isolated
@ExtendWith(DynamoDbLocal.class)
final class UnusedSettingsIT {
    private final Node node = Node.start();
    private final Properties given = new Properties();

    /** The name of a cache that no other test has. */
    private final String name = "sessions of " + Node.freshTable();

    private final String misspelt = name.replace("sessions", "session");

    @BeforeEach
    void giveClient() {
        given.put("tidepool.client", node.client());
        given.setProperty("tidepool.table", Node.freshTable());
    }

    @AfterEach
    void close() {
        System.clearProperty("tidepool.cache." + misspelt + ".prefix");
        node.close();
    }

    @Test
    void createCache_nameLikeOneOfTheSettings_warnsAtOnceAndOnce() {
        set(misspelt);
        try (CapturedLog log = new CapturedLog()) {
            CacheManager manager = manager("a");
            create(manager, name);

            assertThat(log.warningsOf(misspelt))
                    .singleElement()
                    .asString()
                    .contains("tidepool.cache." + misspelt)
                    .contains("so far none of that name has been made with them")
                    .endsWith("; did you mean '" + name + "'?");

            create(manager, name + " more");
            manager.close();
            assertThat(log.warningsOf(misspelt)).hasSize(1);
        }
    }

    /** What is missing may be the very reason. */
    @Test
    void createCache_failsForWantOfTheSetting_warnsAllTheSame() {
        given.setProperty("tidepool.createTable", "false");
        given.setProperty("tidepool.cache." + misspelt + ".createTable", "true");
        try (CapturedLog log = new CapturedLog()) {
            CacheManager manager = manager("a");

            assertThatThrownBy(() -> create(manager, name)).isInstanceOf(CacheException.class);

            assertThat(log.warningsOf(misspelt)).hasSize(1);
        }
    }

    @Test
    void close_nameNeverUsed_warnsThenAndProposesNone() {
        set("orders of " + name);
        try (CapturedLog log = new CapturedLog()) {
            CacheManager manager = manager("a");
            create(manager, name);
            assertThat(warnings(log)).isEmpty();

            manager.close();
            manager.close();

            assertThat(warnings(log))
                    .singleElement()
                    .asString()
                    .contains("'orders of " + name + "'")
                    .doesNotContain("did you");
        }
    }

    @Test
    void close_noCacheAtAll_warns() {
        set(name);
        try (CapturedLog log = new CapturedLog()) {
            manager("a").close();

            assertThat(log.warningsOf(name)).hasSize(1);
        }
    }

    @Test
    void close_allNamesUsed_saysNothing() {
        set(name);
        set(misspelt);
        try (CapturedLog log = new CapturedLog()) {
            CacheManager manager = manager("a");
            create(manager, name);
            create(manager, misspelt);
            manager.destroyCache(misspelt);
            manager.close();

            assertThat(warnings(log)).isEmpty();
        }
    }

    /** The file on the class path and the system properties are those of all managers. */
    @Test
    void close_nameUsedByAnotherManager_saysNothing() {
        set(name);
        try (CapturedLog log = new CapturedLog()) {
            create(manager("a"), name);
            manager("b").close();
            manager("a").close();

            assertThat(warnings(log)).isEmpty();
        }
    }

    @Test
    void createCache_nameInSystemPropertiesOrFile_warnsToo(@TempDir Path directory) throws Exception {
        System.setProperty("tidepool.cache." + misspelt + ".prefix", "x");
        String inFile = name.replace("sessions", "sesions");
        Path file = Files.writeString(
                directory.resolve("mine.properties"), "tidepool.cache." + inFile.replace(" ", "\\ ") + ".prefix=x");
        try (CapturedLog log = new CapturedLog();
                CacheManager manager = manager(file.toUri().toString())) {
            create(manager, name);

            assertThat(log.warningsOf(misspelt)).hasSize(1);
            assertThat(log.warningsOf(inFile)).hasSize(1);
        }
    }

    /** They are numbered, and the second is made after the first. */
    @Test
    void createCache_namesThatDifferInDigitsAlone_saysNothing() {
        set(name + "02");
        try (CapturedLog log = new CapturedLog()) {
            CacheManager manager = manager("a");
            create(manager, name + "01");
            create(manager, name + "02");
            manager.close();

            assertThat(warnings(log)).isEmpty();
        }
    }

    /** A name that nobody has set can never be warned of. */
    @Test
    void createCache_nameWithoutSettings_isNotRemembered() {
        set(misspelt);
        CacheManager manager = manager("a");
        create(manager, name);
        create(manager, misspelt);

        assertThat(node.provider().cacheNames()).containsExactly(misspelt);
    }

    private List<String> warnings(CapturedLog log) {
        return log.warningsWith(name);
    }

    private void set(String cacheName) {
        given.setProperty("tidepool.cache." + cacheName + ".prefix", cacheName + "/");
    }

    private CacheManager manager(String uri) {
        return node.provider().getCacheManager(URI.create(uri), UnusedSettingsIT.class.getClassLoader(), given);
    }

    private static void create(CacheManager manager, String cacheName) {
        manager.createCache(
                cacheName,
                DynamoDbConfiguration.builder(String.class, String.class).build());
    }
}
