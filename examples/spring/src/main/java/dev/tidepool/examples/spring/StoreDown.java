package dev.tidepool.examples.spring;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cache.Cache;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.interceptor.CacheErrorHandler;
import org.springframework.cache.interceptor.SimpleCacheErrorHandler;
import org.springframework.context.annotation.Configuration;

/** The shop goes on without its caches, but never with what is no longer true. */
@Configuration(proxyBeanMethods = false)
class StoreDown implements CachingConfigurer {
    private static final Logger LOG = LoggerFactory.getLogger(StoreDown.class);

    @Override
    public CacheErrorHandler errorHandler() {
        return new SimpleCacheErrorHandler() { // throws what is not handled here: failed evictions
            @Override
            public void handleCacheGetError(RuntimeException failure, Cache cache, Object key) {
                LOG.warn("Not read from cache '{}': {}", cache.getName(), failure.getMessage());
            }

            @Override
            public void handleCachePutError(RuntimeException failure, Cache cache, Object key, Object value) {
                if (cache.getName().equals("offers")) { // @CachePut: the old value would stay
                    throw failure;
                }
                LOG.warn("Not put into cache '{}': {}", cache.getName(), failure.getMessage());
            }
        };
    }
}
