package dev.tidepool.examples.spring;

import dev.tidepool.cache.CacheOperations;
import dev.tidepool.cache.CacheRequestMetrics;
import dev.tidepool.session.SessionCaches;
import dev.tidepool.session.SessionEngine;
import dev.tidepool.session.SessionMetrics;
import dev.tidepool.undertow.JCacheSessionManager;
import dev.tidepool.undertow.JCacheSessionManagerFactory;
import java.util.Map;
import javax.cache.CacheManager;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServer;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.web.servlet.server.ConfigurableServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What properties do not do: sessions, and the meters of Tidepool. */
@Configuration(proxyBeanMethods = false)
class TidepoolConfiguration {
    @Bean
    WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> sessions(CacheManager caches) {
        JCacheSessionManager.Builder builder = JCacheSessionManager.builder(SessionCaches.dynamoDb(caches))
                .application("shop"); // Spring Boot gives all deployments one name
        return server -> {
            if (!(server instanceof UndertowServletWebServerFactory undertow)) {
                throw new IllegalStateException("Exclude spring-boot-starter-tomcat: sessions need Undertow");
            }
            undertow.addDeploymentInfoCustomizers(
                    deployment -> deployment.setSessionManagerFactory(new JCacheSessionManagerFactory(builder)));
        };
    }

    @Bean
    CacheRequestMetrics cacheRequestMetrics(CacheManager caches) {
        return new CacheRequestMetrics(caches);
    }

    @Bean
    SessionEngine sessionEngine(ServletWebServerApplicationContext context) {
        UndertowServletWebServer server = (UndertowServletWebServer) context.getWebServer();
        return JCacheSessionManager.engineOf(
                server.getDeploymentManager().getDeployment().getSessionManager());
    }

    @Bean
    SessionMetrics sessionMetrics(SessionEngine engine) {
        return new SessionMetrics(engine);
    }

    /** All beans are there, and the server does not listen yet. */
    @Bean
    SmartInitializingSingleton warmUp(CacheManager caches, SessionEngine engine) {
        return () -> {
            caches.unwrap(CacheOperations.class).warmUp();
            Cart cart = new Cart();
            cart.add(new Product("1", "tea", 495));
            engine.warmUp(Map.of("user", "ada", "cart", cart));
        };
    }
}
