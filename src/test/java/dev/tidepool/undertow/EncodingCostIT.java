package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often an attribute that may change is decoded and encoded by a request. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class EncodingCostIT {
    private static final AtomicInteger ENCODED = new AtomicInteger();
    private static final AtomicInteger DECODED = new AtomicInteger();

    /** An attribute that counts. */
    static final class Counted implements Serializable {
        private static final long serialVersionUID = 1L;

        private int number;

        private void writeObject(ObjectOutputStream out) throws IOException {
            ENCODED.incrementAndGet();
            out.defaultWriteObject();
        }

        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            DECODED.incrementAndGet();
        }
    }

    private static Counted counted(io.undertow.server.session.Session session) {
        return (Counted) requireNonNull(session.getAttribute("counted"));
    }

    private static CoreNode node(StoreNode store, String codec, Duration touchInterval) {
        return CoreNode.start(store.manager()
                        .codec(codec)
                        .touchInterval(touchInterval)
                        .build(StoreNode.APPLICATION))
                .withPages()
                .page("/begin", exchange -> CoreNode.session(exchange).setAttribute("counted", new Counted()))
                .page("/read", CoreNode.onSession((exchange, session) -> {
                    counted(session);
                    return counted(session).number;
                }))
                .page("/change", CoreNode.onSession((exchange, session) -> ++counted(session).number));
    }

    private static void assertCost(String codec, Duration touchInterval, String page, String body) throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = node(store, codec, touchInterval);
                Visitor visitor = new Visitor()) {
            node.visit(visitor, "/begin");
            ENCODED.set(0);
            DECODED.set(0);

            assertThat(node.visit(visitor, page).body()).isEqualTo(body);

            assertThat(DECODED).hasValue(1);
            assertThat(ENCODED).hasValue(2);
        }
    }

    /** Once to know how it was, once to know whether it has changed. */
    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void page_thatOnlyReads_decodesOnceAndEncodesTwice(String codec) throws Exception {
        assertCost(codec, Duration.ofMinutes(1), "/read", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void page_thatOnlyReadsAndWhoseAccessIsWritten_decodesOnceAndEncodesTwice(String codec) throws Exception {
        assertCost(codec, Duration.ZERO, "/read", "0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void page_thatChangesInPlace_decodesOnceAndEncodesTwice(String codec) throws Exception {
        assertCost(codec, Duration.ofMinutes(1), "/change", "1");
    }
}
