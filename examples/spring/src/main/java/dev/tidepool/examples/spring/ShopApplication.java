package dev.tidepool.examples.spring;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cache.annotation.EnableCaching;

/** A shop whose caches and sessions all its nodes share. */
@SpringBootApplication
@EnableCaching
public class ShopApplication {
    /**
     * Starts a node, which then runs until it is interrupted.
     *
     * @param args properties of Spring Boot, such as {@code --server.port=8081}
     */
    public static void main(String[] args) {
        SpringApplication.run(ShopApplication.class, args);
    }
}
