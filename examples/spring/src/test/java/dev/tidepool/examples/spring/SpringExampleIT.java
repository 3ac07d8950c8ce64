package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.BufferedReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The demonstration, as its one command starts it. */
final class SpringExampleIT {
    @Test
    void demonstration_startsTwoNodesThatShareEverything_andTakesThemAlong() throws Exception {
        Process demonstration = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dsqlite4java.library.path=" + System.getProperty("sqlite4java.library.path"),
                        "-classpath",
                        System.getProperty("java.class.path"),
                        SpringExample.class.getName(),
                        "0",
                        "0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<ProcessHandle> nodes;
        try {
            List<URI> addresses = addresses(demonstration.inputReader(StandardCharsets.UTF_8));
            nodes = demonstration.children().toList();
            Visitor visitor = new Visitor();

            assertNotEquals(addresses.get(0), addresses.get(1));
            visitor.send(addresses.get(0), "POST", "/login?user=ann");
            assertEquals(
                    "ann",
                    visitor.send(addresses.get(1), "GET", "/visit").get("user").asText());
        } finally {
            demonstration.destroy();
            demonstration.onExit().join();
        }
        assertEquals(2, nodes.size());
        for (ProcessHandle node : nodes) {
            node.onExit().get(30, TimeUnit.SECONDS);
        }
    }

    private static List<URI> addresses(BufferedReader output) throws Exception {
        List<URI> addresses = new ArrayList<>();
        String line;
        while (addresses.size() < 2 && (line = output.readLine()) != null) {
            if (line.matches("Node [AB] is at \\S+")) {
                addresses.add(URI.create(line.substring(line.indexOf("http"))));
            }
        }
        return addresses;
    }
}
