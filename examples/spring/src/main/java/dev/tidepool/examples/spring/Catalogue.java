package dev.tidepool.examples.spring;

import java.math.BigDecimal;
import java.util.List;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.stereotype.Service;

/** What the warehouse says, asked once by all nodes together. */
@Service
class Catalogue {
    private final Warehouse warehouse;

    Catalogue(Warehouse warehouse) {
        this.warehouse = warehouse;
    }

    /** Returns null for what there is not, which is cached as well. */
    @Cacheable("products")
    public Product product(String id) {
        return warehouse.product(id);
    }

    @Cacheable("prices")
    public BigDecimal price(String id, String currency) {
        return warehouse.price(id, currency);
    }

    @Cacheable("bestsellers")
    public List<Product> bestsellers() {
        return warehouse.bestsellers();
    }

    /** Takes long, so one thread of a node does it for all that ask. */
    @Cacheable(cacheNames = "reports", sync = true)
    public Report report(int year) {
        return warehouse.report(year);
    }

    /** Returns null for what is not on offer. */
    @Cacheable("offers")
    public Product offer(String id) {
        return warehouse.offer(id);
    }

    /** What all nodes answer until the entry expires, or the offer ends. */
    @CachePut(cacheNames = "offers", key = "#product.id")
    public Product startOffer(Product product) {
        return product;
    }

    @CacheEvict("offers")
    public void endOffer(String id) {}

    @CacheEvict(
            cacheNames = {"products", "prices", "bestsellers"},
            allEntries = true)
    public void refresh() {}
}
