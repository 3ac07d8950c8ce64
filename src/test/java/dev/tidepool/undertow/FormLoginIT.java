package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.security.idm.Account;
import io.undertow.security.idm.Credential;
import io.undertow.security.idm.IdentityManager;
import io.undertow.security.idm.PasswordCredential;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.LoginConfig;
import io.undertow.servlet.api.SecurityConstraint;
import io.undertow.servlet.api.WebResourceCollection;
import java.io.Serializable;
import java.security.Principal;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Undertow's own form login, whose user lives in the session: logged in on one node is logged in on the other. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class FormLoginIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    record User(String name) implements Account, Principal, Serializable {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public Principal getPrincipal() {
            return this;
        }

        @Override
        public Set<String> getRoles() {
            return Set.of("customer");
        }
    }

    /** Knows one user. */
    private static final class Users implements IdentityManager {
        @Override
        public Account verify(Account account) {
            return account;
        }

        @Override
        @SuppressWarnings("NullAway") // null is how it refuses
        public @Nullable Account verify(String id, Credential credential) {
            boolean known = id.equals("ada")
                    && credential instanceof PasswordCredential password
                    && new String(password.getPassword()).equals("lovelace");
            return known ? new User(id) : null;
        }

        @Override
        @SuppressWarnings("NullAway") // null is how it refuses
        public @Nullable Account verify(Credential credential) {
            return null;
        }
    }

    private static ServletNode node(StoreNode store) throws Exception {
        return ServletNode.on(store)
                .on("/secret", (request, response) -> response.getWriter().print("hello " + request.getRemoteUser()))
                .on("/form", (request, response) -> response.getWriter().print("the form"))
                .on("/logout", (request, response) -> {
                    request.logout();
                    request.getSession().invalidate();
                })
                .deployed(FormLoginIT::secure)
                .start();
    }

    private static void secure(DeploymentInfo deployment) {
        deployment
                .setIdentityManager(new Users())
                .setLoginConfig(new LoginConfig("FORM", "shop", "/form", "/form"))
                .addSecurityRole("customer")
                .addSecurityConstraint(new SecurityConstraint()
                        .addWebResourceCollection(new WebResourceCollection().addUrlPattern("/secret"))
                        .addRoleAllowed("customer"));
    }

    @Test
    void login_onOneNode_holdsOnOther() throws Exception {
        try (ServletNode node = node(one);
                ServletNode other = node(two);
                Visitor visitor = new Visitor()) {
            assertThat(visitor.get(node.port(), "/secret").body()).isEqualTo("the form");
            String before = requireNonNull(visitor.session());

            Wire.Answer login = visitor.post(other.port(), "/j_security_check", "j_username=ada&j_password=lovelace");

            assertThat(login.status()).isEqualTo(302);
            assertThat(login.header("Location").orElse("")).endsWith("/secret");
            assertThat(requireNonNull(visitor.session()))
                    .as("the id changes at login")
                    .isNotEqualTo(before);
            assertThat(visitor.get(node.port(), "/secret").body()).isEqualTo("hello ada");
            assertThat(visitor.get(other.port(), "/secret").body()).isEqualTo("hello ada");
            try (Visitor thief = Visitor.with(before)) {
                assertThat(thief.get(node.port(), "/secret").body()).isEqualTo("the form");
            }

            visitor.get(other.port(), "/logout");
            assertThat(visitor.get(node.port(), "/secret").body()).isEqualTo("the form");
        }
    }

    @Test
    void login_saveFails_is503AndNoLogin() throws Exception {
        try (ServletNode node = node(one);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/secret");
            String before = requireNonNull(visitor.session());
            one.watched().fail(WatchedCache.WRITES);

            Wire.Answer login = visitor.post(node.port(), "/j_security_check", "j_username=ada&j_password=lovelace");
            one.watched().heal();

            assertThat(login.status()).isEqualTo(503);
            assertThat(login.header("Location")).isEmpty();
            assertThat(visitor.session()).isEqualTo(before);
            assertThat(visitor.get(node.port(), "/secret").body()).isEqualTo("the form");
            assertThat(visitor.post(node.port(), "/j_security_check", "j_username=ada&j_password=lovelace")
                            .status())
                    .isEqualTo(302);
            assertThat(visitor.get(node.port(), "/secret").body()).isEqualTo("hello ada");
        }
    }
}
