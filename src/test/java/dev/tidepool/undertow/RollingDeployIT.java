package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.Guide;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes with the two versions of a class that the guide to operations shows, side by side on one table. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(60)
final class RollingDeployIT {
    private static final List<String> VERSIONS =
            Guide.of("docs/operations.md").section("## Deploy changed classes").blocks("java");

    private final String table = StoreNode.freshTable();
    private final StoreNode storeOfOld = StoreNode.on(table);
    private final StoreNode storeOfNew = StoreNode.on(table);

    @TempDir
    Path folder = Path.of("");

    @AfterEach
    void close() {
        storeOfOld.close();
        storeOfNew.close();
    }

    private CoreNode old(String codec) throws IOException {
        return node(storeOfOld, codec, VERSIONS.get(0));
    }

    private CoreNode changed(String codec) throws IOException {
        return node(storeOfNew, codec, VERSIONS.get(1));
    }

    private CoreNode node(StoreNode store, String codec, String source) throws IOException {
        ClassLoader loader = compiled(source);
        return CoreNode.start(store.manager()
                        .allow("shop.*")
                        .codec(codec)
                        .classLoader(loader)
                        .build(StoreNode.APPLICATION))
                .withPages()
                .page("/begin", exchange -> {
                    Class<?> cart = loader.loadClass("shop.Cart");
                    CoreNode.session(exchange)
                            .setAttribute("cart", cart.getDeclaredConstructor().newInstance());
                    return "begun";
                })
                .page("/field", CoreNode.onSession((exchange, session) -> {
                    Object cart = session.getAttribute("cart");
                    return cart.getClass()
                            .getField(CoreNode.query(exchange, "of"))
                            .get(cart);
                }))
                .page("/add", CoreNode.onSession((exchange, session) -> {
                    Object cart = session.getAttribute("cart");
                    cart.getClass().getField("items").setInt(cart, 7);
                    return "added";
                }))
                .page("/redeem", CoreNode.onSession((exchange, session) -> {
                    Object cart = session.getAttribute("cart");
                    cart.getClass().getField("coupon").set(cart, "SUMMER");
                    return "redeemed";
                }));
    }

    private ClassLoader compiled(String source) throws IOException {
        Path root = Files.createTempDirectory(folder, "version");
        Path file = Files.createDirectories(root.resolve("shop")).resolve("Cart.java");
        Files.writeString(file, "package shop;\n" + source);
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", root.toString(), file.toString());
        assertThat(result).isZero();
        return new URLClassLoader(new URL[] {root.toUri().toURL()}, getClass().getClassLoader());
    }

    private byte[] stored(Visitor visitor) {
        String key = StoreNode.APPLICATION + ":" + visitor.session();
        return requireNonNull(dev.tidepool.session.StoredSessions.attributes(
                        requireNonNull(storeOfOld.watched().cache().get(key)))
                .get("cart"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void field_addedAndWrittenByOldNode_hasItsDefaultOnNewOne(String codec) throws Exception {
        try (CoreNode old = old(codec);
                CoreNode changed = changed(codec);
                Visitor visitor = new Visitor()) {
            old.visit(visitor, "/begin");
            old.visit(visitor, "/add");

            assertThat(changed.visit(visitor, "/field?of=items").body()).isEqualTo("7");
            assertThat(changed.visit(visitor, "/field?of=coupon").body()).isEqualTo("null");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void field_addedAndOnlyReadByOldNode_stays(String codec) throws Exception {
        try (CoreNode old = old(codec);
                CoreNode changed = changed(codec);
                Visitor visitor = new Visitor()) {
            changed.visit(visitor, "/begin");
            changed.visit(visitor, "/redeem");
            byte[] before = stored(visitor);

            assertThat(old.visit(visitor, "/field?of=items").body()).isEqualTo("0");
            assertThat(old.visit(visitor, "/set?name=other&value=new").status()).isEqualTo(200);

            assertThat(stored(visitor)).isEqualTo(before);
            assertThat(changed.visit(visitor, "/field?of=coupon").body()).isEqualTo("SUMMER");
            assertThat(changed.visit(visitor, "/get?name=other").body()).isEqualTo("new");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fst", "jdk"})
    void field_addedAndAttributeChangedByOldNode_isLost(String codec) throws Exception {
        try (CoreNode old = old(codec);
                CoreNode changed = changed(codec);
                Visitor visitor = new Visitor()) {
            changed.visit(visitor, "/begin");
            changed.visit(visitor, "/redeem");

            old.visit(visitor, "/add");

            assertThat(changed.visit(visitor, "/field?of=items").body()).isEqualTo("7");
            assertThat(changed.visit(visitor, "/field?of=coupon").body()).isEqualTo("null");
        }
    }
}
