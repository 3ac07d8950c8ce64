package dev.tidepool.cache;

import dev.tidepool.NpmProgram;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * A server of another make that speaks DynamoDB's protocol: dynalite from npm, in the version that
 * {@code src/test/dynalite} says, on node, in a process of its own.
 */
final class Dynalite implements AutoCloseable {
    private static final Path PACKAGES = Path.of("src/test/dynalite");
    private static final Path DIRECTORY = Path.of("target/dynalite");

    /** Listens on a free port and says on which. */
    private static final String PROGRAM = """
            const server = require('dynalite')({createTableMs: 0});
            server.listen(0, '127.0.0.1', () => console.log(server.address().port));
            process.stdin.on('end', () => process.exit()).resume();
            """;

    private final NpmProgram program;
    private final URI endpoint;

    private Dynalite(NpmProgram program, URI endpoint) {
        this.program = program;
        this.endpoint = endpoint;
    }

    /** Installs the server, unless it has been installed before, and starts it. */
    static Dynalite start() throws IOException, InterruptedException {
        NpmProgram.install(PACKAGES, DIRECTORY);
        NpmProgram program = NpmProgram.start(DIRECTORY, "--eval", PROGRAM);
        return new Dynalite(program, URI.create("http://127.0.0.1:" + program.nextLine()));
    }

    /** Returns where it listens. */
    URI endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        program.close();
    }
}
