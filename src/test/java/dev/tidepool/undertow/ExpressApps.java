package dev.tidepool.undertow;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.NpmProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Applications of express, express-session and connect-dynamodb on node, in one process, in the versions of
 * {@code examples/express}; {@code src/test/express/server.mjs} has their pages.
 */
final class ExpressApps implements AutoCloseable {
    private static final Path PACKAGES = Path.of("examples/express");
    private static final Path SOURCE = Path.of("src/test/express");
    private static final String SERVER = "server.mjs";
    private static final Path DIRECTORY = Path.of("target/express");

    private final NpmProgram program;

    private ExpressApps(NpmProgram program) {
        this.program = program;
    }

    /** Installs the packages, unless they have been installed before, and starts the process. */
    static ExpressApps start() throws IOException, InterruptedException {
        NpmProgram.install(PACKAGES, DIRECTORY);
        Files.copy(SOURCE.resolve(SERVER), DIRECTORY.resolve(SERVER), StandardCopyOption.REPLACE_EXISTING);
        return new ExpressApps(NpmProgram.start(DIRECTORY, SERVER));
    }

    /**
     * Starts an application on DynamoDB Local.
     *
     * @param options those of express-session, as fields of a JSON object; {@code store} has those of connect-dynamodb
     */
    Side app(String options) throws IOException, InterruptedException {
        String port = program.ask("{\"endpoint\":\"" + DynamoDbLocal.endpoint() + "\"," + options + "}");
        Site site = new Site(Integer.parseInt(port));
        return () -> site;
    }

    @Override
    public void close() {
        program.close();
    }
}
