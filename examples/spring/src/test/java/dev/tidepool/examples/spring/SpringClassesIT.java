package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbConfiguration;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.cache.jcache.JCacheCache;
import org.springframework.cache.support.NullValue;
import org.springframework.security.authentication.RememberMeAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.security.web.savedrequest.DefaultSavedRequest;
import org.springframework.web.servlet.FlashMap;

/** Classes of Spring that get into caches and sessions, under both codecs and the sets of the guide. */
final class SpringClassesIT {
    private static LocalDynamoDb dynamoDb;

    @BeforeAll
    static void start() throws Exception {
        dynamoDb = new LocalDynamoDb();
        dynamoDb.settings().forEach(System::setProperty);
    }

    @AfterAll
    static void stop() throws Exception {
        dynamoDb.close();
    }

    /** Runs a test on a cache for each codec. */
    private static void eachCodec(String set, Consumer<Cache<Object, Object>> test) {
        for (String codec : List.of("fst", "jdk")) {
            try (CacheManager manager = Caching.getCachingProvider("dev.tidepool.cache.DynamoDbCachingProvider")
                    .getCacheManager(URI.create("urn:" + codec), SpringClassesIT.class.getClassLoader())) {
                Cache<Object, Object> cache = manager.createCache(
                        codec,
                        DynamoDbConfiguration.builder(Object.class, Object.class)
                                .table("classes")
                                .set(Option.CODEC, codec)
                                .allow(set)
                                .build());
                cache.clear();
                test.accept(cache);
            }
        }
    }

    private static Object storedAndRead(Cache<Object, Object> cache, Object value) {
        cache.put("key", value);
        Object read = cache.get("key");
        assertNotSame(value, read);
        return read;
    }

    @Test
    void nullValue_isTheOneThereIs() {
        eachCodec("spring", cache -> {
            cache.put("key", NullValue.INSTANCE);

            assertSame(NullValue.INSTANCE, cache.get("key"));
        });
    }

    @Test
    void nullOfSpringsCache_isAnEntryWithoutAValue() {
        eachCodec("spring", cache -> {
            JCacheCache ofSpring = new JCacheCache(cache);
            ofSpring.put("key", null);

            assertNotNull(ofSpring.get("key"));
            assertNull(ofSpring.get("key").get());
            assertNull(ofSpring.get("another"));
        });
    }

    @Test
    void simpleKey_isFoundByAnEqualOneAndComesBack() {
        eachCodec("spring", cache -> {
            cache.put(new SimpleKey("a", 1, null), "value");
            cache.put(SimpleKey.EMPTY, "none");

            assertEquals("value", cache.get(new SimpleKey("a", 1, null)));
            assertEquals("none", cache.get(new SimpleKey()));
            assertNull(cache.get(new SimpleKey("a", 1L, null)));
            cache.remove(SimpleKey.EMPTY);
            cache.forEach(entry -> assertEquals(new SimpleKey("a", 1, null), entry.getKey()));
        });
    }

    @Test
    void securityContext_comesBackWithUserAndRoles() {
        eachCodec("spring-security", cache -> {
            User user = new User("ann", "{noop}secret", AuthorityUtils.createAuthorityList("ROLE_USER", "ROLE_ADMIN"));
            UsernamePasswordAuthenticationToken login =
                    UsernamePasswordAuthenticationToken.authenticated(user, null, user.getAuthorities());
            login.setDetails(new WebAuthenticationDetails("127.0.0.1", "an id"));
            SecurityContextImpl context = new SecurityContextImpl(login);

            SecurityContextImpl read = assertInstanceOf(SecurityContextImpl.class, storedAndRead(cache, context));

            assertEquals(context, read);
            User readUser = (User) read.getAuthentication().getPrincipal();
            assertEquals(user.getAuthorities(), readUser.getAuthorities());
            assertEquals(user, readUser);
            assertEquals(login.getDetails(), read.getAuthentication().getDetails());
            assertEquals(
                    List.of(new SimpleGrantedAuthority("ROLE_ADMIN"), new SimpleGrantedAuthority("ROLE_USER")),
                    List.copyOf(readUser.getAuthorities()));
        });
    }

    @Test
    void rememberedLogin_comesBack() {
        eachCodec("spring-security", cache -> {
            SecurityContextImpl context = new SecurityContextImpl(
                    new RememberMeAuthenticationToken("key", "ann", AuthorityUtils.createAuthorityList("ROLE_USER")));

            assertEquals(context, storedAndRead(cache, context));
        });
    }

    @Test
    void csrfTokenAndSavedRequest_comeBack() {
        eachCodec("spring-security", cache -> {
            DefaultCsrfToken token =
                    (DefaultCsrfToken) storedAndRead(cache, new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "a token"));
            assertEquals("a token", token.getToken());
            DefaultSavedRequest request = new DefaultSavedRequest.Builder()
                    .setScheme("http")
                    .setServerName("127.0.0.1")
                    .setServerPort(80)
                    .setRequestURI("/cart")
                    .setParameters(Map.of("id", new String[] {"net"}))
                    .build();
            DefaultSavedRequest read = (DefaultSavedRequest) storedAndRead(cache, request);
            assertEquals(request.getRedirectUrl(), read.getRedirectUrl());
            assertEquals("net", read.getParameterValues("id")[0]);
        });
    }

    @Test
    void flashMaps_comeBack() {
        eachCodec("spring", cache -> {
            FlashMap flash = new FlashMap();
            flash.put("message", "saved");
            flash.setTargetRequestPath("/cart");
            flash.addTargetRequestParam("id", "net");
            flash.startExpirationPeriod(180);

            Object read = storedAndRead(cache, new CopyOnWriteArrayList<>(List.of(flash)));

            assertEquals(List.of(flash), read);
            assertEquals(flash.getExpirationTime(), ((FlashMap) ((List<?>) read).get(0)).getExpirationTime());
        });
    }
}
