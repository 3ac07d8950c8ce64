package dev.tidepool.examples.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged jar does what the README says of it. */
final class SessionsExampleIT {
    private static LocalDynamoDb dynamoDb;

    @BeforeAll
    static void startDynamoDb() throws Exception {
        dynamoDb = new LocalDynamoDb();
    }

    @AfterAll
    static void stopDynamoDb() {
        dynamoDb.close();
    }

    @ParameterizedTest
    @CsvSource({"--name,--name", "--servlet,--servlet", "--name,--servlet"})
    void journey_alternatingBetweenTwoNodes_isOneSession(String kindOfA, String kindOfB) throws Exception {
        try (RunningJar a = node(kindOfA);
                RunningJar b = node(kindOfB)) {
            Visitor visitor = new Visitor();

            assertEquals("anonymous", visitor.get(a.address(), "/page"));
            assertNull(visitor.session());
            assertEquals("1", visitor.get(b.address(), "/add"));
            String anonymous = visitor.session();
            assertEquals("ok", visitor.get(a.address(), "/login"));
            assertNotEquals(anonymous, visitor.session());
            assertEquals("Ada Lovelace", visitor.get(b.address(), "/page"));
            assertEquals("2", visitor.get(b.address(), "/add?item=Bucket"));
            assertEquals("3", visitor.get(a.address(), "/add"));
            assertEquals("Ada Lovelace", visitor.get(b.address(), "/page"));
            assertEquals("bye", visitor.get(b.address(), "/logout"));
            assertEquals("anonymous", visitor.get(a.address(), "/page"));
        }
    }

    /** Login 1, a page view 1, a change 2, logout 2. */
    @ParameterizedTest
    @CsvSource({"--name", "--servlet"})
    void journey_ofOneVisitor_costsAtMost33Requests(String kind) throws Exception {
        try (RunningJar node = node(kind)) {
            Visitor visitor = new Visitor();
            visitor.get(node.address(), "/page");
            long before = requests();

            visitor.get(node.address(), "/login");
            for (int view = 0; view < 20; view++) {
                assertEquals("Ada Lovelace", visitor.get(node.address(), "/page"));
            }
            for (int items = 1; items <= 5; items++) {
                assertEquals(String.valueOf(items), visitor.get(node.address(), "/add"));
            }
            visitor.get(node.address(), "/logout");

            long cost = requests() - before;
            assertTrue(cost <= 33, () -> cost + " requests, of all tests: " + dynamoDb.requests());
        }
    }

    private static long requests() {
        return dynamoDb.requests().values().stream().mapToLong(Long::longValue).sum();
    }

    private static RunningJar node(String kind) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("--port", "0", "--endpoint", dynamoDb.endpoint().toString()));
        arguments.addAll(kind.equals("--servlet") ? List.of("--servlet") : List.of("--name", "core"));
        return new RunningJar(arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({"--name", "--servlet"})
    void journey_inMemory_isOneSessionOnOneNode(String kind) throws Exception {
        String[] arguments = kind.equals("--servlet")
                ? new String[] {"--port", "0", "--store", "memory", "--servlet"}
                : new String[] {"--port", "0", "--store", "memory"};
        try (RunningJar node = new RunningJar(arguments)) {
            Visitor visitor = new Visitor();

            assertEquals("ok", visitor.get(node.address(), "/login"));
            assertEquals("1", visitor.get(node.address(), "/add"));
            assertEquals("Ada Lovelace", visitor.get(node.address(), "/page"));
            assertEquals("bye", visitor.get(node.address(), "/logout"));
            assertEquals("anonymous", visitor.get(node.address(), "/page"));
        }
    }

    @Test
    void main_badArgument_namesItAndExitsWith2() throws Exception {
        Process process = RunningJar.command("--port", "eighty").start();

        String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(2, process.waitFor());
        assertTrue(said.startsWith("--port: not from 0 to 65535: eighty"), said);
        assertTrue(said.contains("--endpoint URL"), said);
    }

    @Test
    void main_portTaken_saysSoAndExitsWith1() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = String.valueOf(taken.getLocalPort());
            Process process =
                    RunningJar.command("--port", port, "--store", "memory").start();

            String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

            assertEquals(1, process.waitFor());
            assertTrue(said.contains("--port " + port), said);
        }
    }

    @Test
    void demo_killed_takesItsNodesAlong() throws Exception {
        RunningJar demo = new RunningJar("--demo", "--port", "0");
        List<ProcessHandle> nodes = nodes(demo.address());
        assertEquals(2, nodes.size());
        assertTrue(nodes.stream().allMatch(ProcessHandle::isAlive));

        demo.kill();

        for (ProcessHandle node : nodes) {
            node.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void demo_nodeKilled_answersEveryRequest() throws Exception {
        try (RunningJar demo = new RunningJar("--demo", "--port", "0", "--servlet")) {
            Visitor visitor = new Visitor();
            visitor.get(demo.address(), "/login");
            assertEquals("1", visitor.get(demo.address(), "/add"));
            ProcessHandle node = nodes(demo.address()).get(0);

            // The balancer is not told.
            node.destroyForcibly();

            for (int count = 2; count <= 20; count++) {
                assertEquals(String.valueOf(count), visitor.get(demo.address(), "/add"));
            }
            node.onExit().get(30, TimeUnit.SECONDS);
            assertEquals("Ada Lovelace", visitor.get(demo.address(), "/page"));
        }
    }

    private static List<ProcessHandle> nodes(URI demo) throws Exception {
        List<ProcessHandle> nodes = new ArrayList<>();
        try (JsonParser json = new JsonFactory().createParser(new Visitor().get(demo, "/demo/state"))) {
            while (json.nextToken() != null) {
                if ("pid".equals(json.currentName()) && json.currentToken().isNumeric()) {
                    nodes.add(ProcessHandle.of(json.getLongValue()).orElseThrow());
                }
            }
        }
        return nodes;
    }
}
