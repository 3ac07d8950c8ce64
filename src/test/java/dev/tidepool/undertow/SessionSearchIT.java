package dev.tidepool.undertow;

import static dev.tidepool.undertow.CoreNode.NO_SESSION;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.cache.SteeredClock;
import dev.tidepool.session.Caches;
import io.undertow.server.session.Session;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.cache.CacheException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Finding and ending the sessions of a user on all nodes, by an index over a special key. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class SessionSearchIT {
    private final String table = StoreNode.freshTable();
    private final SteeredClock clock = new SteeredClock();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final StoreNode storeOne = store();
    private final StoreNode storeTwo = store();
    private final CoreNode one = node(storeOne);
    private final CoreNode two = node(storeTwo);
    private final SessionEvents eventsOne = eventsOf(one);
    private final SessionEvents eventsTwo = eventsOf(two);

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.add(resource);
        return resource;
    }

    private StoreNode store() {
        return opened(StoreNode.with(
                table,
                clock,
                options -> options.specialKeys("userId:S:by-user", "level:N:by-level", "admin:BOOL")
                        .set(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, true)));
    }

    private CoreNode node(StoreNode store) {
        return node(store, UnaryOperator.identity());
    }

    private CoreNode node(StoreNode store, UnaryOperator<JCacheSessionManager.Builder> settings) {
        return opened(CoreNode.start(settings.apply(store.manager()).build(StoreNode.APPLICATION))
                .withPages());
    }

    private static SessionEvents eventsOf(CoreNode node) {
        SessionEvents events = new SessionEvents();
        node.manager().registerSessionListener(events);
        return events;
    }

    private static JCacheSessionManager manager(CoreNode node) {
        return (JCacheSessionManager) node.manager();
    }

    /** Begins a session of a user. */
    private Visitor visitor(CoreNode node, String user) throws Exception {
        Visitor visitor = opened(new Visitor());
        node.visit(visitor, "/set?name=userId&value=" + user);
        return visitor;
    }

    private static String user(CoreNode node, Visitor visitor) throws Exception {
        return node.visit(visitor, "/get?name=userId").body();
    }

    private static List<String> ids(List<Session> sessions) {
        return sessions.stream().map(Session::getId).toList();
    }

    private static boolean isRemoval(WatchedCache.Call call) {
        return call.name().equals("remove");
    }

    private static boolean isRead(WatchedCache.Call call) {
        return call.name().equals("get");
    }

    private static String id(Visitor visitor) {
        return requireNonNull(visitor.session());
    }

    /** Has the index know another user of a session than the session does, as it does while it lags. */
    private void indexed(String id, String user) {
        storeOne.client()
                .updateItem(request -> request.tableName(table)
                        .key(Map.of("id", AttributeValue.fromS("sess:" + StoreNode.APPLICATION + ":" + id)))
                        .updateExpression("SET userId = :user")
                        .expressionAttributeValues(Map.of(":user", AttributeValue.fromS(user))));
    }

    private Map<String, AttributeValue> item(String id) {
        return storeOne.items().stream()
                .filter(item -> requireNonNull(item.get("id")).s().endsWith(":" + id))
                .findFirst()
                .orElse(Map.of());
    }

    @Test
    void findSessions_twoNodes_areThoseOfUser() throws Exception {
        Visitor here = visitor(one, "ann");
        Visitor there = visitor(two, "ann");
        visitor(two, "bob");

        List<Session> found = manager(one).findSessions("userId", "ann");

        assertThat(ids(found)).containsExactlyInAnyOrder(id(here), id(there));
        assertThat(found).allSatisfy(session -> {
            assertThat(session.getAttribute("userId")).isEqualTo("ann");
            assertThat(session.getSessionManager()).isSameAs(one.manager());
        });
        assertThat(manager(one).findSessions("userId", "nobody")).isEmpty();
    }

    @Test
    void findSessions_handles_saveAtOnce() throws Exception {
        Visitor there = visitor(two, "ann");

        manager(one).findSessions("userId", "ann").get(0).setAttribute("notice", "hello");

        assertThat(two.visit(there, "/get?name=notice").body()).isEqualTo("hello");
    }

    @Test
    void findSessions_each_isOneQueryAndOneReadForEachSession() throws Exception {
        visitor(two, "ann");
        visitor(two, "ann");
        storeOne.requests().clear();

        manager(one).findSessions("userId", "ann");

        assertThat(storeOne.requests().operations()).containsExactly("Query", "GetItem", "GetItem");
    }

    /** It is nobody's access, and this node does not begin to watch the sessions of others. */
    @Test
    void findSessions_sessionsOfOtherNode_areNotHeldHere() throws Exception {
        visitor(two, "ann");

        manager(one).findSessions("userId", "ann");

        assertThat(one.manager().getAllSessions()).isEmpty();
    }

    @Test
    void endSessions_twoNodes_endsThoseOfUserAndTellsHereOnce() throws Exception {
        Visitor here = visitor(one, "ann");
        Visitor there = visitor(two, "ann");
        Visitor other = visitor(two, "bob");
        eventsOne.clear();
        eventsTwo.clear();

        assertThat(manager(one).endSessions("userId", "ann")).isEqualTo(2);

        assertThat(user(one, here)).isEqualTo(NO_SESSION);
        assertThat(user(two, there)).isEqualTo(NO_SESSION);
        assertThat(user(two, other)).isEqualTo("bob");
        assertThat(eventsOne.heard()).containsExactly("destroyed INVALIDATED", "destroyed INVALIDATED");
        assertThat(eventsTwo.heard()).isEmpty();
        assertThat(one.manager().getAllSessions()).isEmpty();
        assertThat(manager(one).endSessions("userId", "ann")).isZero();
    }

    @Test
    void endSessions_each_isOneQueryAndAReadAndADeleteForEachSession() throws Exception {
        visitor(one, "ann");
        visitor(two, "ann");
        storeOne.requests().clear();

        manager(one).endSessions("userId", "ann");

        assertThat(storeOne.requests().operations())
                .containsExactly("Query", "GetItem", "DeleteItem", "GetItem", "DeleteItem");
    }

    @Test
    void endSessions_listener_seesSessionThatStillAnswers() throws Exception {
        visitor(two, "ann");
        List<Object> seen = new ArrayList<>();
        one.manager().registerSessionListener(new SessionEvents() {
            @Override
            public void sessionDestroyed(
                    Session session,
                    io.undertow.server.@org.jspecify.annotations.Nullable HttpServerExchange exchange,
                    SessionDestroyedReason reason) {
                seen.add(session.getAttribute("userId"));
            }
        });

        manager(one).endSessions("userId", "ann");

        assertThat(seen).containsExactly("ann");
    }

    @Test
    void findSessions_sessionWhoseIdHasChanged_isFoundOnceByNewId() throws Exception {
        Visitor visitor = visitor(one, "ann");
        String before = id(visitor);
        one.visit(visitor, "/login");
        assertThat(id(visitor)).isNotEqualTo(before);
        assertThat(item(before)).as("the signpost").isNotEmpty().doesNotContainKey("userId");

        assertThat(ids(manager(two).findSessions("userId", "ann"))).containsExactly(id(visitor));
    }

    @Test
    void findSessions_indexThatStillKnowsOldId_followsToNewOneOnce() throws Exception {
        Visitor visitor = visitor(one, "ann");
        String before = id(visitor);
        one.visit(visitor, "/login");
        indexed(before, "ann");

        assertThat(ids(manager(two).findSessions("userId", "ann"))).containsExactly(id(visitor));
        assertThat(manager(two).endSessions("userId", "ann")).isEqualTo(1);
        assertThat(user(one, visitor)).isEqualTo(NO_SESSION);
    }

    @Test
    void endSessions_indexThatKnowsOnlyOldId_endsSession() throws Exception {
        Visitor visitor = visitor(one, "ann");
        String before = id(visitor);
        one.visit(visitor, "/login");
        indexed(before, "ann");
        indexed(id(visitor), "lagging");

        assertThat(manager(two).endSessions("userId", "ann")).isEqualTo(1);
        assertThat(user(one, visitor)).isEqualTo(NO_SESSION);
    }

    @Test
    void endSessions_indexThatNamesWrongUser_spareSession() throws Exception {
        Visitor visitor = visitor(one, "ann");
        indexed(id(visitor), "bob");

        assertThat(manager(two).findSessions("userId", "bob")).isEmpty();
        assertThat(manager(two).endSessions("userId", "bob")).isZero();

        assertThat(user(one, visitor)).isEqualTo("ann");
    }

    @Test
    void endSessions_userThatChangesBeforeRemoval_sparesSession() throws Exception {
        Visitor visitor = visitor(two, "ann");
        storeOne.watched()
                .beforeNext(SessionSearchIT::isRemoval, () -> two.visit(visitor, "/set?name=userId&value=bob"));

        assertThat(manager(one).endSessions("userId", "ann")).isZero();

        assertThat(storeOne.watched().hasRules()).isFalse();
        assertThat(user(two, visitor)).isEqualTo("bob");
        assertThat(user(one, visitor)).isEqualTo("bob");
        assertThat(eventsOne.heard()).doesNotContain("destroyed INVALIDATED");
    }

    @Test
    void endSessions_otherAttributeThatChangesBeforeRemoval_endsSession() throws Exception {
        Visitor visitor = visitor(two, "ann");
        storeOne.watched()
                .beforeNext(SessionSearchIT::isRemoval, () -> two.visit(visitor, "/set?name=cart&value=full"));

        assertThat(manager(one).endSessions("userId", "ann")).isEqualTo(1);

        assertThat(storeOne.watched().hasRules()).isFalse();
        assertThat(user(two, visitor)).isEqualTo(NO_SESSION);
    }

    @Test
    void endSessions_idThatChangesBeforeRemoval_endsSession() throws Exception {
        Visitor visitor = visitor(two, "ann");
        storeOne.watched().beforeNext(SessionSearchIT::isRemoval, () -> two.visit(visitor, "/login"));

        assertThat(manager(one).endSessions("userId", "ann")).isEqualTo(1);

        assertThat(user(two, visitor)).isEqualTo(NO_SESSION);
    }

    @Test
    void endSessions_sessionThatEndsMeanwhile_isNotCounted() throws Exception {
        Visitor visitor = visitor(two, "ann");
        eventsOne.clear();
        storeOne.watched().beforeNext(SessionSearchIT::isRemoval, () -> two.visit(visitor, "/end"));

        assertThat(manager(one).endSessions("userId", "ann")).isZero();

        assertThat(eventsOne.heard()).isEmpty();
        assertThat(eventsTwo.heard()).containsOnlyOnce("destroyed INVALIDATED");
    }

    @Test
    void endSessions_sessionThatIsInUseHere_endsForItsRequestToo() throws Exception {
        Visitor visitor = visitor(one, "ann");
        one.page("/everywhere", CoreNode.onSession((exchange, session) -> {
            session.setAttribute("cart", "unsaved");
            int ended = manager(one).endSessions("userId", "ann");
            assertThatIllegalStateException().isThrownBy(() -> session.getAttribute("cart"));
            return ended;
        }));

        assertThat(one.visit(visitor, "/everywhere").body()).isEqualTo("1");

        assertThat(user(one, visitor)).isEqualTo(NO_SESSION);
        assertThat(item(id(visitor))).isEmpty();
    }

    /** What the request had read before is not what counts. */
    @Test
    void endSessions_userThatOtherNodeSetWhileRequestIsHere_endsSession() throws Exception {
        Visitor visitor = visitor(one, "guest");
        Visitor same = opened(Visitor.with(id(visitor)));
        one.page("/everywhere", CoreNode.onSession((exchange, session) -> {
            two.visit(same, "/set?name=userId&value=ann");
            return manager(one).endSessions("userId", "ann");
        }));

        assertThat(one.visit(visitor, "/everywhere").body()).isEqualTo("1");

        assertThat(user(two, visitor)).isEqualTo(NO_SESSION);
    }

    @Test
    void endSessions_failureOfOne_goesOnAndThrows() throws Exception {
        visitor(two, "ann");
        visitor(two, "ann");
        visitor(two, "ann");
        storeOne.watched().next(SessionSearchIT::isRemoval, call -> {
            throw new CacheException("the store is down, says the test");
        });

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> manager(one).endSessions("userId", "ann"))
                .withMessageContaining("1 sessions that were found could not be ended")
                .withMessageContaining("2 were ended")
                .withMessageContaining("the store is down, says the test");

        assertThat(manager(two).findSessions("userId", "ann")).hasSize(1);
        assertThat(manager(one).endSessions("userId", "ann")).isEqualTo(1);
    }

    @Test
    void endSessions_readThatFails_goesOnAndThrows() throws Exception {
        visitor(two, "ann");
        visitor(two, "ann");
        storeOne.watched().next(SessionSearchIT::isRead, call -> {
            throw new CacheException("the store is down, says the test");
        });

        assertThatExceptionOfType(CacheException.class)
                .isThrownBy(() -> manager(one).endSessions("userId", "ann"))
                .withMessageContaining("1 were ended");

        assertThat(manager(two).findSessions("userId", "ann")).hasSize(1);
    }

    @Test
    void endSessions_otherApplicationAndPrefix_areLeftAlone() throws Exception {
        CoreNode blog = node(storeOne, settings -> settings.application("blog"));
        StoreNode elsewhere = opened(
                StoreNode.with(table, clock, options -> options.prefix("other:").specialKeys("userId:S:by-user")));
        CoreNode other = node(elsewhere);
        Visitor reader = visitor(blog, "ann");
        Visitor stranger = visitor(other, "ann");
        visitor(one, "ann");

        assertThat(manager(one).endSessions("userId", "ann")).isEqualTo(1);

        assertThat(user(blog, reader)).isEqualTo("ann");
        assertThat(user(other, stranger)).isEqualTo("ann");
    }

    @Test
    void findSessions_sessionThatTimedOut_isNotFound() throws Exception {
        visitor(two, "ann");
        clock.advance(Duration.ofMinutes(32));

        assertThat(manager(one).findSessions("userId", "ann")).isEmpty();
        assertThat(manager(one).endSessions("userId", "ann")).isZero();
    }

    @Test
    void findSessions_manySessions_areAllFoundAndEnded() throws Exception {
        for (int i = 0; i < 30; i++) {
            visitor(i % 2 == 0 ? one : two, "ann");
        }

        assertThat(manager(one).findSessions("userId", "ann")).hasSize(30);
        assertThat(manager(two).endSessions("userId", "ann")).isEqualTo(30);
        assertThat(manager(one).findSessions("userId", "ann")).isEmpty();
    }

    @Test
    void findSessions_hashedIds_idOfUnknownSessionIsItsHash() throws Exception {
        CoreNode hashedHere =
                node(storeOne, settings -> settings.application("hashed").hashIds(true));
        CoreNode hashedThere =
                node(storeTwo, settings -> settings.application("hashed").hashIds(true));
        Visitor visitor = visitor(hashedThere, "ann");

        Session foundHere = manager(hashedHere).findSessions("userId", "ann").get(0);
        Session foundThere = manager(hashedThere).findSessions("userId", "ann").get(0);

        assertThat(foundHere.getId())
                .isNotEqualTo(id(visitor))
                .isEqualTo(dev.tidepool.session.StoredSessions.hash(id(visitor)));
        assertThat(foundThere.getId()).isEqualTo(id(visitor));
        foundHere.setAttribute("notice", "hello");
        assertThat(hashedThere.visit(visitor, "/get?name=notice").body()).isEqualTo("hello");
        assertThat(manager(hashedHere).endSessions("userId", "ann")).isEqualTo(1);
        assertThat(user(hashedThere, visitor)).isEqualTo(NO_SESSION);
    }

    @Test
    void findSessions_numbers_areComparedByValue() throws Exception {
        for (Number level : List.of(5, 5L, 5.0, (short) 5, new BigDecimal("5.00"), 5.5)) {
            one.page(
                    "/level" + level.getClass().getSimpleName() + level.intValue() + level.hashCode(),
                    exchange -> CoreNode.session(exchange).setAttribute("level", level));
            one.visit(
                    opened(new Visitor()),
                    "/level" + level.getClass().getSimpleName() + level.intValue() + level.hashCode());
        }

        assertThat(manager(two).findSessions("level", 5)).hasSize(5);
        assertThat(manager(two).findSessions("level", new BigDecimal("5.50"))).hasSize(1);
        assertThat(manager(two).findSessions("level", 6)).isEmpty();
    }

    @Test
    void setAttribute_specialKeysOfAllTypes_areAttributesOfItem() throws Exception {
        Visitor visitor = opened(new Visitor());
        one.page("/all", exchange -> {
            Session session = CoreNode.session(exchange);
            session.setAttribute("userId", "ann");
            session.setAttribute("level", 7.25);
            return session.setAttribute("admin", true);
        });

        one.visit(visitor, "/all");

        assertThat(item(id(visitor)))
                .containsEntry("userId", AttributeValue.fromS("ann"))
                .containsEntry("level", AttributeValue.fromN("7.25"))
                .containsEntry("admin", AttributeValue.fromBool(true));
        one.visit(visitor, "/set?name=cart&value=full");
        assertThat(item(id(visitor))).containsKeys("userId", "level", "admin");
    }

    @Test
    void removeAttribute_specialKey_leavesItem() throws Exception {
        Visitor visitor = visitor(one, "ann");
        one.page("/forget", CoreNode.onSession((exchange, session) -> session.removeAttribute("userId")));

        one.visit(visitor, "/forget");

        assertThat(item(id(visitor))).isNotEmpty().doesNotContainKey("userId");
        assertThat(manager(one).findSessions("userId", "ann")).isEmpty();
    }

    @Test
    void setAttribute_specialKeyOfOtherType_isRefusedAtOnce() throws Exception {
        Visitor visitor = visitor(one, "ann");
        one.page("/wrong", CoreNode.onSession((exchange, session) -> {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("level", "secret"))
                    .withMessageContaining("Special key 'level' of type N needs a Number")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.setAttribute("userId", "a".repeat(2049)))
                    .withMessageContaining("'by-user'");
            assertThatIllegalArgumentException().isThrownBy(() -> session.setAttribute("userId", ""));
            return session.getAttribute("userId");
        }));
        storeOne.requests().clear();

        assertThat(one.visit(visitor, "/wrong").body()).isEqualTo("ann");
        assertThat(storeOne.requests().operations()).containsExactly("GetItem");
    }

    @Test
    void save_missingSpecialKey_failsBeforeAnyRequestAndLeavesSessionAsItWas() throws Exception {
        StoreNode strict = opened(StoreNode.with(table, clock, options -> options.specialKeys("userId:S:by-user")));
        CoreNode node = node(strict);
        Visitor guest = opened(new Visitor());
        assertThat(node.visit(guest, "/set?name=cart&value=full").status()).isEqualTo(503);
        Visitor visitor = visitor(node, "ann");
        node.page("/forget", CoreNode.onSession((exchange, session) -> session.removeAttribute("userId")));
        strict.requests().clear();

        assertThat(node.visit(visitor, "/forget").status()).isEqualTo(503);

        assertThat(strict.requests().operations()).containsExactly("GetItem");
        assertThat(user(node, visitor)).isEqualTo("ann");
    }

    /** A signpost is to have no special keys, and that is no error. */
    @Test
    void changeSessionId_specialKeysThatMayNotBeMissing_succeeds() throws Exception {
        StoreNode strict = opened(StoreNode.with(table, clock, options -> options.specialKeys("userId:S:by-user")));
        CoreNode node = node(strict);
        Visitor visitor = visitor(node, "ann");
        String before = id(visitor);

        assertThat(node.visit(visitor, "/login").status()).isEqualTo(200);

        assertThat(id(visitor)).isNotEqualTo(before);
        assertThat(user(node, visitor)).isEqualTo("ann");
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "cart"})
    void findSessions_attributeWithoutIndex_saysHowToNameOne(String name) {
        assertThatIllegalStateException()
                .isThrownBy(() -> manager(one).findSessions(name, true))
                .withMessageContaining("no index by '" + name + "'");
        assertThatIllegalStateException().isThrownBy(() -> manager(one).endSessions(name, true));
    }

    @Test
    void findSessions_valueOfOtherType_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> manager(one).findSessions("userId", 5))
                .withMessageContaining("Special key 'userId' of type S needs a String");
    }

    @Test
    void findSessions_cacheOfOtherProvider_saysSo() {
        JCacheSessionManager elsewhere =
                JCacheSessionManager.builder(Caches.reference()).build("shop");

        assertThatIllegalStateException()
                .isThrownBy(() -> elsewhere.findSessions("userId", "ann"))
                .withMessageContaining("another provider's");
    }
}
