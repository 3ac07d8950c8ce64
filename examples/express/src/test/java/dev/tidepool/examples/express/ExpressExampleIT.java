package dev.tidepool.examples.express;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidepool.examples.express.Visitor.Seen;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The packaged jar: one session on both servers. */
final class ExpressExampleIT {
    private static final String ADA = "Ada Lovelace";

    private static void requireNode() {
        List<String> path = List.of(System.getenv("PATH").split(File.pathSeparator));
        assumeTrue(
                Stream.of("node", "npm")
                        .allMatch(program ->
                                path.stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, program)))),
                "no node and npm on the PATH");
    }

    @Test
    void journey_acrossBothServers_isOneSession() throws Exception {
        requireNode();
        try (RunningJar jar = new RunningJar("--port", "0", "--express-port", "0")) {
            Visitor visitor = new Visitor();

            assertEquals(new Seen("Express", null, List.of()), visitor.look(jar.express()));
            assertEquals(new Seen("Express", ADA, List.of()), visitor.click(jar.express(), "login"));
            assertEquals(new Seen("Undertow", ADA, List.of()), visitor.look(jar.undertow()));
            visitor.click(jar.undertow(), "add", "Tide tables");
            visitor.click(jar.undertow(), "add", "Bucket");
            assertEquals(
                    new Seen("Express", ADA, List.of("Tide tables 950", "Bucket 600")), visitor.look(jar.express()));
            visitor.click(jar.express(), "remove", "Tide tables");
            visitor.click(jar.express(), "add", "Dip net");
            assertEquals(
                    new Seen("Undertow", ADA, List.of("Bucket 600", "Dip net 1400")), visitor.look(jar.undertow()));
            assertEquals(new Seen("Undertow", null, List.of()), visitor.click(jar.undertow(), "logout"));
            assertEquals(new Seen("Express", null, List.of()), visitor.look(jar.express()));
        }
    }

    @Test
    void journey_begunOnUndertow_isOneSession() throws Exception {
        requireNode();
        try (RunningJar jar = new RunningJar("--port", "0", "--express-port", "0")) {
            Visitor visitor = new Visitor();

            visitor.click(jar.undertow(), "add", "Bucket");
            assertEquals(new Seen("Undertow", ADA, List.of("Bucket 600")), visitor.click(jar.undertow(), "login"));
            assertEquals(new Seen("Express", ADA, List.of("Bucket 600")), visitor.look(jar.express()));
            assertEquals(new Seen("Express", null, List.of()), visitor.click(jar.express(), "logout"));
            assertEquals(new Seen("Undertow", null, List.of()), visitor.look(jar.undertow()));
        }
    }

    @Test
    void page_onBothServers_isTheSame() throws Exception {
        requireNode();
        try (RunningJar jar = new RunningJar("--port", "0", "--express-port", "0")) {
            Visitor visitor = new Visitor();

            for (String path : List.of("/", "/demo.css", "/shop.js")) {
                assertEquals(visitor.page(jar.express(), path), visitor.page(jar.undertow(), path));
            }
        }
    }

    @Test
    void item_onBothServers_isThatOfTheSession_withoutItsId() throws Exception {
        requireNode();
        try (RunningJar jar = new RunningJar("--port", "0", "--express-port", "0")) {
            Visitor visitor = new Visitor();
            assertEquals("null", visitor.page(jar.express(), "/item"));
            assertEquals("null", visitor.page(jar.undertow(), "/item"));

            visitor.click(jar.express(), "login");
            visitor.click(jar.undertow(), "add", "Bucket");
            String express = visitor.page(jar.express(), "/item");
            String undertow = visitor.page(jar.undertow(), "/item");

            assertEquals(withoutDeadline(express), withoutDeadline(undertow));
            assertTrue(express.contains("Ada Lovelace") && express.contains("Bucket"), express);
            assertFalse(express.contains(visitor.sessionId().substring(0, 8)), express);
        }
    }

    /** Which any request of Express moves. */
    private static String withoutDeadline(String item) {
        return item.replaceFirst(",\"expires\":.*", "");
    }

    @Test
    void jar_killed_takesNodeAlong() throws Exception {
        requireNode();
        RunningJar jar = new RunningJar("--port", "0", "--express-port", "0");
        List<ProcessHandle> children = jar.children();
        assertFalse(children.isEmpty());

        jar.kill();

        for (ProcessHandle child : children) {
            child.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void jar_interrupted_takesNodeAlong() throws Exception {
        requireNode();
        RunningJar jar = new RunningJar("--port", "0", "--express-port", "0");
        List<ProcessHandle> children = jar.children();

        jar.close();

        for (ProcessHandle child : children) {
            child.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void main_withoutNode_saysWhatIsMissingAndExitsWith1() throws Exception {
        ProcessBuilder command = RunningJar.command("--port", "0", "--express-port", "0");
        command.environment().put("PATH", "");

        assertFailure(command, 1, "Express takes node and npm, not found on the PATH");
    }

    @Test
    void main_expressPortTaken_saysSoAndExitsWith1() throws Exception {
        requireNode();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());

            assertFailure(
                    RunningJar.command("--port", "0", "--express-port", port),
                    1,
                    "Express did not start on --express-port " + port);
        }
    }

    @Test
    void main_portTaken_saysSoAndExitsWith1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());

            assertFailure(RunningJar.command("--port", port), 1, "--port " + port + ": another process listens there");
        }
    }

    @Test
    void main_badArguments_namesThemAndExitsWith2() throws Exception {
        assertFailure(RunningJar.command("--port", "eighty"), 2, "--port: not from 0 to 65535: eighty");
        assertFailure(RunningJar.command("--folder", "src"), 2, "--folder: there is no server.mjs in ");
        assertFailure(RunningJar.command("--prot", "0"), 2, "--prot: no such argument");
        assertFailure(RunningJar.command("--port"), 2, "--port: needs a value");
    }

    private static void assertFailure(ProcessBuilder command, int status, String message) throws Exception {
        Process process = command.redirectErrorStream(true).start();

        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(status, process.waitFor(), said);
        assertTrue(said.contains(message), said);
    }
}
