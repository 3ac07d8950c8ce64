/**
 * What Spring Boot finds by itself where this library is on the class path: a health indicator of the caches, of Boot 3
 * and of Boot 4. There is nothing in it to call; {@code management.health.tidepool.enabled=false} leaves it out.
 */
@NullMarked
package dev.tidepool.spring;

import org.jspecify.annotations.NullMarked;
