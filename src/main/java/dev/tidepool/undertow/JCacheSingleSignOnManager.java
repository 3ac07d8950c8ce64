package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;

import dev.tidepool.Option;
import dev.tidepool.Settings;
import dev.tidepool.undertow.SingleSignOnContent.Member;
import io.undertow.security.idm.Account;
import io.undertow.security.impl.SingleSignOn;
import io.undertow.security.impl.SingleSignOnManager;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionManager;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Single sign-ons that live in a JCache cache, so that a login holds on every context and node, and a logout ends all
 * its sessions wherever they are.
 *
 * <p>With undertow-servlet, {@link SingleSignOnExtension} does all of it. With handlers of undertow-core, Undertow's
 * own mechanism takes this manager:
 *
 * <pre>{@code
 * JCacheSingleSignOnManager singleSignOns = new JCacheSingleSignOnManager(SingleSignOnCaches.dynamoDb());
 * singleSignOns.know(sessions); // the session manager of each context
 * AuthenticationMechanism mechanism = new SingleSignOnAuthenticationMechanism(singleSignOns);
 * }</pre>
 *
 * <p>Undertow's mechanism keeps the id in the sessions as it is in the cookie, knows no logout but the end of a
 * session, and looks at a single sign-on only where the session itself has no login.
 *
 * <p>What is stored of an account is the name of its principal and its roles, never the object, which may not be
 * serializable and whose class another context may not have. {@link SingleSignOn#getAccount} answers an account of that
 * name and those roles; the {@code IdentityManager} of each context is asked to verify it, and may return an account of
 * its own for the name, or null to refuse the user. It must not cast what it is given to a class of its own.
 *
 * <p>An entry is stored with its first session, is removed with its last one, and expires once all of them must have.
 * It is changed by compare-and-set only, so that no session is forgotten, and one that has been removed is never
 * brought back. A failure of the cache is thrown on, and never looks like a user who has not logged in.
 *
 * <p>Thread-safe. One for all contexts of a node, as a logout ends at once what the session managers it knows have.
 */
@SuppressWarnings("NullAway") // SingleSignOnManager answers null for what there is not
public final class JCacheSingleSignOnManager implements SingleSignOnManager {
    private static final Logger LOG = LoggerFactory.getLogger(JCacheSingleSignOnManager.class);
    private static final long MAX_TOUCH_MILLIS = TimeUnit.SECONDS.toMillis(60);

    /** 5 % of a timeout in seconds, in milliseconds. */
    private static final long TOUCH_MILLIS_PER_SECOND = 50;

    private static final long MIN_TOUCH_MILLIS = 1_000;

    private final SingleSignOnStore store;
    private final @Nullable Duration touchInterval;

    /** By deployment; weak, as who undeploys one need not tell. */
    private final Map<String, WeakReference<SessionManager>> managers = new ConcurrentHashMap<>();

    /** Those that a thread of this node is ending. */
    private final Set<String> ending = ConcurrentHashMap.newKeySet();

    /**
     * A manager that looks at a single sign-on once every touch interval of a session.
     *
     * @param cache holds the single sign-ons of all contexts and nodes; never closed by the manager
     * @throws IllegalArgumentException when reads of the cache answer misses while the store is down
     */
    public JCacheSingleSignOnManager(Cache<String, StoredSingleSignOn> cache) {
        this(cache, SingleSignOnCaches.options(cache), null);
    }

    /**
     * A manager with a touch interval of one's own. By default it is the smaller of 60 seconds and 5 % of the session's
     * timeout; none where that is below a second.
     *
     * @param cache holds the single sign-ons of all contexts and nodes; never closed by the manager
     * @param touchInterval how long a session with a login is served without a look at its single sign-on; zero for a
     *     look at each request
     * @throws IllegalArgumentException when it is negative, or reads of the cache answer misses while the store is down
     */
    public JCacheSingleSignOnManager(Cache<String, StoredSingleSignOn> cache, Duration touchInterval) {
        this(cache, SingleSignOnCaches.options(cache), requireNonNull(touchInterval, "touchInterval"));
    }

    private JCacheSingleSignOnManager(
            Cache<String, StoredSingleSignOn> cache, Settings options, @Nullable Duration touchInterval) {
        if (options.missesOnStoreFailure()) {
            throw new IllegalArgumentException("Cache '" + cache.getName()
                    + "' has onStoreFailure=miss, which would end logins while the store is down: set"
                    + " tidepool.cache." + cache.getName() + ".onStoreFailure=throw");
        }
        if (touchInterval != null && touchInterval.isNegative()) {
            throw new IllegalArgumentException("touchInterval cannot be negative: " + touchInterval);
        }
        this.store = new SingleSignOnStore(cache, options.get(Option.CLOCK));
        this.touchInterval = touchInterval;
    }

    /**
     * Begins a single sign-on, which is stored with its first session.
     *
     * @param account who has logged in
     * @param mechanism by which mechanism
     * @return one that no session belongs to yet
     */
    @Override
    public SingleSignOn createSingleSignOn(Account account, String mechanism) {
        return begin(account, mechanism);
    }

    LiveSingleSignOn begin(Account account, String mechanism) {
        return new LiveSingleSignOn(
                this,
                SingleSignOnStore.newId(),
                SingleSignOnContent.begin(account.getPrincipal().getName(), account.getRoles(), mechanism),
                false);
    }

    /**
     * Finds a single sign-on.
     *
     * @param ssoId its id, or any text
     * @return null when there is none of the id
     * @throws javax.cache.CacheException when the store fails
     */
    @Override
    public @Nullable SingleSignOn findSingleSignOn(String ssoId) {
        return find(ssoId);
    }

    @Nullable LiveSingleSignOn find(String ssoId) {
        SingleSignOnContent found =
                SingleSignOnStore.isWellFormed(ssoId) ? store.get(SingleSignOnStore.key(ssoId)) : null;
        return found == null ? null : new LiveSingleSignOn(this, ssoId, found, true);
    }

    /**
     * Ends a single sign-on, and those of its sessions that it does not know: they have come to it since it was found.
     *
     * @param sso one of this manager's
     * @throws javax.cache.CacheException when the store fails
     */
    @Override
    public void removeSingleSignOn(SingleSignOn sso) {
        LiveSingleSignOn live = (LiveSingleSignOn) sso;
        live.end();
    }

    SingleSignOnStore store() {
        return store;
    }

    /**
     * Takes note of a session manager of this node, so that a logout reaches its sessions.
     * {@link SingleSignOnExtension} does so for its deployments.
     *
     * @param manager known by its deployment's name; only weakly held
     */
    public void know(SessionManager manager) {
        WeakReference<SessionManager> known = managers.get(manager.getDeploymentName());
        if (known == null || known.get() != manager) {
            managers.put(manager.getDeploymentName(), new WeakReference<>(manager));
        }
    }

    /** Returns the session manager of a deployment; null when it is not on this node. */
    @Nullable SessionManager manager(String deployment) {
        WeakReference<SessionManager> known = managers.get(deployment);
        return known == null ? null : known.get();
    }

    /** Returns how long a session is served without a look at its single sign-on. */
    long touchMillis(Session session) {
        if (touchInterval != null) {
            return touchInterval.toMillis();
        }
        int timeout = session.getMaxInactiveInterval();
        long millis = timeout <= 0 ? MAX_TOUCH_MILLIS : Math.min(MAX_TOUCH_MILLIS, timeout * TOUCH_MILLIS_PER_SECOND);
        return millis < MIN_TOUCH_MILLIS ? 0 : millis;
    }

    /** Returns until when a session lives, if nobody looks at it for a touch interval and then somebody does. */
    private long until(Session session) {
        int timeout = session.getMaxInactiveInterval();
        return timeout <= 0
                ? SingleSignOnContent.NEVER
                : store.now() + TimeUnit.SECONDS.toMillis(timeout) + touchMillis(session);
    }

    /** Returns a content to which a session belongs, and which does not end before it. */
    SingleSignOnContent joined(SingleSignOnContent content, Session session) {
        know(session.getSessionManager());
        Member member = MemberSession.memberOf(session);
        long until = until(session);
        if (content.members().contains(member) && content.deadline() >= until) {
            return content;
        }
        return content.with(member, until == SingleSignOnContent.NEVER ? until : until + touchMillis(session));
    }

    /**
     * Sees to it that a session belongs to a single sign-on, which does not end before it.
     *
     * @param seen what has just been read
     * @return false when the single sign-on has ended
     */
    boolean join(String key, SingleSignOnContent seen, Session session) {
        return store.update(key, seen, content -> joined(content, session)) != null;
    }

    /** Takes note that a session has timed out, which leaves the others as they are. */
    void left(String key, Session session) {
        store.leave(key, MemberSession.memberOf(session));
    }

    /** Takes note of a session's new id. */
    void renamed(String key, Session session, String oldId) {
        Member after = MemberSession.memberOf(session);
        Member before = new Member(after.deployment(), oldId);
        store.update(key, null, content -> content.renamed(before, after));
    }

    /**
     * Ends a single sign-on with all its sessions.
     *
     * @param spared a session that its caller sees to
     * @throws RuntimeException when the store fails, or a session's listener; the others have been ended all the same
     */
    void end(String key, @Nullable Session spared) {
        if (!ending.add(key)) {
            return; // the sessions that are ended here say so by their listeners
        }
        try {
            SingleSignOnContent last = store.remove(key);
            if (last != null) {
                endSessions(last, spared == null ? null : MemberSession.memberOf(spared));
            }
        } finally {
            ending.remove(key);
        }
    }

    private void endSessions(SingleSignOnContent last, @Nullable Member spared) {
        RuntimeException failure = null;
        for (Member member : last.members()) {
            if (!member.equals(spared)) {
                try {
                    endSession(member);
                } catch (RuntimeException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** A session of a deployment that this node does not have ends at its next look at the single sign-on. */
    void endSession(Member member) {
        SessionManager manager = manager(member.deployment());
        Session session = manager == null ? null : manager.getSession(member.sessionId());
        if (session == null) {
            return;
        }
        try {
            session.invalidate(null);
        } catch (IllegalStateException e) {
            LOG.debug("A session of {} has ended before its single sign-on did", member.deployment());
        }
    }
}
