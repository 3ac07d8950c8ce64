package dev.tidepool.cache;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A server of another make that speaks DynamoDB's protocol: dynalite from npm, in the version that
 * {@code src/test/dynalite} says, on node, in a process of its own.
 */
final class Dynalite implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/test/dynalite");
    private static final Path DIRECTORY = Path.of("target/dynalite");
    private static final String LOCK = "package-lock.json";

    private static final long INSTALLATION_SECONDS = 120;
    private static final long START_SECONDS = 30;

    /** Listens on a free port and says on which. It ends when its standard input does, at the latest with this JVM. */
    private static final String PROGRAM = """
            const server = require('dynalite')({createTableMs: 0});
            server.listen(0, '127.0.0.1', () => console.log(server.address().port));
            process.stdin.on('end', () => process.exit()).resume();
            """;

    private final Process process;
    private final URI endpoint;

    private Dynalite(Process process, URI endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** Returns which of the programs that it takes are not there. */
    static List<String> missingPrograms() {
        List<String> path = List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
        return Stream.of("node", "npm")
                .filter(program -> path.stream()
                        .noneMatch(directory ->
                                Files.isExecutable(Path.of(directory).resolve(program))))
                .toList();
    }

    /** Installs the server, unless it has been installed before, and starts it. */
    static Dynalite start() throws IOException, InterruptedException {
        install();
        Path errors = DIRECTORY.resolve("errors.log");
        Process process = new ProcessBuilder("node", "--eval", PROGRAM)
                .directory(DIRECTORY.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            return new Dynalite(process, URI.create("http://127.0.0.1:" + firstLine(process)));
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly().waitFor();
            throw new IOException("dynalite did not start: " + Files.readString(errors), e);
        }
    }

    /** It is written once the server listens; when the process fails there is none. */
    private static String firstLine(Process process) throws InterruptedException, ExecutionException, TimeoutException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        return CompletableFuture.supplyAsync(() -> output.lines().findFirst().orElseThrow())
                .get(START_SECONDS, TimeUnit.SECONDS);
    }

    private static void install() throws IOException, InterruptedException {
        Path lock = SOURCE.resolve(LOCK);
        Path installed = DIRECTORY.resolve("installed.json");
        if (Files.exists(installed) && Files.mismatch(lock, installed) < 0) {
            return;
        }
        Files.createDirectories(DIRECTORY);
        for (String file : List.of("package.json", LOCK)) {
            Files.copy(SOURCE.resolve(file), DIRECTORY.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        Path output = DIRECTORY.resolve("npm.log");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(DIRECTORY.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = npm.waitFor(INSTALLATION_SECONDS, TimeUnit.SECONDS);
        if (!ended || npm.exitValue() != 0) {
            npm.destroyForcibly().waitFor();
            throw new IOException("npm did not install dynalite: " + Files.readString(output));
        }
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns where it listens. */
    URI endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
