package dev.tidepool.examples.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Maven, and all that it has started, which end with this object, with this JVM, or after {@value #MINUTES} minutes.
 */
final class RunningMaven implements AutoCloseable {
    private static final int MINUTES = 15;

    private final List<String> said = new ArrayList<>();
    /** When Maven has ended, nobody else knows them as its descendants. */
    private final Set<ProcessHandle> started = ConcurrentHashMap.newKeySet();

    private final Process process;
    private final BufferedReader output;

    /** @param arguments after those that any build of these tests has */
    RunningMaven(Path project, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
                "-B",
                "-Dmaven.repo.local=" + System.getProperty("demo.repository"),
                "-Djvm=" + Path.of(System.getProperty("java.home"), "bin", "java")));
        command.addAll(arguments);
        process = new ProcessBuilder(command)
                .directory(project.toFile())
                .redirectErrorStream(true)
                .start();
        output = process.inputReader(StandardCharsets.UTF_8);
        CompletableFuture.delayedExecutor(MINUTES, TimeUnit.MINUTES).execute(this::kill);
        Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
    }

    /** What has been said so far. */
    List<String> said() {
        return said;
    }

    /** Reads on until a line begins like this. */
    String awaitLine(String beginning) throws IOException {
        String line;
        while ((line = nextLine()) != null) {
            if (line.startsWith(beginning)) {
                return line;
            }
        }
        throw new IllegalStateException("no line '" + beginning + "' in: " + String.join("\n", said));
    }

    /** Reads on until a line says where something listens. */
    URI awaitAddress(String beginning) throws IOException {
        return URI.create(awaitLine(beginning).substring(beginning.length()).split(" ")[0]);
    }

    /** Reads on to the end, and returns the exit status. */
    int awaitEnd() throws IOException, InterruptedException {
        while (nextLine() != null) {
            // All is kept.
        }
        return process.waitFor();
    }

    /** Without the escapes by which some of Maven's distributions begin and end, whatever the terminal is. */
    private String nextLine() throws IOException {
        String line;
        while ((line = output.readLine()) != null) {
            String text = line.replaceAll("\u001b\\[[0-9;]*m", "");
            if (!text.isEmpty()) {
                said.add(text);
                return text;
            }
        }
        return null;
    }

    /** All processes that Maven has started, and that these have. */
    List<ProcessHandle> descendants() {
        List<ProcessHandle> now = process.descendants().toList();
        started.addAll(now);
        return now;
    }

    /** Ends Maven alone, by SIGTERM. */
    void end() {
        process.destroy();
    }

    private void kill() {
        descendants();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
    }

    @Override
    public void close() {
        kill();
    }
}
