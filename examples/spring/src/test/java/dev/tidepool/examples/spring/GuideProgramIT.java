package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.acme.shop.Shop;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/** The program of the guide does what is said of it. */
final class GuideProgramIT {
    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

    @Test
    void program_asItStands_cachesAndKeepsSessions() throws Exception {
        try (LocalDynamoDb dynamoDb = new LocalDynamoDb()) {
            dynamoDb.settings().forEach(System::setProperty);
            String first;
            try (ServletWebServerApplicationContext node = start()) {
                first = visit(node);
                assertTrue(first.endsWith("; pages you have seen: 1"), first);
            }
            try (ServletWebServerApplicationContext restarted = start()) {
                assertEquals(first.replace("seen: 1", "seen: 2"), visit(restarted));
            }
        }
    }

    private static ServletWebServerApplicationContext start() {
        return (ServletWebServerApplicationContext) SpringApplication.run(
                Shop.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--logging.level.root=error",
                "--spring.main.banner-mode=off");
    }

    private String visit(ServletWebServerApplicationContext node) throws Exception {
        URI address = URI.create("http://127.0.0.1:" + node.getWebServer().getPort() + "/products/1");
        return browser.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
