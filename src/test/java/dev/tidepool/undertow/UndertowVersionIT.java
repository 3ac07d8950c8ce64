package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import io.undertow.Undertow;
import io.undertow.Version;
import io.undertow.server.session.Session;
import io.undertow.server.session.SessionManager;
import io.undertow.servlet.Servlets;
import jakarta.servlet.Servlet;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The build runs the tests of this package on two versions of Undertow: which one this run is really on. */
@ExtendWith(DynamoDbLocal.class)
final class UndertowVersionIT {
    private static final String VERSION = requireNonNull(System.getProperty("undertow.version"), "set by the build");
    private static final boolean IS_24 = VERSION.startsWith("2.4.");

    private static final Set<String> SINCE_24 = Set.of("getReference", "isInvalid", "isDistributed");

    @Test
    void core_ofThisRun_isOfVersionAskedFor() {
        assertThat(Version.getVersionString()).isEqualTo(VERSION);
        assertThat(jarOf(Undertow.class)).endsWith("undertow-core-" + VERSION + ".jar");
    }

    @Test
    void servlets_ofThisRun_fitCore() throws Exception {
        String expected = IS_24 ? "/io/undertow/ee/undertow-servlet/" : "/io/undertow/undertow-servlet/" + VERSION;
        assertThat(jarOf(Servlets.class)).contains(expected);
        assertThat(jarOf(Servlet.class)).contains(IS_24 ? "servlet-api-6.1" : "servlet-api-6.0");
    }

    /** Of two versions of a library one would win by chance. */
    @Test
    void libraries_ofThisRun_areThereInOneVersion() {
        Map<Path, Long> versions = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .map(Path::of)
                .collect(Collectors.groupingBy(UndertowVersionIT::library, Collectors.counting()));

        assertThat(versions.keySet().stream().filter(library -> library.endsWith("undertow-core")))
                .hasSize(1);
        versions.values().removeIf(count -> count == 1);
        assertThat(versions).isEmpty();
    }

    /** The folder of all versions of a library in a repository of Maven. */
    private static Path library(Path jar) {
        return requireNonNull(requireNonNull(jar.getParent()).getParent());
    }

    /** What 2.4 added, and what the library has to have without naming it. */
    @Test
    void interfaces_ofThisRun_areThoseOfVersion() {
        Set<String> methods = new HashSet<>();
        for (Class<?> type : List.of(Session.class, SessionManager.class)) {
            Arrays.stream(type.getMethods()).forEach(method -> methods.add(method.getName()));
        }

        assertThat(methods.containsAll(SINCE_24)).isEqualTo(IS_24);
        assertThat(methods.stream().anyMatch(SINCE_24::contains)).isEqualTo(IS_24);
    }

    /** Called as Undertow 2.4 does, through its interfaces where they have these methods. */
    @Test
    void methodsSince24_ofSessionAndManager_answer() throws Exception {
        try (StoreNode store = StoreNode.on(StoreNode.freshTable());
                CoreNode node = CoreNode.on(store);
                Visitor visitor = new Visitor()) {
            visitor.get(node.port(), "/set?name=item&value=1");
            Session session = requireNonNull(node.manager().getSession(visitor.session()));

            assertThat(call(session, Session.class, "isInvalid")).isEqualTo(false);
            assertThat(call(node.manager(), SessionManager.class, "isDistributed"))
                    .isEqualTo(true);
            if (IS_24) {
                Object reference = call(session, Session.class, "getReference");
                Class<?> type = Class.forName("io.undertow.server.session.SessionReference");
                assertThat(call(reference, type, "getId")).isEqualTo(visitor.session());
                assertThat(call(reference, type, "getSessionManager")).isSameAs(node.manager());
            }
            session.invalidate(null);
            assertThat(call(session, Session.class, "isInvalid")).isEqualTo(true);
        }
    }

    private static Object call(Object target, Class<?> type, String method) throws ReflectiveOperationException {
        Class<?> owner = IS_24 ? type : target.getClass();
        var found = owner.getMethod(method);
        if (!IS_24) {
            found.setAccessible(true);
        }
        return requireNonNull(found.invoke(target));
    }

    private static String jarOf(Class<?> type) {
        return requireNonNull(type.getProtectionDomain().getCodeSource())
                .getLocation()
                .getPath()
                .replace(File.separatorChar, '/');
    }
}
