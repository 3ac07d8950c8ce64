package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.session.Caches;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node does before it serves, so that its first visitor does not wait for it. */
@ExtendWith(DynamoDbLocal.class)
final class SessionWarmUpIT {
    private static final AtomicInteger READINGS = new AtomicInteger();

    /** Tells how often an object of it was read from bytes. */
    private static final class Watched implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            READINGS.incrementAndGet();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "connect"})
    void warmUp_attributes_costAReadAndARefusedWriteAndStoreNothing(String format) {
        try (StoreNode store = StoreNode.in(format, StoreNode.freshTable())) {
            SessionEvents events = new SessionEvents();
            JCacheSessionManager manager = store.manager().build(StoreNode.APPLICATION);
            manager.registerSessionListener(events);
            manager.start();

            manager.warmUp(Map.of("user", "ann", "visits", 7));

            assertThat(store.requests().operations()).containsExactly("GetItem", "PutItem");
            assertThat(store.items()).isEmpty();
            assertThat(manager.getActiveSessions()).isEmpty();
            assertThat(manager.getCreatedSessionCount()).isZero();
            assertThat(events.heard()).isEmpty();
            manager.stop();
        }
    }

    /** A codec reads what has a class for the first time; whoever asks for the attribute reads it once more. */
    @Test
    void warmUp_attribute_isReadFromTheStoredSessionToo() {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable())) {
            JCacheSessionManager manager = store.manager().build(StoreNode.APPLICATION);
            manager.warmUp(Map.of("watched", new Watched()));
            int readings = READINGS.get();

            manager.warmUp(Map.of("watched", new Watched()));

            assertThat(READINGS).hasValue(readings + 1);
        }
    }

    @Test
    void warmUp_classOfAttribute_isKnownWhenItsFirstObjectIsSet() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable())) {
            JCacheSessionManager manager = store.manager().build(StoreNode.APPLICATION);
            manager.warmUp(Map.of("watched", new Watched()));
            int readings = READINGS.get();
            assertThat(readings).isPositive();

            try (SessionServer server = SessionServer.start(manager)) {
                server.visit(
                        new Browser(), exchange -> server.newSession(exchange).setAttribute("watched", new Watched()));
            }

            assertThat(store.items()).hasSize(1);
            assertThat(READINGS).hasValue(readings);
        }
    }

    @Test
    void warmUp_attributeThatCannotBeStored_isNamedBeforeAnyVisitorComes() {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable())) {
            JCacheSessionManager manager = store.manager().build(StoreNode.APPLICATION);

            assertThatThrownBy(() -> manager.warmUp(Map.of("thread", new ArrayList<>(List.of(new Thread())))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'thread'");
            assertThat(store.requests().operations()).isEmpty();
        }
    }

    /** What is known of another provider is that it can be read. */
    @Test
    void warmUp_cacheOfAnotherProvider_isRead() {
        var cache = new WatchedCache(Caches.reference());
        JCacheSessionManager manager =
                JCacheSessionManager.builder(cache.cache()).build(StoreNode.APPLICATION);

        manager.warmUp(Map.of("user", "ann"));

        assertThat(cache.calls()).containsExactly("get");
    }
}
