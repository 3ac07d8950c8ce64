package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.authentication.OAuth2AuthenticationToken;
import org.springframework.security.oauth2.client.authentication.OAuth2LoginAuthenticationProvider;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.authentication.OidcAuthorizationCodeAuthenticationProvider;
import org.springframework.security.oauth2.client.oidc.userinfo.OidcUserService;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.userinfo.DefaultOAuth2UserService;
import org.springframework.security.oauth2.client.web.HttpSessionOAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestRedirectFilter;
import org.springframework.security.oauth2.client.web.OAuth2LoginAuthenticationFilter;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.WebAttributes;
import org.springframework.security.web.authentication.SimpleUrlAuthenticationFailureHandler;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.web.util.UriComponentsBuilder;

/** What Spring Security puts into the session when a provider logs a visitor in, while each request goes elsewhere. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class OAuth2LoginSetTest {
    private static final String CONTEXT = HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY;

    private final SetsOfLibraries nodes;
    private final IdentityProvider provider = new IdentityProvider();
    private final HttpSessionOAuth2AuthorizedClientRepository clients =
            new HttpSessionOAuth2AuthorizedClientRepository();

    OAuth2LoginSetTest(TestCodec codec) throws Exception {
        nodes = SetsOfLibraries.of(codec, "spring-security");
    }

    @AfterEach
    void stop() {
        SecurityContextHolder.clearContext();
        provider.close();
    }

    private ClientRegistration registration(String... scopes) {
        return ClientRegistrations.fromIssuerLocation(provider.issuer())
                .registrationId("idp")
                .clientId("shop")
                .clientSecret("secret")
                .scope(scopes)
                .userNameAttributeName(scopes[0].equals("openid") ? "sub" : "login")
                .build();
    }

    /** Goes to the provider and comes back with a code; returns the last request, as its node has it. */
    private MockHttpServletRequest login(ClientRegistration registration) throws Exception {
        InMemoryClientRegistrationRepository registrations = new InMemoryClientRegistrationRepository(registration);
        MockHttpServletRequest start = new MockHttpServletRequest("GET", "/oauth2/authorization/idp");
        start.setServletPath(start.getRequestURI());
        MockHttpServletResponse redirect = new MockHttpServletResponse();
        new OAuth2AuthorizationRequestRedirectFilter(registrations).doFilter(start, redirect, new MockFilterChain());
        Map<String, String> sent = UriComponentsBuilder.fromUriString(redirect.getRedirectedUrl())
                .build(true)
                .getQueryParams()
                .toSingleValueMap();
        provider.withNonce(sent.get("nonce"));

        MockHttpServletRequest back = nodes.next(start, "GET", "/login/oauth2/code/idp");
        back.setServletPath(back.getRequestURI());
        back.setParameter("code", "a code");
        back.setParameter("state", URLDecoder.decode(sent.get("state"), StandardCharsets.UTF_8));
        filter(registrations).doFilter(back, new MockHttpServletResponse(), new MockFilterChain());
        return back;
    }

    private OAuth2LoginAuthenticationFilter filter(InMemoryClientRegistrationRepository registrations) {
        RestClientAuthorizationCodeTokenResponseClient tokens = new RestClientAuthorizationCodeTokenResponseClient();
        OAuth2LoginAuthenticationFilter filter = new OAuth2LoginAuthenticationFilter(
                registrations, clients, OAuth2LoginAuthenticationFilter.DEFAULT_FILTER_PROCESSES_URI);
        filter.setAuthenticationManager(new ProviderManager(
                new OidcAuthorizationCodeAuthenticationProvider(tokens, new OidcUserService()),
                new OAuth2LoginAuthenticationProvider(tokens, new DefaultOAuth2UserService())));
        filter.setAuthenticationFailureHandler(new SimpleUrlAuthenticationFailureHandler("/login?error"));
        filter.setSecurityContextRepository(new HttpSessionSecurityContextRepository());
        return filter;
    }

    private static SecurityContext contextOf(MockHttpServletRequest request) {
        return (SecurityContext) request.getSession().getAttribute(CONTEXT);
    }

    @Test
    void openIdConnect_login_isReadByTheOtherNode() throws Exception {
        MockHttpServletRequest back = login(registration("openid", "profile"));
        OidcUser written = (OidcUser) contextOf(back).getAuthentication().getPrincipal();

        SecurityContext read = contextOf(nodes.next(back, "GET", "/me"));

        assertThat(read).isEqualTo(contextOf(back));
        OidcUser user = (OidcUser) read.getAuthentication().getPrincipal();
        assertThat(user.getName()).isEqualTo("ann");
        assertThat(user.getIssuer()).isInstanceOf(URL.class).hasToString(provider.issuer());
        assertThat(user.getClaimAsMap("realm_access")).isEqualTo(Map.of("roles", List.of("customer"), "rank", 3L));
        assertThat(user.getAddress().getLocality()).isEqualTo("Bergen");
        assertThat(user.getClaims()).hasToString(written.getClaims().toString());
        assertThat(user.getUserInfo()).isEqualTo(written.getUserInfo());
        assertThat(user.getAuthorities()).hasToString(written.getAuthorities().toString());
    }

    @Test
    void oauth2_login_isReadByTheOtherNode() throws Exception {
        MockHttpServletRequest back = login(registration("profile"));

        SecurityContext read = contextOf(nodes.next(back, "GET", "/me"));

        assertThat(read).isEqualTo(contextOf(back));
        OAuth2AuthenticationToken login = (OAuth2AuthenticationToken) read.getAuthentication();
        assertThat(login.getAuthorizedClientRegistrationId()).isEqualTo("idp");
        assertThat(login.getPrincipal().<Map<String, Object>>getAttribute("plan"))
                .isEqualTo(Map.of("seats", 3, "tags", List.of("a")));
    }

    @Test
    void authorizedClient_ofALogin_isReadByTheOtherNode() throws Exception {
        ClientRegistration registration = registration("openid", "profile");
        MockHttpServletRequest back = login(registration);
        MockHttpServletRequest next = nodes.next(back, "GET", "/orders");

        OAuth2AuthorizedClient client =
                clients.loadAuthorizedClient("idp", contextOf(next).getAuthentication(), next);

        assertThat(client.getAccessToken().getTokenValue()).isEqualTo("access");
        assertThat(client.getAccessToken().getScopes()).containsExactlyInAnyOrder("openid", "profile");
        assertThat(client.getRefreshToken().getTokenValue()).isEqualTo("refresh");
        assertThat(client.getPrincipalName()).isEqualTo("ann");
        assertThat(client.getClientRegistration()).usingRecursiveComparison().isEqualTo(registration);
    }

    /** What has to be read is the exception with its causes, which are of other libraries. */
    private void assertFailureIsRead(String... scopes) throws Exception {
        MockHttpServletRequest back = login(registration(scopes));
        assertThat(contextOf(back)).isNull();
        AuthenticationException written = failureOf(back);

        AuthenticationException read = failureOf(nodes.next(back, "GET", "/login"));

        assertThat(read).hasSameClassAs(written).hasMessage(written.getMessage());
        assertThat(causes(read)).isEqualTo(causes(written));
    }

    private static AuthenticationException failureOf(MockHttpServletRequest request) {
        return (AuthenticationException) request.getSession().getAttribute(WebAttributes.AUTHENTICATION_EXCEPTION);
    }

    private static List<String> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(Throwable::toString)
                .toList();
    }

    @Test
    void failedLogin_forgedToken_isReadByTheOtherNode() throws Exception {
        provider.forge();
        assertFailureIsRead("openid");
    }

    @Test
    void failedLogin_expiredToken_isReadByTheOtherNode() throws Exception {
        provider.withClaims(claims -> claims.expirationTime(Date.from(Instant.EPOCH)));
        assertFailureIsRead("openid");
    }

    @Test
    void failedLogin_refusedCode_isReadByTheOtherNode() throws Exception {
        provider.refuseCodes();
        assertFailureIsRead("openid");
        assertFailureIsRead("profile");
    }

    @Test
    void failedLogin_tokenForAnother_isReadByTheOtherNode() throws Exception {
        provider.withClaims(claims -> claims.audience("another").issuer("http://another.example"));
        assertFailureIsRead("openid");
    }

    @Test
    void failedLogin_tokenOfAnotherRequest_isReadByTheOtherNode() throws Exception {
        provider.withClaims(claims -> claims.claim("nonce", "another"));
        assertFailureIsRead("openid");
    }
}
