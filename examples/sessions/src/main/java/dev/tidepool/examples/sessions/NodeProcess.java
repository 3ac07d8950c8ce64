package dev.tidepool.examples.sessions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** A node in a process of its own, which can be killed and started again. */
final class NodeProcess {
    private final String name;
    private final List<String> arguments;
    private final LongAdder answered = new LongAdder();
    private Process process;
    private URI address;

    NodeProcess(String name, List<String> arguments) {
        this.name = name;
        this.arguments = arguments;
    }

    String name() {
        return name;
    }

    /** How many requests the node has answered. */
    LongAdder answered() {
        return answered;
    }

    synchronized boolean isRunning() {
        return process != null && process.isAlive();
    }

    synchronized long pid() {
        return process.pid();
    }

    /** Where the node listens, or listened before it was killed. */
    synchronized URI address() {
        return address;
    }

    /** Returns when the node is ready. */
    synchronized void start() {
        if (isRunning()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Ready soon, and small beside another one.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-classpath",
                System.getProperty("java.class.path"),
                SessionsExample.class.getName()));
        command.addAll(List.of("--child", "--port", "0", "--name", name));
        command.addAll(arguments);
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String ready = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            if (ready == null || !ready.startsWith(Node.READY)) {
                throw new IllegalStateException("node " + name + " did not start: " + ready);
            }
            address = URI.create(ready.substring(Node.READY.length()));
        } catch (IOException e) {
            throw new UncheckedIOException("node " + name + " did not start", e);
        }
    }

    /** No chance to say goodbye: what a node loses when its machine fails, it loses here too. */
    synchronized void kill() {
        if (isRunning()) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }
}
