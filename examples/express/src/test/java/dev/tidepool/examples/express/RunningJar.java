package dev.tidepool.examples.express;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The packaged jar, started as its users do. */
final class RunningJar implements AutoCloseable {
    private final Process process;
    private final URI express;
    private final URI undertow;

    /** Returns when the jar has printed where both servers are. */
    RunningJar(String... arguments) throws IOException {
        process = command(arguments)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        express = address("Express is at ", output);
        undertow = address("Undertow is at ", output);
    }

    private URI address(String beginning, BufferedReader output) throws IOException {
        String line = output.readLine();
        while (line != null && !line.startsWith(beginning)) {
            line = output.readLine();
        }
        if (line == null) {
            process.destroyForcibly();
            throw new IllegalStateException("the jar ended without a line '" + beginning + "'");
        }
        return URI.create(line.substring(beginning.length()));
    }

    static ProcessBuilder command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                Path.of("target", "express.jar").toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    URI express() {
        return express;
    }

    URI undertow() {
        return undertow;
    }

    /** Those that the jar has started. */
    List<ProcessHandle> children() {
        return process.children().toList();
    }

    /** Ends it so that it can do nothing about it. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Ends it as Ctrl-C does. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
