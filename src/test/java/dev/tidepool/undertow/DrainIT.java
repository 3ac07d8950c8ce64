package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.InThread;
import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.GracefulShutdownHandler;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A node that goes, as the guide to operations says. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class DrainIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode storeOne = StoreNode.on(table);
    private final StoreNode storeTwo = StoreNode.on(table);
    private final JCacheSessionManager sessions = storeOne.manager().build(StoreNode.APPLICATION);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @AfterEach
    void close() {
        storeOne.close();
        storeTwo.close();
    }

    /** Keeps the handler that the node is drained by. */
    private static final class Drain {
        private GracefulShutdownHandler handler = new GracefulShutdownHandler(exchange -> {});

        HttpHandler around(HttpHandler next) {
            handler = new GracefulShutdownHandler(next);
            return handler;
        }
    }

    @Test
    void requestUnderWay_nodeDrained_isAnsweredAndItsSessionGoesOnElsewhere() throws Exception {
        Drain drain = new Drain();
        try (CoreNode two = CoreNode.on(storeTwo);
                Visitor visitor = new Visitor();
                Visitor late = new Visitor()) {
            Future<Wire.Answer> slow;
            try (CoreNode one = CoreNode.start(sessions, drain::around)
                    .withPages()
                    .page("/slow", exchange -> {
                        begun.countDown();
                        goOn.await();
                        CoreNode.session(exchange).setAttribute("cart", "full");
                        return "done";
                    })) {
                slow = InThread.call(() -> visitor.get(one.port(), "/slow"));
                begun.await();

                drain.handler.shutdown();
                assertThat(late.get(one.port(), "/get?name=cart").status()).isEqualTo(503);
                goOn.countDown();
                assertThat(drain.handler.awaitShutdown(TimeUnit.SECONDS.toMillis(20)))
                        .isTrue();
            }

            assertThat(slow.get().body()).isEqualTo("done");
            assertThat(two.visit(visitor, "/get?name=cart").body()).isEqualTo("full");
        }
    }

    @Test
    void request_managerStoppedBeforeServer_isAnError() throws Exception {
        try (CoreNode one = CoreNode.start(sessions).withPages();
                Visitor visitor = new Visitor()) {
            one.visit(visitor, "/set?name=cart&value=full");

            sessions.stop();

            assertThat(visitor.get(one.port(), "/get?name=cart").status()).isEqualTo(500);
            assertThat(visitor.get(one.port(), "/plain").status()).isEqualTo(200);
        }
    }
}
