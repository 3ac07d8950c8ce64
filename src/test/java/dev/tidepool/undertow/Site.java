package dev.tidepool.undertow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A server as its clients see it, over HTTP/1.1. Thread-safe. */
final class Site {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI address;

    /** A server on the loopback interface. */
    Site(int port) {
        address = URI.create("http://127.0.0.1:" + port);
    }

    URI uri(String path) {
        return address.resolve(path);
    }

    /** Requests a page; returns as soon as the answer is there. */
    Answer get(Browser browser, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(PATIENCE);
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
}
