package dev.tidepool.examples.spring;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.context.WebServerInitializedEvent;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.event.EventListener;

/** A shop whose caches and sessions all its nodes share. */
@SpringBootApplication
@EnableCaching
public class ShopApplication {
    @Value("${node:node}")
    private String node;

    /**
     * Starts a node, which then runs until it is interrupted.
     *
     * @param args properties of Spring Boot, such as {@code --server.port=8081}
     */
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }

    @EventListener
    void ready(WebServerInitializedEvent event) {
        if (event.getApplicationContext().getServerNamespace() == null) { // not that of management.server.port
            System.out.println("Node " + node + " is at http://127.0.0.1:"
                    + event.getWebServer().getPort());
        }
    }
}
