package dev.tidepool.examples.hibernate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A node that can be killed. */
final class NodeProcess implements AutoCloseable {
    private final Process process;
    private final PrintWriter commands;
    private final BufferedReader answers;

    /** Returns when the node is ready. */
    NodeProcess(String database, URI store) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // Ready soon, and small beside another one.
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dtidepool.endpoint=" + store,
                "-Dtidepool.region=us-east-1",
                "-Daws.accessKeyId=local",
                "-Daws.secretAccessKey=local",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-classpath",
                System.getProperty("java.class.path"),
                Node.class.getName(),
                database));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
        String line = answers.readLine();
        while (!Node.READY.equals(line)) {
            if (line == null) {
                throw new IllegalStateException("the node did not start");
            }
            line = answers.readLine();
        }
    }

    /** Has the node do something, and returns what it answers. */
    String does(String command) throws IOException {
        commands.println(command);
        String answer = answers.readLine();
        if (answer == null) {
            throw new IllegalStateException("the node ended at '" + command + "'");
        }
        return answer;
    }

    /** No chance to say goodbye. */
    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
