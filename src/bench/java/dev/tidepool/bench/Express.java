package dev.tidepool.bench;

import dev.tidepool.NpmProgram;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** Express with connect-dynamodb on node, in the versions of {@code examples/express}. */
final class Express {
    private static final Path PACKAGES = Path.of("examples/express");
    private static final Path SOURCE = Path.of("src/bench/express");
    private static final String SERVER = "server.mjs";

    private Express() {}

    /** Where its packages are installed. */
    static Path directory(Path folder) {
        return folder.resolve("express");
    }

    /** Installs the packages; where that cannot be, leaves Express out and says so. */
    static BenchOptions available(BenchOptions options) throws IOException, InterruptedException {
        List<String> missing = NpmProgram.missingPrograms();
        if (!options.contenders().contains(Contender.EXPRESS)) {
            return options;
        }
        if (!missing.isEmpty()) {
            System.out.println("Without " + Contender.EXPRESS.title() + ": " + String.join(" and ", missing)
                    + " not found in the PATH");
            return options.without(Contender.EXPRESS);
        }
        Path directory = directory(options.folder());
        NpmProgram.install(PACKAGES, directory);
        Files.copy(SOURCE.resolve(SERVER), directory.resolve(SERVER), StandardCopyOption.REPLACE_EXISTING);
        return options;
    }

    /** Starts a server. */
    static ChildProcess start(Path folder, Path log, URI store) throws IOException {
        return ChildProcess.start(
                log,
                directory(folder),
                Map.of(
                        "NODE_ENV", "production",
                        "DYNAMODB_ENDPOINT", store.toString(),
                        "TABLE", Contender.EXPRESS.table()),
                List.of("node", SERVER));
    }
}
