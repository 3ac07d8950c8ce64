package dev.tidepool.undertow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.session.SessionConfig;
import io.undertow.server.session.SessionCookieConfig;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cookie that clients do not send back over http is warned of. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class SecureCookieIT {
    private static final String WARNING = "its cookie is Secure";

    private final StoreNode store = StoreNode.on(StoreNode.freshTable());
    private final Visitor visitor = new Visitor();

    @AfterEach
    void close() throws Exception {
        visitor.close();
        store.close();
    }

    /** Serves a page that begins a session, or goes on with it. */
    private CoreNode node(SessionConfig cookie, String scheme) {
        return CoreNode.start(store.manager().build(StoreNode.APPLICATION))
                .on("/begin", new BlockingHandler(exchange -> {
                    exchange.setRequestScheme(scheme);
                    exchange.putAttachment(SessionConfig.ATTACHMENT_KEY, cookie);
                    CoreNode.session(exchange);
                    exchange.getResponseSender().send("begun");
                }));
    }

    private static SessionConfig secure() {
        return new SessionCookieConfig().setSecure(true);
    }

    private List<String> warnings(CoreNode node, String... headers) throws Exception {
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 3; i++) {
                visitor.adopt("none");
                visitor.get(node.port(), "/begin", headers);
            }
            return log.warningsWith(WARNING);
        }
    }

    @Test
    void session_begunOverHttp_warnsOnceAndNamesTheManager() throws Exception {
        try (CoreNode node = node(secure(), "http")) {
            assertThat(warnings(node)).singleElement().asString().contains(StoreNode.APPLICATION);
        }
    }

    @Test
    void session_ofExpressBegunOverHttp_warns() throws Exception {
        try (CoreNode node =
                node(ExpressSessionConfig.builder("keyboard cat").secure(true).build(), "http")) {
            assertThat(warnings(node)).hasSize(1);
        }
    }

    @Test
    void session_whoseCookieIsNotSecure_warnsNot() throws Exception {
        try (CoreNode node = node(new SessionCookieConfig(), "http")) {
            assertThat(warnings(node)).isEmpty();
        }
    }

    @Test
    void session_begunOverHttps_warnsNot() throws Exception {
        try (CoreNode node = node(secure(), "https")) {
            assertThat(warnings(node)).isEmpty();
        }
    }

    /** The proxy that ends TLS says so, though this node does not take its word for it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-Proto: https",
                "Forwarded: for=192.0.2.1;proto=https",
                "CloudFront-Forwarded-Proto: https",
                "Front-End-Https: on",
                "X-Forwarded-Ssl: on"
            })
    void session_behindProxyThatEndsTls_warnsNot(String header) throws Exception {
        try (CoreNode node = node(secure(), "http")) {
            assertThat(warnings(node, header)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-Proto: http", "Front-End-Https: off"})
    void session_behindProxyThatSaysOtherwise_warns(String header) throws Exception {
        try (CoreNode node = node(secure(), "http")) {
            assertThat(warnings(node, header)).hasSize(1);
        }
    }

    /** The cookie of another handler is none of the session's business. */
    @Test
    void cookie_ofTheApplication_warnsNot() throws Exception {
        try (CoreNode node = CoreNode.start(store.manager().build(StoreNode.APPLICATION))
                .on("/begin", new BlockingHandler(exchange -> {
                    exchange.setResponseCookie(new io.undertow.server.handlers.CookieImpl("own", "1").setSecure(true));
                    CoreNode.session(exchange);
                    exchange.getResponseSender().send("begun");
                }))) {
            assertThat(warnings(node)).isEmpty();
        }
    }
}
