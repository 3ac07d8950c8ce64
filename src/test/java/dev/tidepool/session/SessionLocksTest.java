package dev.tidepool.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Code of the application's that runs while an attribute is encoded keeps nobody else from the session. */
@Timeout(30)
final class SessionLocksTest {
    private static final NewSession WANTED = new NewSession(600, null);
    private static final int PATIENCE_SECONDS = 20;

    /** Says when it is being encoded, and waits until it may go on. */
    private static final class Slow implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        private static CountDownLatch begun = new CountDownLatch(1);
        private static CountDownLatch mayEnd = new CountDownLatch(1);

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            out.defaultWriteObject();
            begun.countDown();
            try {
                assertThat(mayEnd.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private final SessionEngine engine = SessionEngine.builder(Caches.reference())
            .allow(List.of("dev.tidepool.session.*"))
            .codec("jdk")
            .build("locks", null, (session, reason) -> {});

    private final List<SessionRequest> underWay = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        Slow.mayEnd.countDown();
        underWay.forEach(request -> request.end(false, true));
        engine.stop();
    }

    private SessionId sessionWithSlowAttribute() {
        Slow.mayEnd.countDown();
        SessionRequest request = engine.request(() -> true);
        SessionHandle session = request.create(null, false, false, WANTED);
        session.setAttribute("slow", new Slow());
        session.setAttribute("user", "ann");
        request.commit();
        request.end(false, true);
        return session.id();
    }

    private static void block() {
        Slow.begun = new CountDownLatch(1);
        Slow.mayEnd = new CountDownLatch(1);
    }

    private static void awaitEncoding() throws InterruptedException {
        assertThat(Slow.begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private Object userOf(SessionId id) {
        SessionRequest request = engine.request(() -> true);
        SessionHandle session = requireNonNull(request.find(id));
        session.setAttribute("more", "than before");
        underWay.add(request); // its save waits for the one that is under way
        return requireNonNull(session.attribute("user"));
    }

    @Test
    void attribute_whileAnotherIsEncodedAfterDecoding_isReadAndSet() throws Exception {
        SessionId id = sessionWithSlowAttribute();
        block();
        Future<Object> slow = InThread.call(() -> {
            SessionRequest request = engine.request(() -> true);
            Object read = requireNonNull(requireNonNull(request.find(id)).attribute("slow"));
            request.end(false, true);
            return read;
        });
        awaitEncoding();

        assertThat(InThread.call(() -> userOf(id)).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEqualTo("ann");

        Slow.mayEnd.countDown();
        assertThat(slow.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isInstanceOf(Slow.class);
    }

    @Test
    void attribute_whileAnotherIsEncodedForASave_isReadAndSet() throws Exception {
        SessionId id = sessionWithSlowAttribute();
        SessionRequest saving = engine.request(() -> true);
        SessionHandle session = requireNonNull(saving.find(id));
        assertThat(session.attribute("slow")).isNotNull();
        block();
        Future<Boolean> save = InThread.call(() -> {
            saving.commit();
            return true;
        });
        awaitEncoding();

        assertThat(InThread.call(() -> userOf(id)).get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isEqualTo("ann");
        assertThat(engine.ids()).contains(id.text());

        Slow.mayEnd.countDown();
        assertThat(save.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        saving.end(false, true);
    }
}
