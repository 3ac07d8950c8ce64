package dev.tidepool;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A program of packages from npm, on node, in a process of its own, that talks in lines. It must end when its standard
 * input does, and so at the latest with this JVM. Used by one thread at a time.
 */
public final class NpmProgram implements AutoCloseable {
    private static final String LOCK = "package-lock.json";

    private static final long INSTALLATION_SECONDS = 120;
    private static final long ANSWER_SECONDS = 30;

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;
    private final Path errors;

    private NpmProgram(Process process, Path errors) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        this.errors = errors;
    }

    /** Returns which of the programs that it takes are not there. */
    public static List<String> missingPrograms() {
        List<String> path = List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
        return Stream.of("node", "npm")
                .filter(program -> path.stream()
                        .noneMatch(directory ->
                                Files.isExecutable(Path.of(directory).resolve(program))))
                .toList();
    }

    /**
     * Installs packages in the versions of a lock, unless they have been installed before. Of two JVMs that want the
     * same, one waits for the other.
     *
     * @param packages the folder with {@code package.json} and its lock
     * @param directory where {@code node_modules} is to be
     */
    @SuppressWarnings("try") // the lock is held, not used
    public static void install(Path packages, Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        try (FileChannel file = FileChannel.open(
                        directory.resolve("installation.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = file.lock()) {
            installAlone(packages, directory);
        }
    }

    private static void installAlone(Path packages, Path directory) throws IOException, InterruptedException {
        Path lock = packages.resolve(LOCK);
        Path installed = directory.resolve("installed.json");
        if (Files.exists(installed) && Files.mismatch(lock, installed) < 0) {
            return;
        }
        for (String file : List.of("package.json", LOCK)) {
            Files.copy(packages.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Path output = directory.resolve("npm.log");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = npm.waitFor(INSTALLATION_SECONDS, TimeUnit.SECONDS);
        if (!ended || npm.exitValue() != 0) {
            npm.destroyForcibly().waitFor();
            throw new IOException("npm did not install " + packages + ": " + Files.readString(output));
        }
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Starts a program.
     *
     * @param directory where its packages are installed
     * @param arguments those of node
     */
    public static NpmProgram start(Path directory, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("node"));
        command.addAll(Arrays.asList(arguments));
        Path errors = directory.resolve("errors.log");
        return new NpmProgram(
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectError(errors.toFile())
                        .start(),
                errors);
    }

    /** Says a line to the program, and returns the next that it says. */
    public String ask(String line) throws IOException, InterruptedException {
        input.write(line + "\n");
        input.flush();
        return nextLine();
    }

    /** Returns the next line that the program says; fails when it ends without one. */
    public String nextLine() throws IOException, InterruptedException {
        try {
            return CompletableFuture.supplyAsync(
                            () -> output.lines().findFirst().orElseThrow())
                    .get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly().waitFor();
            throw new IOException("the program on node said nothing but " + Files.readString(errors), e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
