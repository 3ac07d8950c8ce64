package dev.tidepool.undertow;

import dev.tidepool.undertow.SingleSignOnContent.Member;
import java.util.Set;
import javax.cache.Cache;

/** Single sign-ons as a manager stores them, for tests of other packages. */
public final class StoredSingleSignOns {
    private StoredSingleSignOns() {}

    /** Stores the login of a user with a role, who has a session of a deployment. */
    public static void put(
            Cache<String, StoredSingleSignOn> cache, String id, String user, String role, Session session, long until) {
        SingleSignOnContent login = SingleSignOnContent.begin(user, Set.of(role), "FORM")
                .with(new Member(session.deployment(), session.id()), until);
        cache.put(SingleSignOnStore.key(id), StoredSingleSignOn.of(login));
    }

    /** A session of a deployment. */
    public record Session(String deployment, String id) {}
}
