package dev.tidepool.examples.express;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code server.mjs} on node, with its packages from npm. */
final class ExpressProcess implements AutoCloseable {
    private static final String READY = "listening on ";
    private static final String LOCK = "package-lock.json";

    private final Process process;
    private final String address;

    private ExpressProcess(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    /**
     * Installs the packages, unless they are there in the versions of the lock, and starts the server.
     *
     * @param folder that of {@code server.mjs}
     */
    static ExpressProcess start(Path folder, Map<String, String> environment) throws IOException, InterruptedException {
        requirePrograms();
        install(folder);
        ProcessBuilder node = new ProcessBuilder("node", "server.mjs")
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        // Else the AWS SDK says which version of node it will need in the years to come.
        node.environment().put("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
        node.environment().putAll(environment);
        Process process = node.start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String ready = output.readLine();
        if (ready == null || !ready.startsWith(READY)) {
            process.destroyForcibly();
            throw new CannotStart(
                    "Express did not start on --express-port " + environment.get("PORT") + ": node says above why");
        }
        return new ExpressProcess(process, ready.substring(READY.length()));
    }

    private static void requirePrograms() {
        List<String> path = List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator));
        List<String> missing = Stream.of("node", "npm")
                .filter(program -> path.stream()
                        .noneMatch(directory ->
                                Files.isExecutable(Path.of(directory).resolve(program))))
                .toList();
        if (!missing.isEmpty()) {
            throw new CannotStart("Express takes " + String.join(" and ", missing)
                    + ", not found on the PATH: install Node.js 20 or later, which brings npm along");
        }
    }

    private static void install(Path folder) throws IOException, InterruptedException {
        Path lock = folder.resolve(LOCK);
        Path installed = folder.resolve("node_modules").resolve(LOCK);
        if (Files.exists(installed) && Files.mismatch(lock, installed) < 0) {
            return;
        }
        System.out.println("Installing the packages of Express from npm");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        npm.outputWriter().close();
        String said = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (npm.waitFor() != 0) {
            throw new CannotStart("npm could not install the packages of Express: " + said);
        }
        Files.copy(lock, installed, StandardCopyOption.REPLACE_EXISTING);
    }

    String address() {
        return address;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
