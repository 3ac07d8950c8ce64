package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionActivationListener;
import jakarta.servlet.http.HttpSessionEvent;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attributes that ask to be told when they leave this JVM and when they have come to it (Servlet 6.0, 7.7.2). */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class ActivationIT {
    /** What has happened to all carts of a test, in turn. */
    private static final List<String> HAPPENED = new CopyOnWriteArrayList<>();

    private static final String ENCODED = "encoded";
    private static final String DECODED = "decoded";
    private static final String WILL_PASSIVATE = "will passivate";
    private static final String DID_ACTIVATE = "did activate";

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    /** Has a connection, which it closes before it leaves and opens when it has come. */
    static final class Cart implements Serializable, HttpSessionActivationListener {
        private static final long serialVersionUID = 1L;

        private transient @Nullable String connection = "open";
        private transient @Nullable String sessionSeen;
        private transient @Nullable Object userSeen;
        private int items;

        @Override
        public void sessionWillPassivate(HttpSessionEvent event) {
            HAPPENED.add(WILL_PASSIVATE);
            connection = null;
            look(event.getSession());
        }

        @Override
        public void sessionDidActivate(HttpSessionEvent event) {
            HAPPENED.add(DID_ACTIVATE);
            connection = "open";
            look(event.getSession());
        }

        private void look(HttpSession session) {
            sessionSeen = session.getId();
            userSeen = session.getAttribute("user");
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            HAPPENED.add(ENCODED);
            out.defaultWriteObject();
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            HAPPENED.add(DECODED);
        }

        @Override
        public String toString() {
            return connection + ", " + items + " items";
        }
    }

    @BeforeEach
    void forget() {
        HAPPENED.clear();
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** Starts a node that has encoded a cart: the first of its class is also read back, which nobody is told. */
    private static ServletNode node(StoreNode store, String codec) throws Exception {
        ServletNode node = start(store, codec);
        try (Visitor first = new Visitor()) {
            node.visit(first, "/new");
        }
        assertThat(HAPPENED).startsWith(WILL_PASSIVATE, ENCODED, DECODED, DID_ACTIVATE);
        HAPPENED.clear();
        return node;
    }

    private static ServletNode start(StoreNode store, String codec) throws Exception {
        return ServletNode.of(new JCacheSessionManagerFactory(store.manager().codec(codec)))
                .on("/new", (request, response) -> {
                    HttpSession session = request.getSession();
                    session.setAttribute("user", "ann");
                    Cart cart = new Cart();
                    session.setAttribute("cart", cart);
                    response.getWriter().print(cart);
                })
                .on("/look", (request, response) -> response.getWriter().print(cart(request.getSession())))
                .on("/add", (request, response) -> {
                    Cart cart = cart(request.getSession());
                    cart.items++;
                    response.getWriter().print(cart);
                })
                .on("/seen", (request, response) -> {
                    HttpSession session = request.getSession();
                    Cart cart = cart(session);
                    response.getWriter()
                            .print(session.getId().equals(cart.sessionSeen) + " " + cart.userSeen + " "
                                    + (request.changeSessionId() != null));
                })
                .on("/plain", (request, response) -> {
                    request.getSession().setAttribute("other", String.valueOf(System.nanoTime()));
                })
                .start();
    }

    private static Cart cart(HttpSession session) {
        return (Cart) requireNonNull(session.getAttribute("cart"));
    }

    /** Each encoding stands between its two calls; the object that came back is told before anybody sees it. */
    private static void assertEachTold() {
        for (int i = 0; i < HAPPENED.size(); i++) {
            if (HAPPENED.get(i).equals(ENCODED)) {
                assertThat(HAPPENED.subList(Math.max(0, i - 1), Math.min(HAPPENED.size(), i + 2)))
                        .as("of " + HAPPENED)
                        .containsExactly(WILL_PASSIVATE, ENCODED, DID_ACTIVATE);
            }
        }
        assertThat(HAPPENED)
                .filteredOn(WILL_PASSIVATE::equals)
                .as("one for each encoding, of " + HAPPENED)
                .hasSameSizeAs(HAPPENED.stream().filter(ENCODED::equals).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void attribute_isSet_isToldAroundEachEncoding(String codec) throws Exception {
        try (ServletNode node = node(one, codec);
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/new").body()).isEqualTo("open, 0 items");

            assertThat(HAPPENED).contains(ENCODED);
            assertEachTold();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void attribute_readOnOtherNode_hasItsTransientFieldsAgain(String codec) throws Exception {
        try (ServletNode node = node(one, codec);
                ServletNode other = node(two, codec);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/new");
            HAPPENED.clear();

            assertThat(other.visit(visitor, "/look").body()).isEqualTo("open, 0 items");

            assertThat(HAPPENED).startsWith(DECODED, DID_ACTIVATE);
            assertEachTold();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void attribute_nextRequestOnSameNode_hasItsTransientFieldsAgain(String codec) throws Exception {
        try (ServletNode node = node(one, codec);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/new");
            assertThat(node.visit(visitor, "/add").body()).isEqualTo("open, 1 items");
            assertThat(node.visit(visitor, "/look").body()).isEqualTo("open, 1 items");

            assertEachTold();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void event_ofActivation_isOfTheSessionAsItIs(String codec) throws Exception {
        try (ServletNode node = node(one, codec);
                ServletNode other = node(two, codec);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/new");

            assertThat(other.visit(visitor, "/seen").body()).isEqualTo("true ann true");
            assertThat(node.visit(visitor, "/seen").body()).isEqualTo("true ann true");
        }
    }

    /** What a page does not touch stays as it is stored, and has nothing to be told. */
    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void attribute_untouched_isNotTold(String codec) throws Exception {
        try (ServletNode node = node(one, codec);
                ServletNode other = node(two, codec);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/new");
            HAPPENED.clear();

            other.visit(visitor, "/plain");

            assertThat(HAPPENED).isEmpty();
        }
    }
}
