package dev.tidepool.examples.spring;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/** A node of the shop in this JVM, and the DynamoDB Local that it is on. */
final class RunningShop implements AutoCloseable {
    private final LocalDynamoDb dynamoDb;
    private final ServletWebServerApplicationContext context;

    /**
     * Starts both.
     *
     * @param arguments properties of Spring Boot, which win over those of the shop
     */
    RunningShop(String... arguments) throws Exception {
        this(List.of(), Map.of(), arguments);
    }

    /**
     * Starts both.
     *
     * @param more classes of configuration besides the shop's own
     * @param options of Tidepool, which win over those of the shop
     * @param arguments properties of Spring Boot, which win over those of the shop
     */
    RunningShop(List<Class<?>> more, Map<String, String> options, String... arguments) throws Exception {
        dynamoDb = new LocalDynamoDb();
        List<String> all = new ArrayList<>(List.of(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--logging.level.root=error",
                "--spring.main.banner-mode=off"));
        all.addAll(List.of(arguments));
        List<Class<?>> sources = new ArrayList<>(more);
        sources.add(ShopApplication.class);
        dynamoDb.settings().forEach(System::setProperty);
        options.forEach(System::setProperty);
        try {
            context = (ServletWebServerApplicationContext)
                    SpringApplication.run(sources.toArray(Class<?>[]::new), all.toArray(String[]::new));
        } catch (RuntimeException e) {
            dynamoDb.close();
            throw e;
        } finally {
            options.keySet().forEach(System::clearProperty);
        }
    }

    LocalDynamoDb dynamoDb() {
        return dynamoDb;
    }

    ServletWebServerApplicationContext context() {
        return context;
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + context.getWebServer().getPort());
    }

    /** The requests that some work sends to DynamoDB. */
    Map<String, Long> requests(Runnable work) {
        Map<String, Long> before = Map.copyOf(dynamoDb.requests());
        work.run();
        Map<String, Long> sent = new HashMap<>(dynamoDb.requests());
        before.forEach((operation, count) ->
                sent.computeIfPresent(operation, (same, all) -> all.equals(count) ? null : all - count));
        return sent;
    }

    @Override
    public void close() throws Exception {
        context.close();
        dynamoDb.close();
    }
}
