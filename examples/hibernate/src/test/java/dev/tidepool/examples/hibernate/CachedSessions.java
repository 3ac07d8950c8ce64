package dev.tidepool.examples.hibernate;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;

/** Session factories with the settings of the example, in a table and a database of their own. */
final class CachedSessions {
    private final Path folder;
    private final URI store;
    private final String name;
    private int opened;

    /** @param name that of the table and of the database */
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
        settings.put("tidepool.table", name);
        settings.putAll(more);
        Path file = folder.resolve(name + ++opened + ".properties");
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
}
