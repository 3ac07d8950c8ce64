package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidepool.session.SessionCaches;
import dev.tidepool.undertow.JCacheSessionManager;
import dev.tidepool.undertow.JCacheSessionManagerFactory;
import jakarta.servlet.http.HttpSession;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.web.servlet.server.AbstractServletWebServerFactory;
import org.springframework.boot.web.servlet.server.ConfigurableServletWebServerFactory;
import org.springframework.boot.web.servlet.server.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** The sample of the guide to sessions, in an application that caches nothing else. */
final class SessionsSampleIT {
    @EnableAutoConfiguration(exclude = CacheAutoConfiguration.class)
    static class Application {
        @Bean
        WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> sessions() {
            JCacheSessionManager.Builder builder = JCacheSessionManager.builder(SessionCaches.dynamoDb())
                    .application("shop") // Spring Boot gives all deployments one name
                    .allow("com.acme.shop.*");
            return server -> {
                if (!(server instanceof UndertowServletWebServerFactory undertow)) {
                    throw new IllegalStateException("Exclude spring-boot-starter-tomcat: sessions need Undertow");
                }
                undertow.addDeploymentInfoCustomizers(
                        deployment -> deployment.setSessionManagerFactory(new JCacheSessionManagerFactory(builder)));
            };
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

    /** Stands for the server that Spring Boot starts where Tomcat is on the class path, too. */
    static class OtherServer {
        @Bean
        ServletWebServerFactory otherServer() {
            return new AbstractServletWebServerFactory() {
                @Override
                public WebServer getWebServer(ServletContextInitializer... initializers) {
                    return new WebServer() {
                        @Override
                        public void start() {}

                        @Override
                        public void stop() {}

                        @Override
                        public int getPort() {
                            return 0;
                        }
                    };
                }
            };
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

    @Test
    void sample_onAnotherServer_doesNotStart() throws Exception {
        try (LocalDynamoDb dynamoDb = new LocalDynamoDb()) {
            dynamoDb.settings().forEach(System::setProperty);

            Throwable failure = assertThrows(
                    RuntimeException.class, () -> node(OtherServer.class).close());

            while (failure.getCause() != null) {
                failure = failure.getCause();
            }
            assertEquals("Exclude spring-boot-starter-tomcat: sessions need Undertow", failure.getMessage());
        }
    }

    private static ServletWebServerApplicationContext node(Class<?>... more) {
        SpringApplication application = new SpringApplication(Application.class);
        application.addPrimarySources(List.of(more));
        return (ServletWebServerApplicationContext) application.run(
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--logging.level.root=error",
                "--logging.level.org.springframework.boot.SpringApplication=off",
                "--spring.main.banner-mode=off");
    }

    private static int visits(Visitor visitor, ServletWebServerApplicationContext node) {
        URI address = URI.create("http://127.0.0.1:" + node.getWebServer().getPort());
        return visitor.send(address, "GET", "/").get("visits").asInt();
    }

    @Test
    void sample_isThatOfTheGuide() throws Exception {
        String test =
                oneLine(Files.readString(Path.of("src/test/java/dev/tidepool/examples/spring/SessionsSampleIT.java")));
        String text = oneLine(Files.readString(Path.of("../../docs/sessions.md")));
        String beginning = "@Bean WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> sessions()";
        String sample = text.substring(text.indexOf(beginning), text.indexOf(" ```", text.indexOf(beginning)));

        assertTrue(test.contains(sample), sample);
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
