package dev.tidepool.examples.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands of the guide, one after another, in one copy of the project. */
final class DemonstrationsIT {
    private static final Pattern COMMAND = Pattern.compile("(?m)^(?:mvn|[.]/mvnw) (-q -Pdemo(?: -Ddemo=\\w+)?)$");
    private static final String BEGIN = "Building the demonstration";

    /** What a person does with each of them. */
    private interface Journey {
        void begin(RunningMaven maven) throws Exception;
    }

    private static final Map<String, Journey> JOURNEYS = Map.of(
            "sessions", DemonstrationsIT::logIn,
            "cache", maven -> watch(maven, "  sold: 200 (expected 200)"),
            "hibernate", maven -> watch(maven, "  node 2: book 1 -> The Voyage, TRAVEL, 9.90 | 0 SQL"),
            "spring", DemonstrationsIT::goToOtherNode,
            "express", DemonstrationsIT::goToUndertow);

    static List<String> commands() throws IOException {
        return COMMAND.matcher(Files.readString(ProjectCopy.PROJECT.resolve("docs/getting-started.md")))
                .results()
                .map(command -> command.group(1))
                .toList();
    }

    private static String example(String command) {
        return command.contains("=") ? command.substring(command.indexOf('=') + 1) : "sessions";
    }

    @Test
    void commands_ofGuide_startEachExample() throws IOException {
        assertEquals(
                JOURNEYS.keySet(),
                commands().stream().map(DemonstrationsIT::example).collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void demonstration_afterThoseBefore_isWhatTheGuideSays_andEndsWithMaven(String command) throws Exception {
        if (example(command).equals("express")) {
            requireNode();
        }
        try (RunningMaven maven =
                ProjectCopy.maven(command, "-Ddemo.port=0", "-Ddemo.other.port=0", "-Ddemo.express.port=0")) {
            maven.awaitLine(BEGIN);
            assertEquals(1, maven.said().size());

            JOURNEYS.get(example(command)).begin(maven);
        }
    }

    private static boolean hasJar(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().matches("tidepool-[0-9.]+(-SNAPSHOT)?[.]jar"));
        }
    }

    static void requireNode() {
        assumeTrue(isOnPath("node") && isOnPath("npm"), "no node and npm on the PATH");
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** One that ends by itself. */
    private static void watch(RunningMaven maven, String line) throws Exception {
        maven.awaitLine(line);
        assertEquals(0, maven.awaitEnd(), () -> String.join("\n", maven.said()));
    }

    private static void logIn(RunningMaven maven) throws Exception {
        URI balancer = maven.awaitAddress("The demonstration is at ");
        Visitor visitor = new Visitor();

        visitor.send("GET", balancer, "/login");
        assertEquals("Ada Lovelace", visitor.send("GET", balancer, "/page"));
        assertEquals("Ada Lovelace", visitor.send("GET", balancer, "/page"));
        assertEndsWithMaven(maven, 3, balancer);
    }

    private static void goToOtherNode(RunningMaven maven) throws Exception {
        URI a = maven.awaitAddress("Node A is at ");
        URI b = maven.awaitAddress("Node B is at ");
        Visitor visitor = new Visitor();

        visitor.send("POST", a, "/login?user=Ann");
        assertContains("\"user\":\"Ann\"", visitor.send("GET", b, "/visit"));
        assertEndsWithMaven(maven, 3, a, b);
    }

    private static void goToUndertow(RunningMaven maven) throws Exception {
        URI express = maven.awaitAddress("Express is at ");
        URI undertow = maven.awaitAddress("Undertow is at ");
        Visitor visitor = new Visitor();

        visitor.send("POST", express, "/login");
        assertContains("\"user\":\"Ada Lovelace\"", visitor.send("GET", undertow, "/shop"));
        assertEndsWithMaven(maven, 2, express, undertow);
    }

    private static void assertContains(String part, String text) {
        assertTrue(text.contains(part), text);
    }

    /** @param processes how many there are, the example and its nodes */
    private static void assertEndsWithMaven(RunningMaven maven, int processes, URI... addresses) throws Exception {
        List<ProcessHandle> started = maven.descendants();
        assertEquals(processes, started.size());

        maven.end();

        for (ProcessHandle one : started) {
            one.onExit().get(30, TimeUnit.SECONDS);
        }
        for (URI address : addresses) {
            new ServerSocket(address.getPort(), 1, InetAddress.getLoopbackAddress()).close();
        }
    }

    @ParameterizedTest
    @CsvSource({"sessions, demo.port", "spring, demo.other.port", "express, demo.express.port"})
    void demonstration_portTaken_saysSoInOneLineAndExitsWith1(String example, String port) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningMaven maven = ProjectCopy.maven(
                        "-q -Pdemo -Ddemo=" + example, "-Ddemo.port=0", "-D" + port + "=" + taken.getLocalPort())) {
            assertEquals(1, maven.awaitEnd());

            assertEquals(2, maven.said().size(), () -> String.join("\n", maven.said()));
            assertEquals(
                    "-D" + port + "=" + taken.getLocalPort()
                            + ": another process listens there, choose another port with -D" + port + "=...",
                    maven.said().get(1));
        }
    }

    @Test
    void jar_withTestsSkipped_isMadeWithoutAnyOfThem() throws Exception {
        Path target = ProjectCopy.FOLDER.resolve("target");
        try (RunningMaven maven = ProjectCopy.maven("-q -DskipTests verify")) {
            assertEquals(0, maven.awaitEnd(), () -> String.join("\n", maven.said()));
        }

        assertTrue(hasJar(target));
        for (String made : List.of("test-classes", "it-repository", "invoker-logs", "surefire-reports")) {
            assertFalse(Files.exists(target.resolve(made)), made);
        }
    }

    /** With cookies, which browsers send to all ports of a host. */
    private static final class Visitor {
        private final HttpClient client =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build();

        String send(String method, URI server, String path) throws IOException, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(server.resolve(path))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertEquals(200, response.statusCode(), () -> path + ": " + response.body());
            return response.body();
        }
    }
}
