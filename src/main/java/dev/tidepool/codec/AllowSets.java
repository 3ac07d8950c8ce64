package dev.tidepool.codec;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The named sets of an {@link AllowList}: what a library puts into sessions and caches on its own. A set names classes,
 * and a package only where all that is serializable in it are values. What calls a method or looks something up when it
 * is read, or holds what does, is in none: Spring's bean factories, proxies and destruction callbacks, Hibernate's
 * getters and setters.
 */
final class AllowSets {

    private static final List<String> SPRING = List.of(
            // The keys and nulls of cached methods.
            "org.springframework.cache.interceptor.SimpleKey",
            "org.springframework.cache.support.NullValue",
            // Flash attributes.
            "org.springframework.util.LinkedMultiValueMap",
            "org.springframework.util.MultiValueMapAdapter",
            "org.springframework.web.servlet.FlashMap",
            "org.springframework.web.util.HttpSessionMutexListener$Mutex");

    private static final List<String> SPRING_SECURITY = List.of(
            // Why the token of a provider was refused.
            "com.nimbusds.jose.proc.BadJOSEException",
            "com.nimbusds.jose.proc.BadJWSException",
            "com.nimbusds.jwt.proc.BadJWTException",
            // The settings of a provider, as Nimbus has read them, with a client that is authorized.
            "com.nimbusds.oauth2.sdk.util.OrderedJSONObject",
            // The claim "iss" of OpenID Connect.
            "java.net.URL",
            "net.minidev.json.JSONObject",
            "org.springframework.security.authentication.*",
            "org.springframework.security.authentication.ott.*",
            "org.springframework.security.authentication.password.CompromisedPasswordException",
            "org.springframework.security.core.AuthenticationException",
            "org.springframework.security.core.authority.*",
            "org.springframework.security.core.context.SecurityContextImpl",
            "org.springframework.security.core.userdetails.*",
            "org.springframework.security.ldap.userdetails.InetOrgPerson",
            "org.springframework.security.ldap.userdetails.LdapAuthority",
            "org.springframework.security.ldap.userdetails.LdapUserDetailsImpl",
            "org.springframework.security.ldap.userdetails.Person",
            "org.springframework.security.oauth2.client.OAuth2AuthorizedClient",
            "org.springframework.security.oauth2.client.authentication.*",
            "org.springframework.security.oauth2.client.registration.ClientRegistration",
            "org.springframework.security.oauth2.client.registration.ClientRegistration$ClientSettings",
            "org.springframework.security.oauth2.client.registration.ClientRegistration$ProviderDetails",
            "org.springframework.security.oauth2.client.registration.ClientRegistration$ProviderDetails$UserInfoEndpoint",
            "org.springframework.security.oauth2.core.**",
            "org.springframework.security.oauth2.jwt.BadJwtException",
            "org.springframework.security.oauth2.jwt.JwtException",
            "org.springframework.security.oauth2.jwt.JwtValidationException",
            // Not what failed logins hold: the private keys of the application.
            "org.springframework.security.saml2.provider.service.authentication.*",
            "org.springframework.security.saml2.provider.service.authentication.logout.Saml2LogoutRequest",
            "org.springframework.security.web.authentication.WebAuthenticationDetails",
            "org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken",
            "org.springframework.security.web.authentication.preauth.PreAuthenticatedGrantedAuthoritiesWebAuthenticationDetails",
            "org.springframework.security.web.authentication.session.SessionAuthenticationException",
            "org.springframework.security.web.authentication.switchuser.SwitchUserGrantedAuthority",
            "org.springframework.security.web.csrf.DefaultCsrfToken",
            "org.springframework.security.web.savedrequest.DefaultSavedRequest",
            "org.springframework.security.web.savedrequest.SavedCookie",
            "org.springframework.security.web.savedrequest.SimpleSavedRequest",
            "org.springframework.security.web.webauthn.api.*",
            "org.springframework.security.web.webauthn.authentication.WebAuthnAuthentication");

    private static final List<String> HIBERNATE = List.of(
            "org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer$1",
            "org.hibernate.cache.internal.BasicCacheKeyImplementation",
            "org.hibernate.cache.internal.CacheKeyImplementation",
            "org.hibernate.cache.internal.NaturalIdCacheKey",
            "org.hibernate.cache.internal.QueryResultsCacheImpl$CacheItem",
            "org.hibernate.cache.spi.QueryKey",
            "org.hibernate.cache.spi.entry.CollectionCacheEntry",
            "org.hibernate.cache.spi.entry.StandardCacheEntryImpl",
            "org.hibernate.cache.spi.support.AbstractReadWriteAccess$Item",
            "org.hibernate.cache.spi.support.AbstractReadWriteAccess$SoftLockImpl",
            "org.hibernate.property.access.internal.PropertyAccessStrategyBackRefImpl$1",
            "org.hibernate.query.internal.QueryParameterBindingsImpl$ParameterBindingsMementoImpl",
            "org.hibernate.type.AnyType$ObjectTypeCacheEntry");

    private static final Map<String, List<String>> SETS = Collections.unmodifiableMap(
            new TreeMap<>(Map.of("hibernate", HIBERNATE, "spring", SPRING, "spring-security", SPRING_SECURITY)));

    private AllowSets() {}

    /** Returns the names of the sets, in alphabetical order. */
    static Set<String> names() {
        return SETS.keySet();
    }

    /** Returns the patterns of the set of this name, or the pattern alone if it is not the name of a set. */
    static List<String> patternsOf(String pattern) {
        return SETS.getOrDefault(pattern, List.of(pattern));
    }
}
