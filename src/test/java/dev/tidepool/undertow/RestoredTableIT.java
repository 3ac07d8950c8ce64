package dev.tidepool.undertow;

import static dev.tidepool.undertow.CoreNode.NO_SESSION;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.SteeredClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Sessions whose items were copied to another table, as a move or a backup does, and sessions that all end at once. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class RestoredTableIT {
    private final SteeredClock clock = new SteeredClock();
    private final StoreNode store = StoreNode.on(StoreNode.freshTable(), clock);
    private final StoreNode restored = StoreNode.on(StoreNode.freshTable(), clock);
    private final CoreNode node = node(store);
    private final CoreNode later = node(restored);
    private final Visitor visitor = new Visitor();

    private CoreNode node(StoreNode of) {
        return CoreNode.start(of.manager().clock(clock).build(StoreNode.APPLICATION))
                .withPages();
    }

    @AfterEach
    void close() throws Exception {
        visitor.close();
        node.close();
        later.close();
        store.close();
        restored.close();
    }

    private void restore(List<Map<String, AttributeValue>> backup) {
        backup.forEach(item -> restored.client()
                .putItem(request -> request.tableName(restored.table()).item(item)));
    }

    @Test
    void session_copied_goesOnInTheOtherTable() throws Exception {
        node.visit(visitor, "/set?name=cart&value=full");
        restore(store.items());

        assertThat(later.visit(visitor, "/get?name=cart").body()).isEqualTo("full");
        assertThat(later.visit(visitor, "/set?name=cart&value=paid").status()).isEqualTo(200);
        assertThat(later.visit(visitor, "/get?name=cart").body()).isEqualTo("paid");
    }

    @Test
    void session_endedAfterTheBackup_isThereAgain() throws Exception {
        node.visit(visitor, "/set?name=user&value=ann");
        String id = requireNonNull(visitor.session());
        List<Map<String, AttributeValue>> backup = store.items();
        node.visit(visitor, "/end");
        restore(backup);

        try (Visitor again = Visitor.with(id)) {
            assertThat(node.visit(again, "/get?name=user").body()).isEqualTo(NO_SESSION);
            assertThat(later.visit(again, "/get?name=user").body()).isEqualTo("ann");
        }
    }

    @Test
    void session_withNewIdSinceTheBackup_isThereUnderItsOldOne() throws Exception {
        node.visit(visitor, "/set?name=user&value=nobody");
        String id = requireNonNull(visitor.session());
        List<Map<String, AttributeValue>> backup = store.items();
        node.visit(visitor, "/login");
        node.visit(visitor, "/set?name=user&value=ann");
        restore(backup);

        try (Visitor again = Visitor.with(id)) {
            assertThat(later.visit(visitor, "/get?name=user").body()).isEqualTo(NO_SESSION);
            assertThat(later.visit(again, "/get?name=user").body()).isEqualTo("nobody");
        }
    }

    /** 31 minutes after the last access of a session that lives half an hour, and is written once a minute. */
    @Test
    void session_restoredAfterItsDeadline_hasTimedOut() throws Exception {
        node.visit(visitor, "/set?name=cart&value=full");
        restore(store.items());
        clock.advance(Duration.ofMinutes(31).plusMillis(1));

        assertThat(later.visit(visitor, "/get?name=cart").body()).isEqualTo(NO_SESSION);
    }

    @Test
    void clear_cacheOfSessions_logsEveryoneOut() throws Exception {
        try (Visitor other = new Visitor()) {
            node.visit(visitor, "/set?name=user&value=ann");
            node.visit(other, "/set?name=user&value=bob");

            store.watched().cache().clear();

            assertThat(node.visit(visitor, "/get?name=user").body()).isEqualTo(NO_SESSION);
            assertThat(node.visit(other, "/get?name=user").body()).isEqualTo(NO_SESSION);
            assertThat(store.items()).isEmpty();
        }
    }

    @Test
    void clear_duringRequestThatChanges_is503AndBringsNothingBack() throws Exception {
        node.page("/clear", CoreNode.onSession((exchange, session) -> {
            session.setAttribute("user", "eve");
            store.watched().cache().clear();
            return "too late";
        }));
        node.visit(visitor, "/set?name=user&value=ann");

        assertThat(node.visit(visitor, "/clear").status()).isEqualTo(503);
        assertThat(store.items()).isEmpty();
    }

    @Test
    void application_anotherName_knowsNoSessionOfTheFirst() throws Exception {
        node.visit(visitor, "/set?name=user&value=ann");

        try (CoreNode second = CoreNode.start(
                        store.manager().clock(clock).application("shop-2").build(StoreNode.APPLICATION))
                .withPages()) {
            assertThat(second.visit(visitor, "/get?name=user").body()).isEqualTo(NO_SESSION);
        }
    }
}
