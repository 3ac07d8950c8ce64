package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.StoredSession;
import dev.tidepool.session.StoredSessions;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Objects of a session that are changed without a word are saved; those that are only looked at, or not, are not. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class InPlaceChangesIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** A cart, as applications have them. */
    static final class Cart implements Serializable {
        private static final long serialVersionUID = 1L;

        private final List<String> items = new ArrayList<>();
        private final Map<String, int[]> amounts = new LinkedHashMap<>();

        private void add(String item) {
            items.add(item);
            amounts.computeIfAbsent(item, key -> new int[1])[0]++;
        }

        @Override
        public String toString() {
            return items + " "
                    + amounts.entrySet().stream()
                            .map(entry -> entry.getKey() + "=" + entry.getValue()[0])
                            .toList();
        }
    }

    /** Says how often one of its kind was decoded. */
    static final class Counted implements Serializable {
        private static final long serialVersionUID = 1L;
        private static final AtomicInteger DECODED = new AtomicInteger();

        private String text = "";

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            DECODED.incrementAndGet();
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Enough of them that no two JVMs have them in the same order in a hash set. */
    enum Colour {
        RED,
        ORANGE,
        YELLOW,
        LIME,
        GREEN,
        TEAL,
        CYAN,
        AZURE,
        BLUE,
        VIOLET,
        PURPLE,
        MAGENTA,
        PINK,
        BROWN,
        WHITE,
        GREY,
        BLACK
    }

    private static CoreNode withCart(StoreNode store) {
        return CoreNode.on(store)
                .page("/cart", exchange -> CoreNode.session(exchange).setAttribute("item", new Cart()))
                .page("/add", CoreNode.onSession((exchange, session) -> {
                    Cart cart = (Cart) session.getAttribute("item");
                    cart.add(CoreNode.query(exchange, "item"));
                    return cart;
                }));
    }

    @Test
    void object_changedInPlace_isSaved() throws Exception {
        try (CoreNode node = withCart(one);
                CoreNode other = withCart(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/cart");
            visitor.get(node.port(), "/add?item=tea");
            visitor.get(other.port(), "/add?item=milk");
            visitor.get(node.port(), "/add?item=tea");

            String expected = "[tea, milk, tea] [tea=2, milk=1]";
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo(expected);
            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo(expected);
        }
    }

    @Test
    void object_changedInPlaceAfterItWasSet_isSavedAsItIsAtTheEnd() throws Exception {
        try (CoreNode node = CoreNode.on(one).page("/begin", exchange -> {
                    Cart cart = new Cart();
                    CoreNode.session(exchange).setAttribute("item", cart);
                    cart.add("late");
                    return cart;
                });
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");

            assertThat(visitor.get(other.port(), "/get?name=item").body()).isEqualTo("[late] [late=1]");
        }
    }

    @Test
    void object_onlyLookedAt_isNotWritten() throws Exception {
        try (CoreNode node = withCart(one);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/cart");
            visitor.get(node.port(), "/add?item=tea");
            one.watched().clear();

            for (int i = 0; i < 3; i++) {
                node.visit(visitor, "/get?name=item");
            }

            assertThat(one.watched().calls()).containsExactly("get", "get", "get");
        }
    }

    /** What a request changed back again has not changed. */
    @Test
    void object_changedAndChangedBack_isNotWritten() throws Exception {
        try (CoreNode node = CoreNode.on(one)
                        .page(
                                "/begin",
                                exchange -> CoreNode.session(exchange)
                                        .setAttribute("item", new ArrayList<>(List.of("tea"))))
                        .page("/back", CoreNode.onSession((exchange, session) -> {
                            List<?> items = (List<?>) session.getAttribute("item");
                            Object first = items.remove(0);
                            session.setAttribute("item", new ArrayList<>(List.of(first)));
                            return first;
                        }));
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");
            one.watched().clear();

            node.visit(visitor, "/back");

            assertThat(one.watched().calls()).containsExactly("get");
        }
    }

    @Test
    void attribute_untouched_isNeitherDecodedNorRewritten() throws Exception {
        try (CoreNode node = CoreNode.on(one).page("/begin", exchange -> {
                    Counted counted = new Counted();
                    counted.text = "seldom used";
                    CoreNode.session(exchange).setAttribute("counted", counted);
                    CoreNode.session(exchange).setAttribute("item", "old");
                    return "begun";
                });
                CoreNode other = CoreNode.on(two);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");
            byte[] before = storedAttribute(visitor, "counted");
            int decoded = Counted.DECODED.get();

            visitor.get(other.port(), "/get?name=item");
            visitor.get(other.port(), "/set?name=item&value=new");
            visitor.get(other.port(), "/names");
            visitor.get(other.port(), "/login");

            assertThat(Counted.DECODED.get()).isEqualTo(decoded);
            assertThat(storedAttribute(visitor, "counted")).isEqualTo(before);
            assertThat(visitor.get(other.port(), "/get?name=counted").body()).isEqualTo("seldom used");
            assertThat(Counted.DECODED.get()).isGreaterThan(decoded);
        }
    }

    private byte[] storedAttribute(Visitor visitor, String name) {
        String key = StoreNode.APPLICATION + ":" + visitor.session();
        Cache<String, StoredSession> cache = one.watched().cache();
        return requireNonNull(
                StoredSessions.attributes(requireNonNull(cache.get(key))).get(name));
    }

    /** The hash codes of enums differ from JVM to JVM, and with them the order in a hash set, and its encoding. */
    @Test
    void hashSetOfEnums_writtenByOtherJvm_isNotWrittenForBeingLookedAt() throws Exception {
        Process process = otherJvm();
        try (BufferedReader out =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                CoreNode node = withColours(one);
                Visitor visitor = new Visitor()) {
            int elsewhere = Integer.parseInt(requireNonNull(out.readLine(), "the other JVM did not start"));
            String written = visitor.get(elsewhere, "/colours").body();
            byte[] before = storedAttribute(visitor, "item");
            one.watched().clear();

            Wire.Answer read = node.visit(visitor, "/get?name=item");

            assertThat(read.body()).as("the order here").isNotEqualTo(written);
            assertThat(names(read.body())).isEqualTo(names(written)).hasSize(Colour.values().length);
            assertThat(one.watched().calls()).containsExactly("get");

            node.visit(visitor, "/set?name=other&value=1");
            assertThat(storedAttribute(visitor, "item")).isEqualTo(before);

            node.visit(visitor, "/without-red");
            assertThat(names(visitor.get(elsewhere, "/get?name=item").body()))
                    .hasSize(Colour.values().length - 1)
                    .doesNotContain("RED");
        } finally {
            process.destroy();
        }
    }

    private static Set<String> names(String list) {
        return new HashSet<>(Arrays.asList(list.replaceAll("[\\[\\] ]", "").split(",")));
    }

    private static CoreNode withColours(StoreNode store) {
        return CoreNode.on(store)
                .page("/colours", exchange -> {
                    Set<Colour> colours = new HashSet<>(Arrays.asList(Colour.values()));
                    CoreNode.session(exchange).setAttribute("item", colours);
                    return colours;
                })
                .page(
                        "/without-red",
                        CoreNode.onSession(
                                (exchange, session) -> ((Set<?>) session.getAttribute("item")).remove(Colour.RED)));
    }

    private Process otherJvm() throws IOException {
        return new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherJvm.class.getName(),
                        DynamoDbLocal.endpoint().toString(),
                        table)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A node in a JVM of its own, which says where it listens, and ends with its standard input. */
    static final class OtherJvm {
        private OtherJvm() {}

        public static void main(String[] arguments) throws IOException {
            try (StoreNode store = StoreNode.at(URI.create(arguments[0]), arguments[1]);
                    CoreNode node = withColours(store)) {
                System.out.println(node.port());
                while (System.in.read() >= 0) {
                    // Goes on until the test closes the stream, or ends.
                }
            }
        }
    }
}
