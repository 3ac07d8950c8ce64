package dev.tidepool.tools;

import dev.tidepool.DynamoDbLocal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * What the command did.
 *
 * @param code its exit code
 * @param out what it wrote
 * @param err what it wrote of problems
 */
record ShowRun(int code, String out, String err) {
    /** Runs the command on DynamoDB Local. */
    static ShowRun of(InstantSource clock, String... arguments) {
        return at(DynamoDbLocal.endpoint(), clock, arguments);
    }

    static ShowRun at(URI endpoint, InstantSource clock, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--endpoint", endpoint.toString(), "--region", "us-east-1"));
        return bare(clock, all);
    }

    static ShowRun bare(InstantSource clock, List<String> arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Show.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                clock);
        return new ShowRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
