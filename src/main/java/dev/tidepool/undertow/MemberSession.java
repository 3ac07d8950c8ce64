package dev.tidepool.undertow;

import dev.tidepool.undertow.SingleSignOnContent.Member;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionManager;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session of a single sign-on, as Undertow goes over them to end them: it is looked up when it is to be ended, and
 * can do nothing else.
 */
@SuppressWarnings("NullAway") // Session answers null for what there is not
final class MemberSession implements Session {
    private final JCacheSingleSignOnManager singleSignOns;
    private final Member member;

    MemberSession(JCacheSingleSignOnManager singleSignOns, Member member) {
        this.singleSignOns = singleSignOns;
        this.member = member;
    }

    /** Returns what a single sign-on keeps of a session of a deployment. */
    static Member memberOf(Session session) {
        return new Member(session.getSessionManager().getDeploymentName(), session.getId());
    }

    Member member() {
        return member;
    }

    @Override
    public String getId() {
        return member.sessionId();
    }

    /** Returns null when this node does not have the deployment. */
    @Override
    public @Nullable SessionManager getSessionManager() {
        return singleSignOns.manager(member.deployment());
    }

    @Override
    public void invalidate(@Nullable HttpServerExchange exchange) {
        singleSignOns.endSession(member);
    }

    private static UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException("A session of a single sign-on can only be ended");
    }

    @Override
    public void requestDone(HttpServerExchange exchange) {
        throw unsupported();
    }

    @Override
    public long getCreationTime() {
        throw unsupported();
    }

    @Override
    public long getLastAccessedTime() {
        throw unsupported();
    }

    @Override
    public void setMaxInactiveInterval(int interval) {
        throw unsupported();
    }

    @Override
    public int getMaxInactiveInterval() {
        throw unsupported();
    }

    @Override
    public Object getAttribute(String name) {
        throw unsupported();
    }

    @Override
    public Set<String> getAttributeNames() {
        throw unsupported();
    }

    @Override
    public Object setAttribute(String name, Object value) {
        throw unsupported();
    }

    @Override
    public Object removeAttribute(String name) {
        throw unsupported();
    }

    @Override
    public String changeSessionId(HttpServerExchange exchange, SessionConfig config) {
        throw unsupported();
    }
}
