package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidepool.session.SessionCaches;
import dev.tidepool.undertow.JCacheSessionManager;
import dev.tidepool.undertow.JCacheSessionManagerFactory;
import jakarta.servlet.http.HttpSession;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** The sample of the README, in an application that caches nothing else. */
final class ReadmeSampleIT {
    @EnableAutoConfiguration(exclude = CacheAutoConfiguration.class)
    static class Application {
        @Bean
        WebServerFactoryCustomizer<UndertowServletWebServerFactory> sessions() {
            JCacheSessionManager.Builder builder = JCacheSessionManager.builder(SessionCaches.dynamoDb())
                    .application("shop") // Spring Boot gives all deployments one name
                    .allow("com.acme.shop.*");
            return factory -> factory.addDeploymentInfoCustomizers(
                    deployment -> deployment.setSessionManagerFactory(new JCacheSessionManagerFactory(builder)));
        }

        @Bean
        RouterFunction<ServerResponse> visits() {
            return RouterFunctions.route()
                    .GET("/", request -> {
                        HttpSession session = request.servletRequest().getSession();
                        Integer count = (Integer) session.getAttribute("visits");
                        session.setAttribute("visits", count == null ? 1 : count + 1);
                        return ServerResponse.ok().body(Map.of("visits", session.getAttribute("visits")));
                    })
                    .build();
        }
    }

    @AfterEach
    void closeTheDefaultManager() {
        Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider").close();
    }

    @Test
    void sample_keepsTheSession_alsoForAnotherNode() throws Exception {
        try (LocalDynamoDb dynamoDb = new LocalDynamoDb()) {
            dynamoDb.settings().forEach(System::setProperty);
            try (ServletWebServerApplicationContext a = node();
                    ServletWebServerApplicationContext b = node()) {
                Visitor visitor = new Visitor();

                assertEquals(1, visits(visitor, a));
                assertEquals(2, visits(visitor, b));
                assertEquals(3, visits(visitor, a));
            }
        }
    }

    private static ServletWebServerApplicationContext node() {
        return (ServletWebServerApplicationContext) SpringApplication.run(
                Application.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--logging.level.root=error",
                "--spring.main.banner-mode=off");
    }

    private static int visits(Visitor visitor, ServletWebServerApplicationContext node) {
        URI address = URI.create("http://127.0.0.1:" + node.getWebServer().getPort());
        return visitor.send(address, "GET", "/").get("visits").asInt();
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/sessions.md"})
    void sample_isThatOfTheDocumentation(String file) throws Exception {
        String test =
                oneLine(Files.readString(Path.of("src/test/java/dev/tidepool/examples/spring/ReadmeSampleIT.java")));
        String text = oneLine(Files.readString(Path.of("../..", file)));
        String beginning = "@Bean WebServerFactoryCustomizer<UndertowServletWebServerFactory> sessions()";
        String sample = text.substring(text.indexOf(beginning), text.indexOf(" ```", text.indexOf(beginning)));

        assertTrue(test.contains(sample), sample);
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
