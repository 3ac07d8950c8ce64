package dev.tidepool.undertow;

import java.net.http.HttpHeaders;
import java.util.List;

/** What a server answered. */
record Answer(int status, String body, HttpHeaders headers) {
    /** Returns the lines that set or clear a cookie. */
    List<String> cookieLines(String name) {
        return headers.allValues("Set-Cookie").stream()
                .filter(line -> line.startsWith(name + "="))
                .toList();
    }
}
