package dev.tidepool.undertow;

import io.undertow.util.Cookies;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A browser that shows its cookies to all nodes, as to one name, and each only to the paths that it is for. It follows
 * no redirect. Used by one thread at a time.
 */
final class ContextBrowser {
    static final String SINGLE_SIGN_ON = "JSESSIONIDSSO";

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private record Name(String path, String name) implements Comparable<Name> {
        @Override
        public int compareTo(Name other) {
            return (path + ' ' + name).compareTo(other.path + ' ' + other.name);
        }
    }

    private final Map<Name, String> cookies = new TreeMap<>();

    /** Another one with the same cookies, as a thief has them. */
    ContextBrowser copy() {
        ContextBrowser copy = new ContextBrowser();
        copy.cookies.putAll(cookies);
        return copy;
    }

    Optional<String> cookie(String path, String name) {
        return Optional.ofNullable(cookies.get(new Name(path, name)));
    }

    ContextBrowser withSingleSignOn(String value) {
        cookies.put(new Name("/", SINGLE_SIGN_ON), value);
        return this;
    }

    ContextBrowser withoutSingleSignOn() {
        cookies.remove(new Name("/", SINGLE_SIGN_ON));
        return this;
    }

    HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri));
    }

    HttpResponse<String> post(URI uri, String form) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        String path = request.build().uri().getPath();
        String shown = cookies.entrySet().stream()
                .filter(cookie -> path.startsWith(cookie.getKey().path()))
                .map(cookie -> cookie.getKey().name() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        if (!shown.isEmpty()) {
            request.header("Cookie", shown);
        }
        HttpResponse<String> response = CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        response.headers().allValues("Set-Cookie").forEach(this::receive);
        return response;
    }

    private void receive(String line) {
        var cookie = Cookies.parseSetCookieHeader(line);
        Name name = new Name(cookie.getPath(), cookie.getName());
        boolean isAgeOver = cookie.getMaxAge() != null && cookie.getMaxAge() == 0;
        boolean isExpired =
                cookie.getExpires() != null && cookie.getExpires().toInstant().equals(Instant.EPOCH);
        if (isAgeOver || isExpired) {
            cookies.remove(name);
        } else {
            cookies.put(name, cookie.getValue());
        }
    }
}
