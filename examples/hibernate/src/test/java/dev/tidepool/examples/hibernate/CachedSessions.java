package dev.tidepool.examples.hibernate;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import javax.cache.Cache;
import org.hibernate.SessionFactory;
import org.hibernate.cache.jcache.internal.JCacheRegionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.engine.spi.SessionFactoryImplementor;

/** Session factories with the settings of the example, in tables and a database of their own. */
final class CachedSessions {
    private final Path folder;
    private final URI store;
    private final String name;

    /** @param name that of the database, with which the names of the tables begin */
    CachedSessions(Path folder, URI store, String name) {
        this.folder = folder;
        this.store = store;
        this.name = name;
    }

    /** Returns the URL of a file with the example's settings, the classes of the tests allowed, and those given. */
    String settings(Map<String, String> more) throws IOException {
        Properties settings = new Properties();
        try (InputStream example = CachedSessions.class.getResourceAsStream("/tidepool.properties")) {
            settings.load(example);
        }
        settings.merge(
                "tidepool.allow", CachedSessions.class.getPackageName() + ".*", (theirs, ours) -> theirs + "," + ours);
        settings.put("tidepool.endpoint", store.toString());
        settings.put("tidepool.region", "us-east-1");
        settings.put("tidepool.awsConfigJson", "{\"accessKeyId\": \"local\", \"secretAccessKey\": \"local\"}");
        settings.put("tidepool.table", name + "-{cache}");
        settings.putAll(more);
        // Hibernate takes the manager of a URL that is open, so each has one of its own.
        Path file = Files.createTempFile(folder, name, ".properties");
        try (OutputStream out = Files.newOutputStream(file)) {
            settings.store(out, null);
        }
        return file.toUri().toURL().toString();
    }

    /** @param mapping what is mapped */
    SessionFactory open(String settings, Configuration mapping) {
        return mapping.setProperty("hibernate.javax.cache.uri", settings)
                .setProperty("hibernate.connection.url", "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1")
                .setProperty("hibernate.hbm2ddl.auto", "update")
                .buildSessionFactory();
    }

    /** Returns what Hibernate keeps a region in. */
    static Cache<Object, Object> cacheOf(SessionFactory sessions, String region) {
        JCacheRegionFactory regions = (JCacheRegionFactory)
                sessions.unwrap(SessionFactoryImplementor.class).getCache().getRegionFactory();
        return regions.getCacheManager().getCache(region);
    }
}
