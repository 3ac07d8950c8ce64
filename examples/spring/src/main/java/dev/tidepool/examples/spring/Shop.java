package dev.tidepool.examples.spring;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** The requests of the page. */
@RestController
class Shop {
    private static final String USER = "user";
    private static final String CART = "cart";

    private final Catalogue catalogue;
    private final Warehouse warehouse;
    private final String node;
    private final String other;

    Shop(
            Catalogue catalogue,
            Warehouse warehouse,
            @Value("${node:node}") String node,
            @Value("${other:}") String other) {
        this.catalogue = catalogue;
        this.warehouse = warehouse;
        this.node = node;
        this.other = other;
    }

    /**
     * An answer of the catalogue.
     *
     * @param node which node answered
     * @param from {@code cache} or {@code warehouse}
     * @param found null for what there is not
     */
    record Answer(String node, String from, Object found) {}

    /**
     * What the session holds.
     *
     * @param node which node answered
     * @param other the address of another one, empty when this one knows of none
     * @param user null for nobody
     */
    record Visit(String node, String other, String user, List<Product> cart) {}

    @GetMapping("/products/{id}")
    Answer product(@PathVariable String id) {
        return answer(() -> catalogue.product(id));
    }

    @GetMapping("/products/{id}/price")
    Answer price(@PathVariable String id, @RequestParam String currency) {
        return answer(() -> catalogue.price(id, currency));
    }

    @GetMapping("/bestsellers")
    Answer bestsellers() {
        return answer(catalogue::bestsellers);
    }

    @GetMapping("/reports/{year}")
    Answer report(@PathVariable int year) {
        return answer(() -> catalogue.report(year));
    }

    @GetMapping("/products/{id}/offer")
    Answer offer(@PathVariable String id) {
        return answer(() -> catalogue.offer(id));
    }

    @PutMapping("/products/{id}/offer")
    Answer startOffer(@PathVariable String id, @RequestParam int cents) {
        Product product = existing(id);
        return answer(() -> catalogue.startOffer(new Product(id, product.name(), cents)));
    }

    @DeleteMapping("/products/{id}/offer")
    Answer endOffer(@PathVariable String id) {
        catalogue.endOffer(id);
        return offer(id);
    }

    @PostMapping("/refresh")
    Answer refresh() {
        catalogue.refresh();
        return bestsellers();
    }

    private Answer answer(Supplier<?> question) {
        long before = warehouse.askedHere();
        Object found = question.get();
        return new Answer(node, warehouse.askedHere() == before ? "cache" : "warehouse", found);
    }

    private Product existing(String id) {
        Product product = catalogue.product(id);
        if (product == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        return product;
    }

    @GetMapping("/visit")
    Visit visit(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        return session == null
                ? new Visit(node, other, null, List.of())
                : new Visit(
                        node,
                        other,
                        (String) session.getAttribute(USER),
                        cart(session).products());
    }

    /** With a new id, so that nobody can have planted the old one. */
    @PostMapping("/login")
    Visit login(@RequestParam String user, HttpServletRequest request) {
        request.getSession();
        request.changeSessionId();
        request.getSession().setAttribute(USER, user);
        return visit(request);
    }

    @PostMapping("/logout")
    Visit logout(HttpServletRequest request) {
        HttpSession session = request.getSession(false);
        if (session != null) {
            session.invalidate();
        }
        return visit(request);
    }

    @PostMapping("/cart")
    Visit add(@RequestParam String id, HttpServletRequest request) {
        Product product = existing(id);
        HttpSession session = request.getSession();
        Cart cart = cart(session);
        cart.add(product);
        session.setAttribute(CART, cart);
        return visit(request);
    }

    private static Cart cart(HttpSession session) {
        return session.getAttribute(CART) instanceof Cart cart ? cart : new Cart();
    }
}
