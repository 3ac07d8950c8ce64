package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.CopyingLoader;
import dev.tidepool.cache.Wares;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Attributes of classes that the deployment's loader has, and the library's has a second time, as in DevTools. */
@ExtendWith(DynamoDbLocal.class)
final class DeploymentLoaderIT {
    private final String table = StoreNode.freshTable();
    private final StoreNode one = StoreNode.on(table);
    private final StoreNode two = StoreNode.on(table);

    @AfterEach
    void closeNodes() {
        one.close();
        two.close();
    }

    @Test
    void attribute_ofClassThatTheParentHasToo_isReadAsTheDeploymentsOwn() throws Exception {
        try (ServletNode writer = shop(one);
                ServletNode reader = shop(two);
                Visitor visitor = new Visitor()) {
            assertThat(visitor.get(writer.port(), "/set").status()).isEqualTo(200);

            assertThat(visitor.get(writer.port(), "/get").body()).isEqualTo("own");
            assertThat(visitor.get(reader.port(), "/get").body()).isEqualTo("own");
        }
    }

    private static ServletNode shop(StoreNode store) throws Exception {
        ClassLoader loader = new CopyingLoader(DeploymentLoaderIT.class.getClassLoader(), Wares.class);
        Class<?> ids = loader.loadClass(Wares.Id.class.getName());
        return ServletNode.of(new JCacheSessionManagerFactory(store.manager().allow(Wares.Id.class.getName())))
                .deployed(deployment -> deployment.setClassLoader(loader))
                .on(
                        "/set",
                        (request, response) -> request.getSession()
                                .setAttribute(
                                        "id", ids.getConstructor(int.class).newInstance(7)))
                .on("/get", (request, response) -> {
                    Object id = requireNonNull(request.getSession().getAttribute("id"));
                    response.getWriter().print(ids.isInstance(id) ? "own" : "another");
                })
                .start();
    }
}
