package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import dev.tidepool.cache.RawItems;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Caches;
import dev.tidepool.session.Eventually;
import dev.tidepool.session.InThread;
import dev.tidepool.session.StoredSession;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What a sweep costs, in what order it works, and what does not stop it. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SweepIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    private static final String LIBRARY = " dev.tidepool.";

    private final SteeredClock clock = new SteeredClock();
    private final String table = StoreNode.freshTable();
    private final StoreNode store = StoreNode.on(table, clock);
    private final SessionEvents events = new SessionEvents();

    @AfterEach
    void close() {
        store.close();
    }

    private static CoreNode start(JCacheSessionManager.Builder builder, Duration timeout) {
        return CoreNode.start(builder.sessionTimeout(timeout).build(StoreNode.APPLICATION))
                .withPages();
    }

    private static JCacheSessionManager manager(CoreNode node) {
        return (JCacheSessionManager) node.manager();
    }

    /** Leaves sessions behind whose node is gone. */
    private void abandon(int sessions, String value) throws Exception {
        try (CoreNode gone = start(store.manager(), TIMEOUT).page("/begin", exchange -> {
            CoreNode.session(exchange).setAttribute("item", value);
            return "begun";
        })) {
            begin(gone, "/begin", sessions);
        }
    }

    private static void begin(CoreNode node, String path, int sessions) throws Exception {
        int clients = 4;
        List<Future<Boolean>> running = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            running.add(InThread.call(() -> {
                try (Wire wire = new Wire(node.port())) {
                    for (int i = 0; i < sessions / clients; i++) {
                        assertThat(wire.get(path).status()).isEqualTo(200);
                    }
                }
                return true;
            }));
        }
        for (Future<Boolean> client : running) {
            client.get(60, TimeUnit.SECONDS);
        }
    }

    /** In memory, so that only the time of the sweep itself counts. */
    @Test
    void sweep_nodeHoldsManySessions_takesNoLongerForEach() throws Exception {
        int swept = 2_000;
        long alone = nanosOfSweep(swept, 0);
        long amongMany = nanosOfSweep(swept, 2 * swept);

        assertThat(amongMany)
                .as("three times as many entries to be read; %d ms when it holds none", alone / 1_000_000)
                .isLessThan(6 * alone + TimeUnit.MILLISECONDS.toNanos(250));
    }

    private long nanosOfSweep(int expired, int held) throws Exception {
        Cache<String, StoredSession> memory = Caches.reference();
        try (CoreNode gone = start(JCacheSessionManager.builder(memory).clock(clock), TIMEOUT);
                CoreNode here = start(JCacheSessionManager.builder(memory).clock(clock), Duration.ofDays(7))) {
            begin(gone, "/set?name=item&value=kept", expired);
            begin(here, "/set?name=item&value=kept", held);
            gone.manager().stop();
            clock.advance(Duration.ofDays(1));

            long begin = System.nanoTime();
            assertThat(manager(here).sweep()).isEqualTo(expired);
            return System.nanoTime() - begin;
        }
    }

    /** Sessions so large that a page has few of them. */
    @Test
    void sweep_ofManyPages_endsSessionsBeforeTheLastPageIsRead() throws Exception {
        int sessions = 24;
        abandon(sessions, incompressible(180_000));
        clock.advance(TIMEOUT.plusMinutes(2));
        try (CoreNode here = start(store.manager(), TIMEOUT)) {
            here.manager().registerSessionListener(events);
            store.requests().clear();

            assertThat(manager(here).sweep()).isEqualTo(sessions);

            List<String> operations = store.requests().operations();
            assertThat(operations).contains("Scan", "DeleteItem");
            assertThat(operations.indexOf("DeleteItem"))
                    .as("%s", operations)
                    .isLessThan(operations.lastIndexOf("Scan"));
            assertThat(events.heard()).filteredOn("destroyed TIMEOUT"::equals).hasSize(sessions);
            assertThat(store.items()).isEmpty();
        }
    }

    private static String incompressible(int length) {
        return new Random(7)
                .ints(length, ' ', 0x7f)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void sweep_damagedItem_isPassedOverWithOneWarning() throws Exception {
        String id = "A".repeat(40);
        abandon(8, "kept");
        new RawItems(store.client(), table)
                .put(
                        "sess:" + StoreNode.APPLICATION + ":" + id,
                        Map.of(
                                "value",
                                AttributeValue.fromB(SdkBytes.fromUtf8String("damaged")),
                                "etag",
                                RawItems.number(7)));
        clock.advance(TIMEOUT.plusMinutes(2));
        try (CoreNode here = start(store.manager(), TIMEOUT);
                CapturedLog log = new CapturedLog()) {
            assertThat(manager(here).sweep()).isEqualTo(8);

            assertThat(log.warningsWith(LIBRARY))
                    .singleElement()
                    .asString()
                    .contains(table, "sha256:")
                    .doesNotContain(id);
            assertThat(store.items()).as("what cannot be read is not deleted").hasSize(1);
            assertThat(manager(here).sweep()).isZero();
        }
    }

    @Test
    void sweep_severalDamagedItems_endsAllOthers() throws Exception {
        abandon(8, "kept");
        for (int i = 0; i < 4; i++) {
            new RawItems(store.client(), table)
                    .put(
                            "sess:" + StoreNode.APPLICATION + ":"
                                    + "ABCD".substring(i, i + 1).repeat(40),
                            Map.of("value", AttributeValue.fromS("no bytes"), "etag", RawItems.number(7)));
        }
        clock.advance(TIMEOUT.plusMinutes(2));
        try (CoreNode here = start(store.manager(), TIMEOUT)) {
            assertThat(manager(here).sweep()).isEqualTo(8);

            assertThat(store.items()).hasSize(4);
        }
    }

    @Test
    void sweepInterval_storeIsDown_warnsOnceAnOutage() throws Exception {
        try (CapturedLog log = new CapturedLog();
                CoreNode here = start(store.manager().sweepInterval(Duration.ofMillis(50)), TIMEOUT)) {
            store.watched().fail(WatchedCache.ALL);
            sweeps(4);
            assertThat(log.warningsWith(LIBRARY)).hasSize(1);

            store.watched().heal();
            sweeps(4);
            store.watched().fail(WatchedCache.ALL);
            sweeps(4);
            assertThat(log.warningsWith(LIBRARY)).as("another outage").hasSize(2);
            assertThat(here.manager().getActiveSessions()).isEmpty();
        }
    }

    private void sweeps(int times) throws Exception {
        store.watched().clear();
        Eventually.holds("it is swept", () -> store.watched().calls().size() >= times);
    }

    @Test
    void timeout_ofManySessionsWhileStoreIsDown_warnsOnce() throws Exception {
        int sessions = 40;
        try (StoreNode timed = StoreNode.on(table, InstantSource.system());
                CapturedLog log = new CapturedLog();
                CoreNode here = start(timed.manager().touchInterval(Duration.ZERO), Duration.ofSeconds(2))) {
            begin(here, "/set?name=item&value=kept", sessions);
            timed.watched().fail(WatchedCache.ALL);
            long due = System.currentTimeMillis() + 2_000;

            Eventually.holds(
                    "the first warning is there",
                    () -> !log.warningsWith(LIBRARY).isEmpty());
            Eventually.holds("all had their time", () -> System.currentTimeMillis() > due + 1_000);

            assertThat(log.warningsWith(LIBRARY)).hasSize(1);
            assertThat(timed.items()).hasSize(sessions);
        }
    }
}
