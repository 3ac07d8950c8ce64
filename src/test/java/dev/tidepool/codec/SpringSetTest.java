package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.http.HttpSessionEvent;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.cache.interceptor.SimpleKeyGenerator;
import org.springframework.cache.support.NullValue;
import org.springframework.context.i18n.SimpleTimeZoneAwareLocaleContext;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.bind.support.DefaultSessionAttributeStore;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.SessionScope;
import org.springframework.web.servlet.FlashMap;
import org.springframework.web.servlet.i18n.SessionLocaleResolver;
import org.springframework.web.servlet.support.SessionFlashMapManager;
import org.springframework.web.util.HttpSessionMutexListener;
import org.springframework.web.util.WebUtils;

/** What Spring keeps in sessions and caches, besides the classes of the application. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class SpringSetTest {
    private final SetsOfLibraries nodes;

    SpringSetTest(TestCodec codec) {
        nodes = SetsOfLibraries.of(codec, "spring", Preferences.class.getName());
    }

    /** A bean of the session, and the form of a page. */
    record Preferences(String language) implements Serializable {}

    @AfterEach
    void forgetRequest() {
        RequestContextHolder.resetRequestAttributes();
    }

    @Test
    void flashAttributes_areThereForTheNextRequestOfTheOtherNode() {
        SessionFlashMapManager manager = new SessionFlashMapManager();
        MockHttpServletRequest before = new MockHttpServletRequest("POST", "/cart");
        FlashMap flash = new FlashMap();
        flash.put("message", "saved");
        flash.setTargetRequestPath("/cart");
        flash.addTargetRequestParam("id", "net");
        manager.saveOutputFlashMap(flash, before, new MockHttpServletResponse());
        MockHttpServletRequest other = nodes.next(before, "GET", "/cart");
        MockHttpServletRequest next = nodes.next(before, "GET", "/cart");
        next.setQueryString("id=net");

        assertThat((Object) manager.retrieveAndUpdate(other, new MockHttpServletResponse()))
                .isNull();
        FlashMap read = manager.retrieveAndUpdate(next, new MockHttpServletResponse());

        assertThat((Object) read).isEqualTo(flash);
        assertThat(read.get("message")).isEqualTo("saved");
        assertThat(read.getExpirationTime()).isEqualTo(flash.getExpirationTime());
        assertThat(read.getTargetRequestParams()).isEqualTo(flash.getTargetRequestParams());
    }

    @Test
    void beanOfTheSession_isThatOfTheOtherNode() {
        MockHttpServletRequest before = new MockHttpServletRequest();
        Object made = bean(before, new Preferences("no"));

        assertThat(bean(nodes.next(before, "GET", "/"), new Preferences("en"))).isEqualTo(made);
    }

    private static Object bean(MockHttpServletRequest request, Object ifAbsent) {
        ServletRequestAttributes attributes = new ServletRequestAttributes(request);
        RequestContextHolder.setRequestAttributes(attributes);
        Object bean = new SessionScope().get("scopedTarget.preferences", () -> ifAbsent);
        attributes.requestCompleted();
        return bean;
    }

    @Test
    void attributeOfAController_isThatOfTheOtherNode() {
        DefaultSessionAttributeStore store = new DefaultSessionAttributeStore();
        MockHttpServletRequest before = new MockHttpServletRequest();
        store.storeAttribute(new ServletWebRequest(before), "form", new Preferences("no"));

        assertThat(store.retrieveAttribute(new ServletWebRequest(nodes.next(before, "GET", "/")), "form"))
                .isEqualTo(new Preferences("no"));
    }

    @Test
    void localeAndTimeZone_areThoseOfTheOtherNode() {
        SessionLocaleResolver resolver = new SessionLocaleResolver();
        MockHttpServletRequest before = new MockHttpServletRequest();
        resolver.setLocaleContext(
                before, null, new SimpleTimeZoneAwareLocaleContext(Locale.FRANCE, TimeZone.getTimeZone("Europe/Oslo")));

        assertThat(resolver.resolveLocale(nodes.next(before, "GET", "/"))).isEqualTo(Locale.FRANCE);
    }

    @Test
    void mutexOfTheSession_isStored() {
        MockHttpServletRequest before = new MockHttpServletRequest();
        new HttpSessionMutexListener().sessionCreated(new HttpSessionEvent(before.getSession()));
        Object mutex = WebUtils.getSessionMutex(before.getSession());

        MockHttpServletRequest next = nodes.next(before, "GET", "/");

        assertThat(WebUtils.getSessionMutex(next.getSession())).hasSameClassAs(mutex);
    }

    @Test
    void nullOfACachedMethod_isTheOneThereIs() {
        assertThat(nodes.read(NullValue.INSTANCE)).isSameAs(NullValue.INSTANCE);
    }

    @Test
    void keyOfACachedMethod_isEqual() {
        ContentKeyCodec keys = new ContentKeyCodec(getClass().getClassLoader(), AllowList.of(List.of("spring")));
        Object key = SimpleKeyGenerator.generateKey("a", 1, null);

        assertThat(keys.decode(keys.encode(key))).isEqualTo(key);
        assertThat(nodes.read(SimpleKey.EMPTY)).isEqualTo(SimpleKey.EMPTY);
    }
}
