package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import io.undertow.server.session.Session;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What applications put into a session by mistake. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SessionBadInputIT {
    private final StoreNode store = StoreNode.on(StoreNode.freshTable());
    private final CompletableFuture<String> refusal = new CompletableFuture<>();

    @AfterEach
    void close() {
        store.close();
    }

    /** Holds what cannot leave this JVM. */
    static final class Connection {
        private final Thread reader = Thread.currentThread();

        @Override
        public String toString() {
            return reader.getName();
        }
    }

    private CoreNode.Page setting(Object value) {
        return exchange -> {
            Session session = CoreNode.session(exchange);
            session.setAttribute("before", "1");
            try {
                session.setAttribute("connection", value);
                refusal.complete("none");
            } catch (IllegalArgumentException e) {
                refusal.complete(requireNonNull(e.getMessage()));
            }
            session.setAttribute("after", "1");
            return "done";
        };
    }

    @Test
    void setAttribute_notSerializable_isRefusedByName() throws Exception {
        assertRefused(new Connection(), "SessionBadInputIT$Connection");
    }

    @Test
    void setAttribute_notSerializableWithinCollection_isRefusedByName() throws Exception {
        assertRefused(new ArrayList<>(List.of("fine", new Connection())), "java.util.ArrayList");
    }

    @Test
    void setAttribute_classNotAllowed_isRefusedByName() throws Exception {
        assertRefused(
                new dev.tidepool.codec.CodecException(dev.tidepool.codec.CodecException.Reason.CORRUPT, "an exception"),
                "dev.tidepool.codec.CodecException");
    }

    @Test
    void setAttribute_readAsClassThatIsNotAllowed_isRefusedByBothNames() throws Exception {
        assertRefused(ImmutableList.of("admin", "user"), "com.google.common.collect.RegularImmutableList");
        assertThat(refusal.get()).contains("com.google.common.collect.ImmutableList$SerializedForm");
    }

    @Test
    void setAttribute_lambda_isRefusedForWhatItIs() throws Exception {
        assertRefused(
                (Supplier<String> & Serializable) () -> "x",
                "a lambda of class " + getClass().getName());
    }

    private void assertRefused(Object value, String type) throws Exception {
        try (CoreNode node = CoreNode.on(store).page("/refused", setting(value));
                Visitor visitor = new Visitor()) {
            Wire.Answer answer = visitor.get(node.port(), "/refused");

            assertThat(refusal.get(20, TimeUnit.SECONDS))
                    .contains("'connection'")
                    .contains(type);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(visitor.get(node.port(), "/names").body()).isEqualTo("[after, before]");
        }
    }

    /** Encoding is checked when it is set; what becomes of the object later shows at the end of the request. */
    @Test
    void object_madeUnstorableAfterItWasSet_is503AndStoredSessionStays() throws Exception {
        try (CoreNode node = CoreNode.on(store)
                        .page(
                                "/begin",
                                exchange -> CoreNode.session(exchange)
                                        .setAttribute("items", new ArrayList<>(List.of("tea"))))
                        .page(
                                "/spoil",
                                CoreNode.onSession(
                                        (exchange, session) -> spoil((List<?>) session.getAttribute("items"))));
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/begin");

            Wire.Answer answer = node.visit(visitor, "/spoil");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(log.warningsWith("'items'")).isNotEmpty();
            assertThat(visitor.get(node.port(), "/get?name=items").body()).isEqualTo("[tea]");
        }
    }

    @SuppressWarnings("unchecked") // a list takes anything
    private static boolean spoil(List<?> items) {
        return ((List<Object>) items).add(new Connection());
    }

    /** Random, so that compression does not make it small. */
    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @Test
    void session_over400Kilobytes_is503ThatNamesLargestAttributes() throws Exception {
        try (CoreNode node = CoreNode.on(store).page("/large", CoreNode.onSession((exchange, session) -> {
                    session.setAttribute("photo", bytes(300_000));
                    session.setAttribute("archive", bytes(200_000));
                    session.setAttribute("item", "new");
                    return "done";
                }));
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");
            String session = requireNonNull(visitor.session());

            Wire.Answer answer = node.visit(visitor, "/large");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).doesNotContain("done");
            assertThat(log.warningsWith("'photo'"))
                    .singleElement()
                    .asString()
                    .contains("'archive'")
                    .doesNotContain(session);
            assertThat(visitor.session()).isEqualTo(session);
            assertThat(visitor.get(node.port(), "/names").body()).isEqualTo("[item]");
            assertThat(visitor.get(node.port(), "/get?name=item").body()).isEqualTo("old");
            assertThat(visitor.get(node.port(), "/set?name=item&value=new").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void session_over400KilobytesFromTheStart_is503WithoutCookie() throws Exception {
        try (CoreNode node = CoreNode.on(store)
                        .page("/large", exchange -> CoreNode.session(exchange).setAttribute("photo", bytes(500_000)));
                Visitor visitor = new Visitor()) {
            Wire.Answer answer = node.visit(visitor, "/large");

            assertThat(answer.status()).isEqualTo(503);
            assertThat(visitor.session()).isNull();
            assertThat(store.items()).isEmpty();
        }
    }

    @Test
    void logs_ofFailures_doNotShowIds() throws Exception {
        try (CoreNode node = CoreNode.on(store);
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=old");
            String session = requireNonNull(visitor.session());
            store.watched().fail(WatchedCache.ALL);

            visitor.get(node.port(), "/get?name=item");
            visitor.get(node.port(), "/set?name=item&value=new");

            assertThat(log.warningsWith("could not be read or saved")).isNotEmpty();
            assertThat(log.warningsWith(session)).isEmpty();
        }
    }
}
