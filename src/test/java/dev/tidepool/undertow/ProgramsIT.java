package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.cache.Guide;
import dev.tidepool.cache.OtherJvm;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of the documentation compile as they stand there, and do what is said of them. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
final class ProgramsIT {
    /** Pages whose programs need what only their example has, which compiles and runs them. */
    private static final List<Path> OF_EXAMPLES = List.of(Path.of("docs/hibernate.md"), Path.of("docs/spring.md"));

    private static final Pattern CLASS = Pattern.compile("(?m)^public class (\\w+)");

    @TempDir
    private Path folder;

    /** A class of a page, with its imports; other blocks of code are parts of a program. */
    private record Program(Path page, String name, String source) {
        static Stream<Program> of(Path page) {
            return Guide.of(page.toString()).blocks("java").stream()
                    .filter(block -> block.startsWith("import "))
                    .map(block -> new Program(page, nameOf(block), block));
        }

        private static String nameOf(String block) {
            return CLASS.matcher(block)
                    .results()
                    .map((MatchResult match) -> match.group(1))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no public class in\n" + block));
        }

        static Program named(String page, String name) {
            return of(Path.of(page))
                    .filter(program -> program.name.equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public String toString() {
            return name + " of " + page;
        }
    }

    static Stream<Program> programs() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        try (Stream<Path> guides = Files.list(Path.of("docs"))) {
            guides.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        pages.removeAll(OF_EXAMPLES);
        return pages.stream().flatMap(Program::of);
    }

    /** Compiles a program into the folder of this test, and returns what the compiler says. */
    private String compile(Program program, String classPath) throws IOException {
        Path source = Files.writeString(folder.resolve(program.name() + ".java"), program.source());
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        ToolProvider.getSystemJavaCompiler()
                .run(null, said, said, "-proc:none", "-cp", classPath, "-d", folder.toString(), source.toString());
        return said.toString(StandardCharsets.UTF_8);
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    @ParameterizedTest
    @MethodSource("programs")
    void program_asItStands_compiles(Program program) throws IOException {
        assertThat(compile(program, classPath())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/getting-started.md",
                "docs/sessions.md",
                "docs/express.md",
                "docs/hibernate.md",
                "docs/spring.md",
                "docs/metrics.md"
            })
    void guide_toAWayIn_hasAProgramAndItsDependencies(String page) {
        assertThat(Guide.of(page).blocks("java"))
                .anyMatch(block -> CLASS.matcher(block).find());
        assertThat(Guide.of(page).blocks("xml")).anyMatch(block -> block.contains("<artifactId>tidepool</artifactId>"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/getting-started.md"})
    void firstCache_runTwice_countsOn(String page) throws Exception {
        String table = StoreNode.freshTable();
        Program program = Program.named(page, "FirstCache");
        compile(program, classPath());

        for (int run = 1; run <= 2; run++) {
            try (Run first = new Run(program, Map.of("tidepool.table", table))) {
                assertThat(first.line()).isEqualTo("visits: " + run);
                assertThat(first.process.waitFor()).isZero();
            }
        }
    }

    @Test
    void cacheMetrics_printsItsRequests() throws Exception {
        Program program = Program.named("docs/metrics.md", "FirstMetrics");
        compile(program, classPath());

        try (Run first = new Run(program, Map.of("tidepool.table", StoreNode.freshTable()))) {
            assertThat(first.line()).isEqualTo("UpdateItem: 1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md FirstSessions", "docs/sessions.md ServletSessions"})
    void sessions_nodeThatIsKilled_goOnAtAnother(String pageAndName) throws Exception {
        String[] parts = pageAndName.split(" ", 2);
        Program program = Program.named(parts[0], parts[1]);
        compile(program, classPath());
        Map<String, String> options = Map.of("tidepool.cache.sessions.table", StoreNode.freshTable());
        int port = freePort();
        int otherPort = freePort();
        Browser browser = new Browser();

        try (Run node = new Run(program, options, String.valueOf(port))) {
            assertThat(node.line()).isEqualTo("http://127.0.0.1:" + port);
            assertThat(new Site(port).get(browser, "/").body()).isEqualTo("visits: 1");
            assertThat(new Site(port).get(browser, "/").body()).isEqualTo("visits: 2");
        }
        try (Run other = new Run(program, options, String.valueOf(otherPort))) {
            assertThat(other.line()).isEqualTo("http://127.0.0.1:" + otherPort);
            assertThat(new Site(otherPort).get(browser, "/").body()).isEqualTo("visits: 3");
        }
    }

    @Test
    void express_fillsCart() throws Exception {
        Program program = Program.named("docs/express.md", "SharedShop");
        compile(program, classPath());
        int port = freePort();
        Browser browser = new Browser();

        try (Run node = new Run(program, Map.of(), String.valueOf(port))) {
            assertThat(node.line()).isEqualTo("http://127.0.0.1:" + port);
            assertThat(new Site(port).get(browser, "/").body()).isEqualTo("[Item[name=net, cents=1400]]");
            assertThat(new Site(port).get(browser, "/").body()).contains("1400], Item");
        }
        assertThat(browser.cookie("connect.sid")).isPresent();
    }

    /** What the guide to sessions says of this mistake is what the compiler says. */
    @Test
    void undertow_thatIsMissing_isToldAsTheGuideSays() throws IOException {
        Program program = Program.named("docs/sessions.md", "ServletSessions");
        String withoutUndertow = String.join(
                File.pathSeparator,
                Arrays.stream(classPath().split(File.pathSeparator))
                        .filter(entry -> !entry.matches(".*undertow-[^/]*\\.jar"))
                        .toList());

        String said = compile(program, withoutUndertow);

        assertThat(said).contains("class file for io.undertow.server.session.SessionManager not found");
        assertThat(Guide.of("docs/sessions.md")
                        .section("## Dependencies")
                        .text()
                        .replaceAll("\\s+", " "))
                .contains("`class file for io.undertow.server.session.SessionManager not found`");
    }

    /** No other process takes it in the moment until the program does, as the system hands out ports in turn. */
    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A program in a JVM of its own, on DynamoDB Local; killed when it is closed. */
    private final class Run implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;

        Run(Program program, Map<String, String> options, String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(OtherJvm.SHORT);
            command.addAll(List.of(
                    "-cp",
                    folder + File.pathSeparator + classPath(),
                    "-Dtidepool.endpoint=" + DynamoDbLocal.endpoint(),
                    "-Dtidepool.region=us-east-1",
                    "-Daws.accessKeyId=local",
                    "-Daws.secretAccessKey=local"));
            options.forEach((name, value) -> command.add("-D" + name + "=" + value));
            command.add(program.name());
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("SESSION_SECRET", "keyboard cat");
            process = builder.start();
            output = process.inputReader(StandardCharsets.UTF_8);
        }

        String line() throws IOException {
            return requireNonNull(output.readLine(), "the program has ended");
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }
}
