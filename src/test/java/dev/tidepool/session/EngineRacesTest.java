package dev.tidepool.session;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.Settings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two that do something to one session in the same moment, in the order that is hardest to get right. */
@Timeout(60)
final class EngineRacesTest {
    private static final NewSession WANTED = new NewSession(600, null);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    private final AtomicInteger looks = new AtomicInteger();
    private final InstantSource clock = () -> {
        looks.incrementAndGet();
        return now.get();
    };

    /** What is to be done after the next call of a method of the cache, before its answer arrives. */
    private final Map<String, Queue<Callable<?>>> beforeAnswer = new ConcurrentHashMap<>();

    private final SessionEngine engine = engine(Duration.ofMillis(100));

    @SuppressWarnings("unchecked") // the proxy hands on what the cache returns
    private Cache<String, StoredSession> cache() {
        Cache<String, StoredSession> cache = Caches.reference();
        return (Cache<String, StoredSession>) Proxy.newProxyInstance(
                Cache.class.getClassLoader(), new Class<?>[] {Cache.class}, (self, method, given) -> {
                    if (method.getName().equals("equals")) {
                        return given[0] == self;
                    }
                    try {
                        Object answer = method.invoke(cache, given);
                        Queue<Callable<?>> actions = beforeAnswer.get(method.getName());
                        Callable<?> action = actions == null ? null : actions.poll();
                        if (action != null) {
                            action.call();
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw requireNonNull(e.getCause());
                    }
                });
    }

    private SessionEngine engine(Duration touchInterval) {
        return SessionEngine.builder(cache())
                .clock(clock)
                .touchInterval(touchInterval)
                .build("races", null, new Nobody());
    }

    /** Wants to know nothing. */
    private static final class Nobody implements SessionObserver {
        @Override
        public void ended(SessionHandle session, EndReason reason) {}

        @Override
        public boolean isOfContainer(String name) {
            return false;
        }

        @Override
        public boolean isActivatable(Object value) {
            return false;
        }

        @Override
        public void willPassivate(SessionHandle session, Object value) {}

        @Override
        public void didActivate(SessionHandle session, Object value) {}
    }

    @AfterEach
    void stop() {
        beforeAnswer.clear();
        engine.stop();
    }

    private void beforeAnswer(String method, Callable<?> action) {
        beforeAnswer
                .computeIfAbsent(method, any -> new ConcurrentLinkedQueue<>())
                .add(action);
    }

    private SessionRequest request() {
        return engine.request(() -> true);
    }

    /** A session that is stored, and that no request is on. */
    private SessionId stored() {
        SessionRequest request = request();
        SessionHandle created = request.create(null, false, false, WANTED);
        created.setAttribute("user", "ann");
        request.commit();
        request.end(false, true);
        return created.id();
    }

    private void later(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    private static SessionHandle found(SessionRequest request, SessionId id) {
        return requireNonNull(request.find(id));
    }

    @Test
    void commit_whileAnotherRequestIsEndingTheSession_failsAsItsChangeIsLost() throws Exception {
        SessionId id = stored();
        SessionRequest changing = request();
        found(changing, id).setAttribute("order", "42");
        SessionRequest ending = request();
        SessionHandle ended = found(ending, id);
        CountDownLatch isRemoved = new CountDownLatch(1);
        CountDownLatch mayAnswer = new CountDownLatch(1);
        beforeAnswer("remove", () -> {
            isRemoved.countDown();
            return mayAnswer.await(10, TimeUnit.SECONDS);
        });
        Future<?> logout = InThread.call(() -> {
            ended.invalidate(() -> {});
            return null;
        });
        assertThat(isRemoved.await(10, TimeUnit.SECONDS)).isTrue();
        AtomicReference<@Nullable Thread> committing = new AtomicReference<>();
        Future<?> commit = InThread.call(() -> {
            committing.set(Thread.currentThread());
            changing.commit();
            return null;
        });
        Eventually.holds("the commit waits for the logout", () -> {
            Thread thread = committing.get();
            return thread != null && thread.getState() == Thread.State.WAITING;
        });
        mayAnswer.countDown();
        logout.get();
        assertThatThrownBy(commit::get).hasCauseInstanceOf(SessionFailure.EndedMeanwhile.class);
    }

    @Test
    void find_thatSawNoSessionBeforeItBegan_doesNotEndIt() {
        SessionId id = new SessionId("a".repeat(40));
        SessionRequest other = request();
        AtomicReference<@Nullable SessionHandle> created = new AtomicReference<>();
        beforeAnswer("get", () -> {
            created.set(other.create(id, false, false, WANTED));
            return null;
        });
        assertThat(request().find(id)).isNull();
        requireNonNull(created.get()).setAttribute("user", "ann");
        other.commit();
        assertThat(found(request(), id).attribute("user")).isEqualTo("ann");
    }

    @Test
    void touch_seenByAnotherRequestBeforeItsAnswer_leavesTheSessionWatched() {
        SessionId id = stored();
        later(Duration.ofMinutes(1));
        SessionRequest touching = request();
        found(touching, id);
        touching.commit();
        SessionRequest other = request();
        beforeAnswer("replace", () -> found(other, id));
        touching.end(false, true);
        engine.awaitWrites(Duration.ofSeconds(10));
        other.commit();
        other.end(false, true);
        assertThat(engine.ids()).containsExactly(id.text());
    }

    @Test
    void create_inARequestThatIsOver_storesTheSession() {
        SessionRequest request = request();
        request.commit();
        request.end(false, true);
        SessionHandle created = request.create(null, false, false, WANTED);
        assertThat(created.hasEnded()).isFalse();
        assertThat(engine.find(created.id())).isNotNull();
    }

    @Test
    void request_onASessionThatIsNotStoredYet_isLookedAtNowAndThenOnly() throws Exception {
        SessionRequest request = request();
        request.create(null, false, false, WANTED);
        long begin = System.nanoTime();
        int before = looks.get();
        Eventually.holds("a second has passed", () -> System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(1));
        assertThat(looks.get() - before).isLessThan(100);
        request.commit();
        request.end(false, true);
    }

    private SessionSettings settings() {
        return new SessionSettings(
                "races",
                SessionFormats.named("native"),
                "",
                false,
                null,
                null,
                Duration.ofHours(1),
                0,
                false,
                Set.of(),
                clock,
                List.of());
    }

    private static LiveSession live(SessionSettings settings) {
        return LiveSession.begin(
                settings,
                codecOf(settings),
                new SessionId("b".repeat(40)),
                SessionContent.begin(600, settings.now(), 0));
    }

    /** Has no attributes of its own. */
    private static final class NoContainer implements SessionAttributes.Container {
        @Override
        public boolean owns(String name) {
            return false;
        }

        @Override
        public boolean isActivatable(Object value) {
            return false;
        }

        @Override
        public void willPassivate(SessionId id, Object value) {}

        @Override
        public void didActivate(SessionId id, Object value) {}
    }

    @Test
    void move_ofASessionThatAnotherThreadHasMovedThere_keepsIt() {
        SessionSettings settings = settings();
        LiveSession live = live(settings);
        KnownSessions known = new KnownSessions(settings, codecOf(settings));
        known.add(live);
        SessionId newId = new SessionId("c".repeat(40));
        known.move(live, newId, settings.key(newId));
        known.move(live, newId, settings.key(newId));
        assertThat(known.find(settings.key(newId))).isSameAs(live);
    }

    /** Another thread may have read the old entry before this node changed the id. */
    @Test
    void enter_byAnEntryReadBeforeTheSessionMoved_leavesWhatStaysHereWhereItIs() {
        SessionSettings settings = settings();
        LiveSession live = live(settings);
        KnownSessions known = new KnownSessions(settings, codecOf(settings));
        known.add(live);
        StoredKey oldKey = live.key();
        SessionContent old = live.content();
        live.local().put("local", "here");
        known.leave(live);
        SessionId newId = new SessionId("c".repeat(40));
        live.enter();
        live.completed(StoredSession.of(settings.format(), old.movedFrom(oldKey)));
        known.move(live, newId, settings.key(newId));
        known.leave(live);

        known.enter(new SessionId("b".repeat(40)), oldKey, old);

        assertThat(live.id()).isEqualTo(newId);
        assertThat(known.find(settings.key(newId))).isSameAs(live);
    }

    private static SessionAttributes codecOf(SessionSettings settings) {
        return new SessionAttributes(
                settings,
                new TidepoolFormat()
                        .attributes(new AttributeSettings(Settings.none()), EngineRacesTest.class.getClassLoader()),
                false,
                new SessionCounts(),
                new NoContainer());
    }

    @Test
    void alarm_thatFails_leavesTheClockGoing() throws Exception {
        SessionSettings settings = settings();
        AtomicInteger rung = new AtomicInteger();
        AlarmClock alarms = new AlarmClock(live -> {
            if (rung.incrementAndGet() == 1) {
                throw new OutOfMemoryError("unable to create native thread, says the test");
            }
        });
        alarms.set(live(settings), 0);
        Eventually.holds("the first alarm rings", () -> rung.get() > 0);
        alarms.set(live(settings), 10);
        Eventually.holds("the second alarm rings", () -> rung.get() > 1);
        alarms.stop();
    }

    @Test
    void alarm_setWhenTheClockWasStopped_doesNotRing() {
        SessionSettings settings = settings();
        AlarmClock alarms = new AlarmClock(live -> {});
        LiveSession live = live(settings);
        alarms.stop();
        alarms.set(live, 60_000);
        assertThat(live.alarmIndex).isEqualTo(AlarmClock.NOT_SET);
    }
}
