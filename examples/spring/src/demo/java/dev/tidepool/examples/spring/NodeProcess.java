package dev.tidepool.examples.spring;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node of the shop in a process of its own. */
final class NodeProcess implements AutoCloseable {
    private static final Pattern LISTENS = Pattern.compile("Node \\S+ is at (http\\S+)");

    private final String name;
    private final Process process;
    private URI address;

    private NodeProcess(String name, Process process) {
        this.name = name;
        this.process = process;
    }

    /**
     * Starts a node, which may not be ready yet.
     *
     * @param program the arguments of {@code java} that name the program
     * @param settings system properties
     */
    static NodeProcess start(String name, int port, List<String> program, Map<String, String> settings)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Ready soon, and small beside another one.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
        settings.forEach((property, value) -> command.add("-D" + property + "=" + value));
        command.addAll(program);
        command.addAll(List.of("--node=" + name, "--server.address=127.0.0.1", "--server.port=" + port));
        return new NodeProcess(
                name, new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** Waits until the node listens. */
    NodeProcess ready() throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        String line;
        while ((line = output.readLine()) != null) {
            said.append(line).append('\n');
            Matcher place = LISTENS.matcher(line);
            if (place.find()) {
                address = URI.create(place.group(1));
                passOn(output);
                return this;
            }
        }
        throw new IllegalStateException("node " + name + " did not start:\n" + said);
    }

    /** What the node logs from now on is shown if it is a warning or worse; nobody else would read it. */
    private void passOn(BufferedReader output) {
        Thread reader = new Thread(
                () -> {
                    try {
                        String line;
                        while ((line = output.readLine()) != null) {
                            if (line.contains(" WARN ") || line.contains(" ERROR ")) {
                                System.err.println(name + ": " + line);
                            }
                        }
                    } catch (IOException e) {
                        // The node has been ended.
                    }
                },
                "output of " + name);
        reader.setDaemon(true);
        reader.start();
    }

    URI address() {
        return address;
    }

    /** No chance to say goodbye: what a node loses when its machine fails, it loses here too. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Ends the node as Ctrl-C does. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
