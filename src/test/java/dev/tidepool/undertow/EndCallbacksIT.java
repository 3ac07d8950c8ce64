package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Eventually;
import io.undertow.servlet.api.ListenerInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the callbacks at the end of a session of servlets see of its attributes: how they were last changed. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class EndCallbacksIT {
    private static final List<String> TOLD = new CopyOnWriteArrayList<>();
    private static final Duration TIMEOUT = Duration.ofSeconds(1000);
    private static final String CALLBACK = "DESTRUCTION_CALLBACK.cart";

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table, clock);
    private final StoreNode two = StoreNode.on(table, clock);

    /** How a session ends. */
    enum End {
        LOGOUT,
        LOGOUT_AFTER_CHANGE,
        TIMEOUT,
        LOGOUT_ON_OTHER_NODE
    }

    /** An object in a session, which says what it holds when it is unbound. */
    static final class Cart implements Serializable, HttpSessionBindingListener {
        private static final long serialVersionUID = 1L;

        private final List<String> items = new ArrayList<>();

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            TOLD.add("unbound " + items);
        }

        void destroy() {
            TOLD.add("destroyed " + items);
        }
    }

    /** Calls the destroy method of a scoped bean when its session ends, as frameworks do: it has the bean itself. */
    static final class DestructionCallback implements Serializable, HttpSessionBindingListener {
        private static final long serialVersionUID = 1L;

        private final Cart bean;

        DestructionCallback(Cart bean) {
            this.bean = bean;
        }

        @Override
        public void valueUnbound(HttpSessionBindingEvent event) {
            bean.destroy();
        }
    }

    /** Looks the bean up, instead of having it, when the session ends; may change it then, for the next to see. */
    static final class LookingCallback implements HttpSessionListener {
        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            Cart cart = cart(event.getSession());
            TOLD.add("listener " + cart.items);
            if (event.getSession().getAttribute("farewell") instanceof String farewell) {
                cart.items.add(farewell);
            }
        }
    }

    @BeforeEach
    void forget() {
        TOLD.clear();
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private ServletNode node(StoreNode store) throws Exception {
        return ServletNode.of(new JCacheSessionManagerFactory(store.manager().touchInterval(Duration.ZERO)))
                .on("/begin", (request, response) -> {
                    Cart cart = new Cart();
                    request.getSession().setAttribute("cart", cart);
                    request.getSession().setAttribute("farewell", "bye");
                    cart.items.add("tea");
                })
                .on("/begin-with-callback", (request, response) -> {
                    Cart cart = new Cart();
                    request.getSession().setAttribute("cart", cart);
                    request.getSession().setAttribute(CALLBACK, new DestructionCallback(cart));
                    cart.items.add("tea");
                })
                .on("/add", (request, response) -> add(request))
                .on("/read-callback-and-add", (request, response) -> {
                    requireNonNull(request.getSession().getAttribute(CALLBACK));
                    add(request);
                })
                .on("/end", (request, response) -> request.getSession().invalidate())
                .on("/add-and-end", (request, response) -> {
                    add(request);
                    request.getSession().invalidate();
                })
                .deployed(deployment -> deployment
                        .setDefaultSessionTimeout((int) TIMEOUT.toSeconds())
                        .addListener(new ListenerInfo(
                                HttpSessionListener.class, new ImmediateInstanceFactory<>(new LookingCallback()))))
                .start();
    }

    private static void add(HttpServletRequest request) {
        Cart cart = cart(request.getSession());
        cart.items.add("milk");
    }

    private static Cart cart(HttpSession session) {
        return (Cart) requireNonNull(session.getAttribute("cart"));
    }

    private void end(End end, ServletNode node, ServletNode other, Visitor visitor, @Nullable String change)
            throws Exception {
        if (end != End.LOGOUT_AFTER_CHANGE && change != null) {
            assertThat(node.visit(visitor, change).status()).isEqualTo(200);
        }
        switch (end) {
            case LOGOUT -> node.visit(visitor, "/end");
            case LOGOUT_AFTER_CHANGE -> node.visit(visitor, "/add-and-end");
            case LOGOUT_ON_OTHER_NODE -> other.visit(visitor, "/end");
            case TIMEOUT -> {
                clock.advance(TIMEOUT.plusSeconds(1));
                ((JCacheSessionManager) node.deployment().getSessionManager()).endDue();
            }
        }
        Eventually.holds("the callbacks are called", () -> TOLD.size() > 1);
    }

    @ParameterizedTest
    @EnumSource(End.class)
    void callbacks_attributeChangedInPlace_seeItAsLastChanged(End end) throws Exception {
        try (ServletNode node = node(one);
                ServletNode other = node(two);
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/begin").status()).isEqualTo(200);

            end(end, node, other, visitor, "/add");

            assertThat(TOLD).containsExactly("listener [tea, milk]", "unbound [tea, milk, bye]");
        }
    }
}
