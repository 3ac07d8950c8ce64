package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.core.converter.ClaimTypeConverter;
import org.springframework.security.oauth2.core.oidc.OidcIdToken;
import org.springframework.security.oauth2.core.oidc.user.DefaultOidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.core.oidc.user.OidcUserAuthority;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;

/** A login by OpenID Connect, which Spring Security keeps in the session: logged in on one node is so on the other. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
@ParameterizedClass
@ValueSource(strings = {"fst", "jdk"})
final class SpringSecurityLoginIT {
    private final HttpSessionSecurityContextRepository contexts = new HttpSessionSecurityContextRepository();
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);
    private final String codec;

    SpringSecurityLoginIT(String codec) {
        this.codec = codec;
    }

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    private ServletNode start(StoreNode store) throws ServletException {
        return ServletNode.of(new JCacheSessionManagerFactory(
                        store.manager().codec(codec).allow("spring-security")))
                .on("/login", (request, response) -> contexts.saveContext(login(), request, response))
                .on("/me", (request, response) -> response.getWriter().print(nameAndIssuer(request)))
                .start();
    }

    /** What the provider's token becomes, as Spring Security converts it. */
    private static SecurityContext login() {
        Instant now = Instant.now();
        Map<String, Object> token = Map.of("iss", "https://idp.example", "sub", "ann", "aud", List.of("shop"));
        Map<String, Object> claims =
                new ClaimTypeConverter(OidcIdTokenDecoderFactory.createDefaultClaimTypeConverters()).convert(token);
        OidcIdToken id = new OidcIdToken("a token", now, now.plusSeconds(60), claims);
        OidcUser user = new DefaultOidcUser(List.of(new OidcUserAuthority(id)), id);
        return new SecurityContextImpl(new OAuth2AuthenticationToken(user, user.getAuthorities(), "idp"));
    }

    private String nameAndIssuer(HttpServletRequest request) {
        SecurityContext context = contexts.loadDeferredContext(request).get();
        return context.getAuthentication() == null
                ? "nobody"
                : context.getAuthentication().getName() + " of "
                        + ((OidcUser) context.getAuthentication().getPrincipal()).getIssuer();
    }

    @Test
    void loginByOpenIdConnect_onOneNode_holdsOnTheOther() throws Exception {
        try (ServletNode first = start(one);
                ServletNode second = start(two);
                Visitor visitor = new Visitor()) {
            assertThat(first.visit(visitor, "/login").status()).isEqualTo(200);

            assertThat(second.visit(visitor, "/me").body()).isEqualTo("ann of https://idp.example");
            assertThat(second.visit(Visitor.with(null), "/me").body()).isEqualTo("nobody");
        }
    }
}
