package dev.tidepool.examples.express;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A visitor with cookies, which browsers send to both servers, but without a browser. */
final class Visitor {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CookieManager cookies = new CookieManager();
    private final HttpClient client =
            HttpClient.newBuilder().cookieHandler(cookies).build();

    /**
     * What a server shows.
     *
     * @param user null for nobody
     */
    record Seen(String side, String user, List<String> cart) {}

    Seen look(URI server) throws IOException, InterruptedException {
        return seen(HttpRequest.newBuilder(server.resolve("/shop")).build());
    }

    Seen click(URI server, String button) throws IOException, InterruptedException {
        return seen(HttpRequest.newBuilder(server.resolve("/" + button))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    }

    Seen click(URI server, String button, String item) throws IOException, InterruptedException {
        return click(server, button + "?item=" + URLEncoder.encode(item, StandardCharsets.UTF_8));
    }

    private Seen seen(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(request.uri() + ": " + response.statusCode() + " " + response.body());
        }
        JsonNode shown = JSON.readTree(response.body());
        List<String> cart = new ArrayList<>();
        shown.get("cart")
                .forEach(item -> cart.add(
                        item.get("name").asText() + " " + item.get("cents").asInt()));
        return new Seen(shown.get("side").asText(), shown.get("user").textValue(), cart);
    }

    /** The body of a page that must be there. */
    String page(URI server, String path) throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(HttpRequest.newBuilder(server.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(path + ": " + response.statusCode());
        }
        return response.body();
    }

    /** That of the cookie, which has its signature after it. */
    String sessionId() {
        String cookie =
                URLDecoder.decode(cookies.getCookieStore().getCookies().get(0).getValue(), StandardCharsets.UTF_8);
        return cookie.substring("s:".length(), cookie.indexOf('.'));
    }
}
