package com.acme.shop;

import dev.tidepool.session.SessionCaches;
import dev.tidepool.undertow.JCacheSessionManager;
import dev.tidepool.undertow.JCacheSessionManagerFactory;
import jakarta.servlet.http.HttpSession;
import java.time.Instant;
import javax.cache.CacheManager;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.server.ConfigurableServletWebServerFactory;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Service;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@EnableCaching
public class Shop {
    public static void main(String[] arguments) {
        SpringApplication.run(Shop.class, arguments);
    }

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

    @Service
    static class Catalogue {
        @Cacheable("products")
        public String product(int number) {
            return "product " + number + ", looked up at " + Instant.now();
        }
    }

    @RestController
    static class Pages {
        private final Catalogue catalogue;

        Pages(Catalogue catalogue) {
            this.catalogue = catalogue;
        }

        @GetMapping("/products/{number}")
        String product(@PathVariable("number") int number, HttpSession session) {
            Integer seen = (Integer) session.getAttribute("seen");
            session.setAttribute("seen", seen == null ? 1 : seen + 1);
            return catalogue.product(number) + "; pages you have seen: " + session.getAttribute("seen");
        }
    }
}
