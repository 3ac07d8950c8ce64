package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import io.undertow.server.session.Session;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One object behind two attributes is two from the next request on, as each attribute is stored alone. Whoever does so
 * is told.
 */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SharedObjectIT {
    private final StoreNode store = StoreNode.on(StoreNode.freshTable());

    @AfterEach
    void close() {
        store.close();
    }

    /** A cart, as applications have them. */
    static final class Cart implements Serializable {
        private static final long serialVersionUID = 1L;

        private final List<String> items = new ArrayList<>();
    }

    private enum Size {
        LARGE
    }

    private CoreNode node() {
        return CoreNode.on(store)
                .page("/share", exchange -> {
                    Cart cart = new Cart();
                    share(CoreNode.session(exchange), cart, "cart", "current");
                    return "shared";
                })
                .page("/again", CoreNode.onSession((exchange, session) -> {
                    share(session, requireNonNull(session.getAttribute("cart")), "cart", "current");
                    return "shared";
                }))
                .page("/more", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("archive", requireNonNull(session.getAttribute("cart")));
                    return "shared";
                }))
                .page("/change", CoreNode.onSession((exchange, session) -> {
                    ((Cart) requireNonNull(session.getAttribute("cart"))).items.add("net");
                    return "changed";
                }));
    }

    private static void share(Session session, Object value, String first, String second) {
        session.setAttribute(first, value);
        session.setAttribute(second, value);
    }

    private static List<String> warnings(CapturedLog log, String second) {
        return log.warningsWith("cart").stream()
                .filter(line -> line.contains(second))
                .toList();
    }

    @Test
    void save_oneObjectBehindTwoAttributes_warnsOncePerPairOfNames() throws Exception {
        try (CoreNode node = node();
                CapturedLog log = new CapturedLog();
                Visitor ann = new Visitor();
                Visitor bob = new Visitor()) {
            assertThat(node.visit(ann, "/share").status()).isEqualTo(200);
            assertThat(warnings(log, "current")).hasSize(1);

            node.visit(ann, "/change");
            node.visit(ann, "/again");
            node.visit(bob, "/share");
            node.visit(bob, "/change");

            assertThat(warnings(log, "current"))
                    .singleElement()
                    .asString()
                    .doesNotContain(requireNonNull(ann.session()))
                    .doesNotContain("[net]");
        }
    }

    /** The object of a stored attribute that gets a second name; each pair of names is a matter of its own. */
    @Test
    void save_objectGetsAnotherName_warnsOfThatPair() throws Exception {
        try (CoreNode node = node();
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/share");
            assertThat(warnings(log, "archive")).isEmpty();

            node.visit(visitor, "/more");
            node.visit(visitor, "/more");

            assertThat(warnings(log, "archive")).hasSize(1);
            assertThat(warnings(log, "current")).hasSize(1);
        }
    }

    @Test
    void save_objectsThatCannotChangeOrAreTwo_warnsNot() throws Exception {
        try (CoreNode node = node().page("/fine", exchange -> {
                    Session session = CoreNode.session(exchange);
                    share(session, "ann", "cart-name", "current-name");
                    share(session, 1_000_000, "cart-number", "current-number");
                    share(session, Size.LARGE, "cart-size", "current-size");
                    session.setAttribute("cart-items", new ArrayList<>(List.of("net")));
                    session.setAttribute("current-items", new ArrayList<>(List.of("net")));
                    return "fine";
                });
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            assertThat(node.visit(visitor, "/fine").status()).isEqualTo(200);

            assertThat(log.warningsWith("cart")).isEmpty();
        }
    }
}
