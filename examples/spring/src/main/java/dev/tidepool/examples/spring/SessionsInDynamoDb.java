package dev.tidepool.examples.spring;

import dev.tidepool.session.JCacheSessionManager;
import dev.tidepool.session.JCacheSessionManagerFactory;
import dev.tidepool.session.SessionCaches;
import javax.cache.CacheManager;
import org.springframework.boot.web.embedded.undertow.UndertowServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Each {@code HttpSession} lives in the cache {@code sessions}. */
@Configuration(proxyBeanMethods = false)
class SessionsInDynamoDb {
    @Bean
    WebServerFactoryCustomizer<UndertowServletWebServerFactory> sessions(CacheManager caches) {
        JCacheSessionManager.Builder builder = JCacheSessionManager.builder(SessionCaches.dynamoDb(caches))
                .application("shop"); // Spring Boot gives all deployments one name
        return factory -> factory.addDeploymentInfoCustomizers(
                deployment -> deployment.setSessionManagerFactory(new JCacheSessionManagerFactory(builder)));
    }
}
