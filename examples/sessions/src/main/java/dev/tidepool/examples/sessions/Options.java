package dev.tidepool.examples.sessions;

import java.net.URI;
import java.util.Iterator;
import java.util.List;

/**
 * What the command line says.
 *
 * @param demo whether to start the demonstration instead of a node
 * @param port where to listen, 0 for any free port
 * @param endpoint where DynamoDB answers; null for the AWS SDK's default chain
 * @param table the table that holds the sessions
 * @param servlet whether to use HttpSession instead of Undertow's own API
 * @param memory whether the sessions stay in the memory of the node
 * @param name what the node calls itself in the header {@code X-Node}
 * @param child whether the node ends when its standard input ends
 */
record Options(
        boolean demo,
        int port,
        URI endpoint,
        String table,
        boolean servlet,
        boolean memory,
        String name,
        boolean child) {

    static final String USAGE = """

            A node:
              --port N            where to listen on 127.0.0.1 (8080; 0 for any free port)
              --endpoint URL      where DynamoDB answers (without it: region and credentials of the environment)
              --table NAME        the table that holds the sessions (sessions)
              --servlet           uses HttpSession instead of Undertow's own API
              --store memory      keeps the sessions in the memory of the node, for comparison (dynamodb)
              --name NAME         what the node calls itself in the header X-Node (node)
              --child             ends when standard input ends
            The demonstration, also without any argument:
              --demo              with --port, --servlet and --store as above\
            """;

    static Options parse(String... args) {
        Builder builder = new Builder();
        builder.demo = args.length == 0;
        Iterator<String> rest = List.of(args).iterator();
        while (rest.hasNext()) {
            builder.read(rest.next(), rest);
        }
        return builder.build();
    }

    private static final class Builder {
        private static final String TABLE = "[A-Za-z0-9_.-]{3,255}";
        private static final String STORE = "memory|dynamodb";
        private static final String NAME = "[A-Za-z0-9_.-]{1,50}";

        private boolean demo;
        private int port = 8080;
        private URI endpoint;
        private String table;
        private boolean servlet;
        private boolean memory;
        private String name = "node";
        private boolean child;

        private void read(String argument, Iterator<String> rest) {
            switch (argument) {
                case "--demo" -> demo = true;
                case "--servlet" -> servlet = true;
                case "--child" -> child = true;
                case "--port" -> port = port(value(argument, rest));
                case "--endpoint" -> endpoint = endpoint(value(argument, rest));
                case "--table" -> table = matching(argument, TABLE, "3 to 255 letters, digits, _, . or -", rest);
                case "--store" ->
                    memory = matching(argument, STORE, "memory or dynamodb", rest)
                            .equals("memory");
                case "--name" -> name = matching(argument, NAME, "up to 50 letters, digits, _, . or -", rest);
                default -> throw new IllegalArgumentException(argument + ": no such argument");
            }
        }

        private Options build() {
            if (endpoint != null) {
                refuse(demo, "--endpoint: the demonstration brings a DynamoDB of its own");
                refuse(memory, "--endpoint: not with --store memory");
            }
            if (table != null) {
                refuse(demo, "--table: the demonstration brings a DynamoDB of its own");
                refuse(memory, "--table: not with --store memory");
            }
            return new Options(demo, port, endpoint, table == null ? "sessions" : table, servlet, memory, name, child);
        }

        private static void refuse(boolean wrong, String message) {
            if (wrong) {
                throw new IllegalArgumentException(message);
            }
        }

        private static String value(String argument, Iterator<String> rest) {
            refuse(!rest.hasNext(), argument + ": needs a value");
            return rest.next();
        }

        private static int port(String text) {
            refuse(!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65535, "--port: not from 0 to 65535: " + text);
            return Integer.parseInt(text);
        }

        private static URI endpoint(String text) {
            String message = "--endpoint: not a URL such as http://127.0.0.1:8000: " + text;
            try {
                URI uri = URI.create(text);
                refuse(uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme()), message);
                return uri;
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(message, e);
            }
        }

        private static String matching(String argument, String pattern, String form, Iterator<String> rest) {
            String text = value(argument, rest);
            refuse(!text.matches(pattern), argument + ": not " + form + ": " + text);
            return text;
        }
    }
}
