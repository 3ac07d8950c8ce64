package dev.tidepool.examples.express;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

/**
 * What the command line says.
 *
 * @param port where Undertow listens, 0 for any free port
 * @param expressPort where Express listens, 0 for any free port
 * @param folder that of {@code server.mjs}
 */
record Options(int port, int expressPort, Path folder) {
    static final String USAGE = """

            --port N            where Undertow listens on 127.0.0.1 (8080; 0 for any free port)
            --express-port N    where Express listens on 127.0.0.1 (3000; 0 for any free port)
            --folder PATH       the folder of server.mjs (the working directory)\
            """;

    static Options parse(String... args) {
        int port = 8080;
        int expressPort = 3000;
        Path folder = Path.of("");
        Iterator<String> rest = List.of(args).iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            switch (argument) {
                case "--port" -> port = port(argument, value(argument, rest));
                case "--express-port" -> expressPort = port(argument, value(argument, rest));
                case "--folder" -> folder = Path.of(value(argument, rest));
                default -> throw new IllegalArgumentException(argument + ": no such argument");
            }
        }
        if (!Files.exists(folder.resolve("server.mjs"))) {
            throw new IllegalArgumentException("--folder: there is no server.mjs in " + folder.toAbsolutePath());
        }
        return new Options(port, expressPort, folder.toAbsolutePath());
    }

    private static String value(String argument, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(argument + ": needs a value");
        }
        return rest.next();
    }

    private static int port(String argument, String text) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65535) {
            throw new IllegalArgumentException(argument + ": not from 0 to 65535: " + text);
        }
        return Integer.parseInt(text);
    }
}
