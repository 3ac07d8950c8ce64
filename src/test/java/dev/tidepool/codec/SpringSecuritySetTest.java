package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import jakarta.servlet.Filter;
import jakarta.servlet.http.Cookie;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.ProviderManager;
import org.springframework.security.authentication.RememberMeAuthenticationProvider;
import org.springframework.security.authentication.RememberMeAuthenticationToken;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.authentication.ott.GenerateOneTimeTokenRequest;
import org.springframework.security.authentication.ott.InMemoryOneTimeTokenService;
import org.springframework.security.authentication.ott.OneTimeTokenAuthenticationProvider;
import org.springframework.security.authentication.ott.OneTimeTokenAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.session.SessionRegistryImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.WebAttributes;
import org.springframework.security.web.authentication.SimpleUrlAuthenticationFailureHandler;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.authentication.rememberme.RememberMeAuthenticationFilter;
import org.springframework.security.web.authentication.rememberme.TokenBasedRememberMeServices;
import org.springframework.security.web.authentication.session.ConcurrentSessionControlAuthenticationStrategy;
import org.springframework.security.web.authentication.session.SessionAuthenticationException;
import org.springframework.security.web.authentication.switchuser.SwitchUserFilter;
import org.springframework.security.web.authentication.switchuser.SwitchUserGrantedAuthority;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.security.web.csrf.CsrfFilter;
import org.springframework.security.web.csrf.CsrfToken;
import org.springframework.security.web.csrf.HttpSessionCsrfTokenRepository;
import org.springframework.security.web.savedrequest.HttpSessionRequestCache;
import org.springframework.security.web.savedrequest.SavedRequest;

/** What the filters of Spring Security put into a session, while each request goes to another node. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class SpringSecuritySetTest {
    private static final String CONTEXT = HttpSessionSecurityContextRepository.SPRING_SECURITY_CONTEXT_KEY;

    private final SetsOfLibraries nodes;
    private final InMemoryUserDetailsManager users = new InMemoryUserDetailsManager(
            user("ann").build(),
            user("bob").disabled(true).build(),
            user("cid").accountLocked(true).build(),
            user("dan").accountExpired(true).build(),
            user("eve").credentialsExpired(true).build());

    SpringSecuritySetTest(TestCodec codec) {
        nodes = SetsOfLibraries.of(codec, "spring-security");
    }

    @AfterEach
    void logOut() {
        SecurityContextHolder.clearContext();
    }

    private static User.UserBuilder user(String name) {
        return User.withUsername(name).password("{noop}secret").roles("CUSTOMER", "ADMIN");
    }

    private static SecurityContext contextOf(MockHttpServletRequest request) {
        return (SecurityContext) request.getSession().getAttribute(CONTEXT);
    }

    private static MockHttpServletRequest request(String method, String path) {
        MockHttpServletRequest request = new MockHttpServletRequest(method, path);
        request.setServletPath(path);
        return request;
    }

    private static MockHttpServletResponse serve(Filter filter, MockHttpServletRequest request) throws Exception {
        MockHttpServletResponse response = new MockHttpServletResponse();
        filter.doFilter(request, response, new MockFilterChain());
        return response;
    }

    private MockHttpServletRequest logIn(String name, String password) throws Exception {
        UsernamePasswordAuthenticationFilter form =
                new UsernamePasswordAuthenticationFilter(new ProviderManager(new DaoAuthenticationProvider(users)));
        form.setSecurityContextRepository(new HttpSessionSecurityContextRepository());
        form.setAuthenticationFailureHandler(new SimpleUrlAuthenticationFailureHandler("/login?error"));
        MockHttpServletRequest request = request("POST", "/login");
        request.getSession();
        request.setParameter("username", name);
        request.setParameter("password", password);
        serve(form, request);
        return request;
    }

    @Test
    void loginByForm_isReadByTheOtherNode() throws Exception {
        MockHttpServletRequest login = logIn("ann", "secret");

        SecurityContext read = contextOf(nodes.next(login, "GET", "/me"));

        assertThat(read).isEqualTo(contextOf(login));
        Authentication ann = read.getAuthentication();
        assertThat(ann.getName()).isEqualTo("ann");
        assertThat(ann.getDetails()).isInstanceOf(WebAuthenticationDetails.class);
        assertThat(((User) ann.getPrincipal()).getAuthorities())
                .hasToString(((User) contextOf(login).getAuthentication().getPrincipal())
                        .getAuthorities()
                        .toString());
    }

    private void assertFailureIsRead(String name, String password) throws Exception {
        MockHttpServletRequest login = logIn(name, password);
        AuthenticationException written = failureOf(login);

        AuthenticationException read = failureOf(nodes.next(login, "GET", "/login"));

        assertThat(read).hasSameClassAs(written).hasMessage(written.getMessage());
        assertThat(read.getAuthenticationRequest().getName()).isEqualTo(name);
        assertThat(read.getStackTrace()).isEqualTo(written.getStackTrace());
    }

    private static AuthenticationException failureOf(MockHttpServletRequest request) {
        return (AuthenticationException) request.getSession().getAttribute(WebAttributes.AUTHENTICATION_EXCEPTION);
    }

    @Test
    void failedLogin_isReadByTheOtherNode() throws Exception {
        assertFailureIsRead("ann", "guess");
        assertFailureIsRead("nobody", "secret");
        assertFailureIsRead("bob", "secret");
        assertFailureIsRead("cid", "secret");
        assertFailureIsRead("dan", "secret");
        assertFailureIsRead("eve", "secret");
    }

    @Test
    void loginTooMany_isReadByTheOtherNode() throws Exception {
        Authentication ann = contextOf(logIn("ann", "secret")).getAuthentication();
        SessionRegistryImpl registry = new SessionRegistryImpl();
        registry.registerNewSession("an id", ann.getPrincipal());
        ConcurrentSessionControlAuthenticationStrategy limit =
                new ConcurrentSessionControlAuthenticationStrategy(registry);
        limit.setExceptionIfMaximumExceeded(true);
        SessionAuthenticationException written = catchThrowableOfType(
                SessionAuthenticationException.class,
                () -> limit.onAuthentication(ann, request("POST", "/login"), new MockHttpServletResponse()));

        assertThat(nodes.read(written)).hasMessage(written.getMessage());
    }

    @Test
    void rememberedLogin_isReadByTheOtherNode() throws Exception {
        TokenBasedRememberMeServices services = new TokenBasedRememberMeServices("key", users);
        services.setAlwaysRemember(true);
        MockHttpServletResponse remembering = new MockHttpServletResponse();
        MockHttpServletRequest login = logIn("ann", "secret");
        services.loginSuccess(login, remembering, contextOf(login).getAuthentication());
        SecurityContextHolder.clearContext();
        RememberMeAuthenticationFilter filter = new RememberMeAuthenticationFilter(
                new ProviderManager(new RememberMeAuthenticationProvider("key")), services);
        filter.setSecurityContextRepository(new HttpSessionSecurityContextRepository());
        MockHttpServletRequest later = request("GET", "/");
        later.setCookies(remembering.getCookies());
        serve(filter, later);

        SecurityContext read = contextOf(nodes.next(later, "GET", "/me"));

        assertThat(read).isEqualTo(contextOf(later));
        assertThat(read.getAuthentication()).isInstanceOf(RememberMeAuthenticationToken.class);
        assertThat(read.getAuthentication().getName()).isEqualTo("ann");
    }

    /** The token is made when it is asked for, by the page with the form. */
    @Test
    void csrfToken_isThatOfTheOtherNode() throws Exception {
        CsrfFilter filter = new CsrfFilter(new HttpSessionCsrfTokenRepository());
        MockHttpServletRequest page = request("GET", "/form");
        serve(filter, page);
        String token = ((CsrfToken) page.getAttribute(CsrfToken.class.getName())).getToken();

        MockHttpServletRequest forged = nodes.next(page, "POST", "/form");
        forged.setParameter("_csrf", "another");
        MockHttpServletRequest sent = nodes.next(page, "POST", "/form");
        sent.setParameter("_csrf", token);

        assertThat(serve(filter, forged).getStatus()).isEqualTo(403);
        assertThat(serve(filter, sent).getStatus()).isEqualTo(200);
    }

    @Test
    void savedRequest_isGoneOnWithByTheOtherNode() {
        MockHttpServletRequest before = request("GET", "/cart");
        before.setQueryString("id=net");
        before.setParameter("id", "net", "rod");
        before.setCookies(new Cookie("seen", "1"));
        before.addPreferredLocale(Locale.GERMANY);
        before.addHeader("Accept", "text/html");
        HttpSessionRequestCache cache = new HttpSessionRequestCache();
        cache.saveRequest(before, new MockHttpServletResponse());

        MockHttpServletRequest next = nodes.next(before, "GET", "/login");
        SavedRequest read = cache.getRequest(next, new MockHttpServletResponse());

        assertThat(read.getRedirectUrl()).startsWith("http://localhost/cart?id=net");
        assertThat(read.getParameterValues("id")).containsExactly("net", "rod");
        assertThat(read.getCookies()).extracting(Cookie::getName).containsExactly("seen");
        assertThat(read.getLocales()).contains(Locale.GERMANY);
        assertThat(read.getHeaderValues("accept")).containsExactly("text/html");
    }

    @Test
    void switchedUser_isReadByTheOtherNode() throws Exception {
        MockHttpServletRequest login = logIn("ann", "secret");
        SecurityContextHolder.setContext(contextOf(login));
        users.createUser(user("flo").build());
        SwitchUserFilter filter = new SwitchUserFilter();
        filter.setUserDetailsService(users);
        filter.setTargetUrl("/");
        filter.setSecurityContextRepository(new HttpSessionSecurityContextRepository());
        filter.afterPropertiesSet();
        MockHttpServletRequest change = nodes.next(login, "POST", "/login/impersonate");
        change.setServletPath("/login/impersonate");
        change.setParameter("username", "flo");
        serve(filter, change);

        SecurityContext read = contextOf(nodes.next(change, "GET", "/me"));

        assertThat(read.getAuthentication().getName()).isEqualTo("flo");
        assertThat(read.getAuthentication().getAuthorities())
                .filteredOn(SwitchUserGrantedAuthority.class::isInstance)
                .extracting(authority ->
                        ((SwitchUserGrantedAuthority) authority).getSource().getName())
                .containsExactly("ann");
    }

    @Test
    void loginByOneTimeToken_isReadByTheOtherNode() {
        InMemoryOneTimeTokenService tokens = new InMemoryOneTimeTokenService();
        String token = tokens.generate(new GenerateOneTimeTokenRequest("ann")).getTokenValue();
        Authentication ann = new OneTimeTokenAuthenticationProvider(tokens, users)
                .authenticate(new OneTimeTokenAuthenticationToken(token));

        assertThat(nodes.read(new SecurityContextImpl(ann))).isEqualTo(new SecurityContextImpl(ann));
    }
}
