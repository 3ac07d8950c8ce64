package dev.tidepool.session;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.NpmProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.FutureTask;

/**
 * Applications of express, express-session and connect-dynamodb on node, in one process, in the versions of
 * {@code examples/express}; {@code src/test/express/server.mjs} says what pages they have.
 */
final class ExpressApps implements AutoCloseable {
    private static final Path PACKAGES = Path.of("examples/express");
    private static final Path SOURCE = Path.of("src/test/express/server.mjs");
    private static final Path DIRECTORY = Path.of("target/express");

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final NpmProgram program;

    private ExpressApps(NpmProgram program) {
        this.program = program;
    }

    /** Installs the packages, unless they have been installed before, and starts the process. */
    static ExpressApps start() throws IOException, InterruptedException {
        NpmProgram.install(PACKAGES, DIRECTORY);
        Files.copy(SOURCE, DIRECTORY.resolve(SOURCE.getFileName().toString()), StandardCopyOption.REPLACE_EXISTING);
        return new ExpressApps(NpmProgram.start(DIRECTORY, SOURCE.getFileName().toString()));
    }

    /**
     * Starts an application on DynamoDB Local.
     *
     * @param options those of express-session, as fields of a JSON object; {@code store} has those of connect-dynamodb
     */
    App app(String options) throws IOException, InterruptedException {
        String port =
                program.ask("{\"endpoint\":\"" + DynamoDbLocal.endpoint() + "\"," + options.replace('\n', ' ') + "}");
        return new App(URI.create("http://127.0.0.1:" + port));
    }

    @Override
    public void close() {
        program.close();
    }

    /** One application. Thread-safe. */
    final class App {
        private final URI address;

        private App(URI address) {
            this.address = address;
        }

        Answer get(Browser browser, String path) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(address.resolve(path)).timeout(PATIENCE);
            browser.send(request);
            try {
                var response = client.send(request.build(), BodyHandlers.ofString());
                browser.receive(response.headers());
                return new Answer(response.statusCode(), response.body(), response.headers());
            } catch (IOException e) {
                throw new UncheckedIOException("No answer from " + path, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /** Sets an attribute to what a text of JSON says. */
        Answer set(Browser browser, String name, String json) {
            return get(browser, setting(name, json));
        }

        /** Returns an attribute as JSON, or {@code undefined}. */
        String read(Browser browser, String name) {
            return get(browser, "/get?name=" + encoded(name)).body();
        }

        /**
         * Sends a request that reads the session at once, and does what it is for when the gate is opened.
         *
         * @param path with a query
         */
        Held held(Browser browser, String path) {
            String gate = String.valueOf(System.nanoTime());
            FutureTask<Answer> answer = InThread.call(() -> get(browser, path + "&gate=" + gate));
            get(new Browser(), "/gate/arrived?gate=" + gate);
            return new Held(this, gate, answer);
        }
    }

    /** A request that has read its session, and waits. */
    record Held(App app, String gate, FutureTask<Answer> answer) {
        /** Lets it go on, and returns its answer. */
        Answer release() throws Exception {
            app.get(new Browser(), "/gate/open?gate=" + gate);
            return answer.get();
        }
    }

    /** The path of the page that sets an attribute to what a text of JSON says. */
    static String setting(String name, String json) {
        return "/set?name=" + encoded(name) + "&json=" + encoded(json);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
