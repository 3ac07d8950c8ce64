package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CapturedLog;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An attribute that this node cannot read costs itself, and neither the session nor the other nodes. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class UnreadableAttributeIT {
    private static final String WRITTEN =
            "package shop; public class Thing implements java.io.Serializable { int a = 1; }";

    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    @TempDir
    Path folder = Path.of("");

    @AfterEach
    void close() {
        one.close();
        two.close();
    }

    /** Why a node cannot read what another wrote. */
    enum Cause {
        CLASS_GONE("package shop; public class Other {}", "shop.*"),
        CLASS_CHANGED(
                "package shop; public class Thing implements java.io.Serializable { String b = \"\"; long c; }",
                "shop.*"),
        NOT_ALLOWED(WRITTEN, "other.*");

        private final String source;
        private final String allowed;

        Cause(String source, String allowed) {
            this.source = source;
            this.allowed = allowed;
        }
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void attribute_unreadable_isDroppedAndKeptInStore(Cause cause) throws Exception {
        try (CoreNode writer = writer();
                CoreNode reader = reader(cause, false);
                CapturedLog log = new CapturedLog();
                Visitor visitor = new Visitor()) {
            visitor.get(writer.port(), "/begin");
            byte[] before = stored(visitor);

            assertThat(visitor.get(reader.port(), "/get?name=thing").body()).isEqualTo("null");
            assertThat(visitor.get(reader.port(), "/get?name=thing").body()).isEqualTo("null");
            assertThat(visitor.get(reader.port(), "/get?name=item").body()).isEqualTo("old");
            assertThat(visitor.get(reader.port(), "/set?name=item&value=new").status())
                    .isEqualTo(200);
            assertThat(visitor.get(reader.port(), "/login").status()).isEqualTo(200);

            assertThat(stored(visitor)).isEqualTo(before);
            assertThat(visitor.get(writer.port(), "/get?name=thing").body()).startsWith("shop.Thing");
            assertThat(visitor.get(writer.port(), "/get?name=item").body()).isEqualTo("new");
            assertThat(log.warningsWith("'thing'")).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void attribute_unreadableByNodeThatIsToFail_failsAloneAndIsKeptInStore(Cause cause) throws Exception {
        try (CoreNode writer = writer();
                CoreNode reader = reader(cause, true);
                Visitor visitor = new Visitor()) {
            visitor.get(writer.port(), "/begin");
            byte[] before = stored(visitor);

            Wire.Answer refused = visitor.get(reader.port(), "/get?name=thing");
            assertThat(refused.status()).isEqualTo(500);
            assertThat(refused.header("Set-Cookie")).isEmpty();
            assertThat(visitor.get(reader.port(), "/get?name=item").body()).isEqualTo("old");
            assertThat(visitor.get(reader.port(), "/set?name=item&value=new").status())
                    .isEqualTo(200);

            assertThat(stored(visitor)).isEqualTo(before);
            assertThat(visitor.get(writer.port(), "/get?name=thing").body()).startsWith("shop.Thing");
            assertThat(visitor.get(writer.port(), "/get?name=item").body()).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @EnumSource(Cause.class)
    void attribute_unreadable_canBeReplacedAndRemoved(Cause cause) throws Exception {
        try (CoreNode writer = writer();
                CoreNode reader = reader(cause, true)
                        .page("/remove", CoreNode.onSession((exchange, session) -> session.removeAttribute("thing")));
                Visitor visitor = new Visitor()) {
            visitor.get(writer.port(), "/begin");
            assertThat(visitor.get(reader.port(), "/set?name=thing&value=text").status())
                    .isEqualTo(200);
            assertThat(visitor.get(reader.port(), "/get?name=thing").body()).isEqualTo("text");
            assertThat(visitor.get(writer.port(), "/get?name=thing").body()).isEqualTo("text");

            visitor.get(writer.port(), "/begin");
            assertThat(visitor.get(reader.port(), "/remove").status()).isEqualTo(200);
            assertThat(visitor.get(writer.port(), "/names").body()).isEqualTo("[item]");
        }
    }

    private byte[] stored(Visitor visitor) {
        String key = StoreNode.APPLICATION + ":" + visitor.session();
        return requireNonNull(dev.tidepool.session.StoredSessions.attributes(
                        requireNonNull(one.watched().cache().get(key)))
                .get("thing"));
    }

    private CoreNode writer() throws IOException {
        ClassLoader loader = compiled(WRITTEN);
        return CoreNode.start(one.manager().allow("shop.*").classLoader(loader).build(StoreNode.APPLICATION))
                .withPages()
                .page("/begin", exchange -> {
                    CoreNode.session(exchange)
                            .setAttribute(
                                    "thing",
                                    loader.loadClass("shop.Thing")
                                            .getDeclaredConstructor()
                                            .newInstance());
                    CoreNode.session(exchange).setAttribute("item", "old");
                    return "begun";
                });
    }

    private CoreNode reader(Cause cause, boolean fail) throws IOException {
        return CoreNode.start(two.manager()
                        .allow(cause.allowed)
                        .classLoader(compiled(cause.source))
                        .failOnUnreadableAttributes(fail)
                        .build(StoreNode.APPLICATION))
                .withPages();
    }

    private ClassLoader compiled(String source) throws IOException {
        Path root = Files.createTempDirectory(folder, "version");
        String name = source.contains("class Thing") ? "Thing" : "Other";
        Path file = Files.createDirectories(root.resolve("shop")).resolve(name + ".java");
        Files.writeString(file, source);
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", root.toString(), file.toString());
        assertThat(result).isZero();
        return new URLClassLoader(new URL[] {root.toUri().toURL()}, getClass().getClassLoader());
    }
}
