package dev.tidepool.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.ManagerSettings;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import java.net.URI;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Which classes attributes may consist of, and what is said of those that they may not. */
final class AttributeSettingsTest {
    private static final String CART = "com.acme.Cart";

    @Test
    void allowed_listsOfCacheAndManagerAndContainer_holdTogether() {
        AttributeSettings attributes = of(Settings.none().with(Option.ALLOW, "com.acme.User"));
        attributes.ofContainer(List.of("io.container.Login"));
        attributes.allow(List.of(CART));
        attributes.allow(List.of("com.acme.Item"));

        assertThat(attributes.allowed())
                .hasToString("[com.acme.Cart, com.acme.Item, com.acme.User, io.container.Login]");
    }

    @Test
    void allowed_refusedWhereBuilderHasAList_namesTheCall() {
        AttributeSettings attributes = of(options("tidepool.allow", "com.acme.User"));
        attributes.allow(List.of("com.acme.Item"));

        assertRefused(attributes, "add allow(\"com.acme.Cart\") to the builder of the session manager");
    }

    @Test
    void allowed_refusedWhereOnlyTheCacheHasAList_namesItsOption() {
        AttributeSettings attributes = of(options("tidepool.cache.sessions.allow", "com.acme.User"));

        assertRefused(
                attributes, "add tidepool.cache.sessions.allow=com.acme.Cart to the properties of the cache manager");
    }

    @Test
    void allowed_refusedInCacheOfAnotherProvider_namesTheCall() {
        assertRefused(of(Settings.none()), "add allow(\"com.acme.Cart\") to the builder of the session manager");
    }

    private static AttributeSettings of(Settings options) {
        return new AttributeSettings(options);
    }

    private static Settings options(String name, String value) {
        Properties given = new Properties();
        given.setProperty(name, value);
        return ManagerSettings.load(URI.create("attributes"), ClassLoader.getPlatformClassLoader(), given)
                .of("sessions");
    }

    private static void assertRefused(AttributeSettings attributes, String advice) {
        assertThatThrownBy(() -> attributes.allowed().check(CART)).hasMessageContaining(advice);
    }
}
