package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Serializable;
import java.net.HttpCookie;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.web.servlet.FlashMap;
import org.springframework.web.servlet.FlashMapManager;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.servlet.support.RequestContextUtils;

/** What Spring Boot sets for sessions, and what Spring keeps in them. */
final class SessionsIT {
    /** The same file by another name, for a second cache manager in this JVM. */
    private static final String OTHER_MANAGER =
            "--spring.cache.jcache.config=file:src/main/resources/tidepool.properties";

    private static RunningShop shop;

    /** A bean of the session. */
    static class Preferences implements Serializable {
        private static final long serialVersionUID = 1L;

        private String language = "en";

        String language() {
            return language;
        }

        void speak(String other) {
            language = other;
        }
    }

    /** More requests than the shop has. */
    static final class Routes {
        @Bean
        @Scope(value = "session", proxyMode = ScopedProxyMode.TARGET_CLASS)
        Preferences preferences() {
            return new Preferences();
        }

        @Bean
        RouterFunction<ServerResponse> routes(Preferences preferences) {
            return RouterFunctions.route()
                    .GET("/interval", request -> answer(interval(request.servletRequest())))
                    .GET("/language", request -> answer(preferences.language()))
                    .POST("/language", request -> {
                        preferences.speak(request.param("language").orElseThrow());
                        return answer(preferences.language());
                    })
                    .POST("/flash", request -> {
                        RequestContextUtils.getOutputFlashMap(request.servletRequest())
                                .put("message", "saved");
                        return ServerResponse.ok().build((servlet, response) -> {
                            RequestContextUtils.saveOutputFlashMap("/flash", servlet, response);
                            response.getWriter().print("{}");
                            return null;
                        });
                    })
                    .GET("/flash", request -> {
                        Map<String, ?> flash = RequestContextUtils.getInputFlashMap(request.servletRequest());
                        return answer(flash == null ? "none" : flash.get("message"));
                    })
                    .build();
        }

        private static ServerResponse answer(Object answer) {
            return ServerResponse.ok().body(Map.of("answer", answer));
        }

        private static int interval(HttpServletRequest request) {
            return request.getSession().getMaxInactiveInterval();
        }
    }

    /** What makes a request free that does not ask for its session. */
    static final class NothingLooksIntoSessions {
        @Bean
        FlashMapManager flashMapManager() {
            return new FlashMapManager() {
                @Override
                public FlashMap retrieveAndUpdate(HttpServletRequest request, HttpServletResponse response) {
                    return null;
                }

                @Override
                public void saveOutputFlashMap(
                        FlashMap flashMap, HttpServletRequest request, HttpServletResponse response) {}
            };
        }

        @Bean
        WebServerFactoryCustomizer<UndertowServletWebServerFactory> noLoginsOfUndertow() {
            return factory -> factory.addDeploymentInfoCustomizers(deployment -> deployment.setSecurityDisabled(true));
        }
    }

    @BeforeAll
    static void start() throws Exception {
        shop = new RunningShop(
                List.of(Routes.class),
                Map.of(),
                "--server.servlet.session.timeout=2h",
                "--server.servlet.session.cookie.max-age=1h",
                "--server.servlet.session.cookie.path=/");
    }

    @AfterAll
    static void stop() throws Exception {
        shop.close();
    }

    private static String answer(RunningShop shop, Visitor visitor, String method, String path) {
        return visitor.send(shop.address(), method, path).path("answer").asText();
    }

    @Test
    void timeout_isThatOfSpringBoot() {
        assertEquals("7200", answer(shop, new Visitor(), "GET", "/interval"));
    }

    @Test
    void cookie_isAsSpringBootSays() {
        Visitor visitor = new Visitor();

        answer(shop, visitor, "GET", "/interval");

        HttpCookie cookie = visitor.sessionCookie();
        assertEquals(3_600, cookie.getMaxAge());
        assertTrue(cookie.isHttpOnly());
        assertEquals("/", cookie.getPath());
    }

    @Test
    void beanOfTheSession_changedInPlace_isSaved() {
        Visitor visitor = new Visitor();
        assertEquals("en", answer(shop, visitor, "GET", "/language"));

        answer(shop, visitor, "POST", "/language?language=fr");

        assertEquals("fr", answer(shop, visitor, "GET", "/language"));
        assertEquals("en", answer(shop, new Visitor(), "GET", "/language"));
    }

    @Test
    void flashAttribute_isThereOnceInTheNextRequest() {
        Visitor visitor = new Visitor();
        answer(shop, visitor, "POST", "/flash");

        assertEquals("saved", answer(shop, visitor, "GET", "/flash"));
        assertEquals("none", answer(shop, visitor, "GET", "/flash"));
    }

    @Test
    void login_givesANewId() {
        Visitor visitor = new Visitor();
        visitor.send(shop.address(), "POST", "/cart?id=net");
        String planted = visitor.cookie();

        visitor.send(shop.address(), "POST", "/login?user=ann");

        assertNotEquals(planted, visitor.cookie());
        assertEquals(
                "ann", visitor.send(shop.address(), "GET", "/visit").get("user").asText());
    }

    /** Undertow looks for a login, and Spring MVC for flash attributes and for the id, which it tells with an event. */
    @Test
    void request_thatDoesNotAskForItsSession_costsARead() {
        assertEquals(Map.of("GetItem", 1L), requestsOfASecondLook(shop));
    }

    @Test
    void request_thatDoesNotAskForItsSession_costsNothing_ifSpringAndUndertowDoNotLook() throws Exception {
        try (RunningShop other = new RunningShop(
                List.of(NothingLooksIntoSessions.class),
                Map.of(),
                OTHER_MANAGER,
                "--spring.mvc.publish-request-handled-events=false")) {
            assertEquals(Map.of(), requestsOfASecondLook(other));
        }
    }

    private static Map<String, Long> requestsOfASecondLook(RunningShop shop) {
        Visitor visitor = new Visitor();
        visitor.send(shop.address(), "POST", "/cart?id=net");

        return shop.requests(() -> visitor.send(shop.address(), "GET", "/actuator/metrics"));
    }

    @Test
    void meters_ofSessions_countThoseOfTheShop() {
        long created = created(shop);

        answer(shop, new Visitor(), "GET", "/interval");
        answer(shop, new Visitor(), "GET", "/interval");

        assertEquals(created + 2, created(shop));
    }

    private static long created(RunningShop shop) {
        return new Visitor()
                .send(shop.address(), "GET", "/actuator/metrics/tidepool.sessions.created")
                .get("measurements")
                .get(0)
                .get("value")
                .asLong();
    }

    /** Files are for sessions in memory, and the server of the actuator has sessions of its own. */
    @Test
    void persistentSessionsAndManagementPort_changeNothing_andNoTimeoutIsNone() throws Exception {
        try (RunningShop other = new RunningShop(
                List.of(Routes.class),
                Map.of("tidepool.cache.sessions.allow", "dev.tidepool.examples.spring.*"),
                OTHER_MANAGER,
                "--management.server.port=0",
                "--server.servlet.session.persistent=true",
                "--server.servlet.session.store-dir=target/session-store",
                "--server.servlet.session.timeout=0")) {
            Visitor visitor = new Visitor();
            assertTrue(Integer.parseInt(answer(other, visitor, "GET", "/interval")) <= 0);

            visitor.send(other.address(), "POST", "/cart?id=net");

            assertEquals(
                    1,
                    visitor.send(other.address(), "GET", "/visit").get("cart").size());
        }
    }
}
