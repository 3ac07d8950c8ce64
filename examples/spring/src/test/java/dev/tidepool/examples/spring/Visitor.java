package dev.tidepool.examples.spring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A visitor with cookies, which browsers send to both nodes, but without a browser. */
final class Visitor {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CookieManager cookies = new CookieManager();
    private final HttpClient client =
            HttpClient.newBuilder().cookieHandler(cookies).build();

    JsonNode get(NodeProcess node, String path) {
        return send(node.address(), "GET", path);
    }

    JsonNode send(NodeProcess node, String method, String path) {
        return send(node.address(), method, path);
    }

    /** Sends a request that must succeed. */
    JsonNode send(URI server, String method, String path) {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(server.resolve(path))
                            .method(method, HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(path + ": " + response.statusCode() + " " + response.body());
            }
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The cookie of the session; null when there is none. */
    HttpCookie sessionCookie() {
        return cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> cookie.getName().equals("shop"))
                .findFirst()
                .orElse(null);
    }

    String cookie() {
        return sessionCookie().getValue();
    }
}
