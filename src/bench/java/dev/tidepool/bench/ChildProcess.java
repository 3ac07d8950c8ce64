package dev.tidepool.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A program in a process of its own, that says a line when it is ready. It must end when its standard input does, and
 * so at the latest with this JVM. Used by one thread at a time.
 */
final class ChildProcess implements AutoCloseable {
    private static final List<String> SYSTEM_PROPERTIES =
            List.of("sqlite4java.library.path", "org.slf4j.simpleLogger.defaultLogLevel");

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;
    private final Path log;
    private final String greeting;

    private ChildProcess(Process process, Path log) throws IOException {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.log = log;
        this.greeting = nextLine();
    }

    /**
     * Starts a class of ours in a JVM without flags, and waits until it is ready.
     *
     * @param log where its errors go
     */
    static ChildProcess java(Path log, Class<?> program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String name : SYSTEM_PROPERTIES) {
            String value = System.getProperty(name);
            if (value != null) {
                command.add("-D" + name + "=" + value);
            }
        }
        command.addAll(List.of("-classpath", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        return start(log, Path.of(""), Map.of(), command);
    }

    /** Starts a program in a directory, and waits until it is ready. */
    static ChildProcess start(Path log, Path directory, Map<String, String> environment, List<String> command)
            throws IOException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toAbsolutePath().toFile())
                .redirectError(log.toAbsolutePath().toFile());
        builder.environment().putAll(environment);
        return new ChildProcess(builder.start(), log);
    }

    /** Returns the line that the program said when it was ready. */
    String greeting() {
        return greeting;
    }

    /** Says a line to the program, and returns the next that it says. */
    String ask(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
        return nextLine();
    }

    private String nextLine() throws IOException {
        @Nullable String line = output.readLine();
        if (line == null) {
            close();
            throw new IOException("A process has ended, see " + log + ": " + Files.readString(log));
        }
        return line;
    }

    /** Returns how long all its threads have run since its start. */
    Duration cpu() {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new IllegalStateException("This system does not tell the CPU time of a process"));
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
