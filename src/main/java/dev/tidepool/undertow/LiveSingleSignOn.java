package dev.tidepool.undertow;

import dev.tidepool.undertow.SingleSignOnContent.Member;
import io.undertow.security.idm.Account;
import io.undertow.security.impl.SingleSignOn;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionManager;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The handle that one request holds of a single sign-on. A session that is added is stored at once, so that no login is
 * without its logout; sessions that are removed are with {@link #close}, as Undertow removes them one by one.
 * Thread-safe.
 */
@SuppressWarnings("NullAway") // SingleSignOn answers null for what there is not
final class LiveSingleSignOn implements SingleSignOn {
    private final JCacheSingleSignOnManager manager;
    private final String id;
    private final String key;
    private final List<Member> removed = new ArrayList<>();
    private SingleSignOnContent content;
    private boolean isStored;

    /** The account as it is known on every node. */
    private record StoredAccount(Principal principal, Set<String> roles) implements Account {
        @Override
        public Principal getPrincipal() {
            return principal;
        }

        @Override
        public Set<String> getRoles() {
            return roles;
        }
    }

    private record User(String name) implements Principal {
        @Override
        public String getName() {
            return name;
        }
    }

    LiveSingleSignOn(JCacheSingleSignOnManager manager, String id, SingleSignOnContent content, boolean isStored) {
        this.manager = manager;
        this.id = id;
        this.key = SingleSignOnStore.key(id);
        this.content = content;
        this.isStored = isStored;
    }

    String key() {
        return key;
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public synchronized Account getAccount() {
        return new StoredAccount(new User(content.user()), content.roles());
    }

    synchronized boolean isOf(Account account) {
        return content.user().equals(account.getPrincipal().getName());
    }

    /** Returns the name as a constant of Undertow's, as its users may compare by identity. */
    @Override
    public synchronized String getMechanismName() {
        return content.mechanism().intern();
    }

    @Override
    public synchronized boolean contains(Session session) {
        return content.members().contains(memberOf(session));
    }

    private static Member memberOf(Session session) {
        return session instanceof MemberSession known ? known.member() : MemberSession.memberOf(session);
    }

    @Override
    public void add(Session session) {
        join(session);
    }

    /**
     * Adds a session, unless it is one of its already.
     *
     * @return false when the single sign-on has ended
     */
    synchronized boolean join(Session session) {
        if (!isStored) {
            SingleSignOnContent first = manager.joined(content, session);
            manager.store().create(key, first);
            isStored = true;
            content = first;
            return true;
        }
        SingleSignOnContent after = manager.store().update(key, content, before -> manager.joined(before, session));
        if (after != null) {
            content = after;
        }
        return after != null;
    }

    @Override
    public synchronized void remove(Session session) {
        Member member = memberOf(session);
        content = content.without(member);
        removed.add(member);
    }

    @Override
    public synchronized @Nullable Session getSession(SessionManager of) {
        return content.members().stream()
                .filter(member -> member.deployment().equals(of.getDeploymentName()))
                .map(member -> of.getSession(member.sessionId()))
                .filter(session -> session != null)
                .findFirst()
                .orElse(null);
    }

    /**
     * Tells all sessions, those of deployments that this node does not have as well, so that none looks like the last.
     */
    @Override
    public synchronized Iterator<Session> iterator() {
        List<Session> sessions = new ArrayList<>();
        for (Member member : content.members()) {
            sessions.add(new MemberSession(manager, member));
        }
        return sessions.iterator();
    }

    /** Ends it, with the sessions that have come to it unseen. */
    synchronized void end() {
        SingleSignOnContent last = isStored ? manager.store().remove(key) : null;
        isStored = false;
        if (last != null) {
            last.members().stream()
                    .filter(member -> !content.members().contains(member) && !removed.contains(member))
                    .forEach(manager::endSession);
        }
    }

    @Override
    public synchronized void close() {
        if (isStored) {
            removed.forEach(member -> manager.store().leave(key, member));
        }
        removed.clear();
    }
}
