package dev.tidepool.undertow;

import io.undertow.server.HttpHandler;
import io.undertow.server.handlers.encoding.ContentEncodingProvider;
import io.undertow.server.handlers.encoding.ContentEncodingRepository;
import io.undertow.server.handlers.encoding.DeflateEncodingProvider;
import io.undertow.server.handlers.encoding.EncodingHandler;
import io.undertow.server.handlers.encoding.GzipEncodingProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** Where handlers encode the response: around the one that first asks for the session, within it, or both. */
enum Encodings {
    NONE(null, null),
    GZIP_OUTSIDE("gzip", null),
    GZIP_INSIDE(null, "gzip"),
    DEFLATE_OUTSIDE("deflate", null),
    DEFLATE_INSIDE(null, "deflate"),
    GZIP_ON_BOTH_SIDES("gzip", "gzip");

    /** What a client sends that takes any of them. */
    static final String ACCEPTED = "Accept-Encoding: gzip, deflate";

    private static final int PRIORITY = 50;

    private final @Nullable String outside;
    private final @Nullable String inside;

    Encodings(@Nullable String outside, @Nullable String inside) {
        this.outside = outside;
        this.inside = inside;
    }

    HttpHandler outside(HttpHandler next) {
        return encoding(outside, next);
    }

    HttpHandler inside(HttpHandler next) {
        return encoding(inside, next);
    }

    private static HttpHandler encoding(@Nullable String name, HttpHandler next) {
        if (name == null) {
            return next;
        }
        ContentEncodingProvider provider =
                name.equals("gzip") ? new GzipEncodingProvider() : new DeflateEncodingProvider();
        return new EncodingHandler(next, new ContentEncodingRepository().addEncodingHandler(name, provider, PRIORITY));
    }

    /** Returns the text of a body, by the encoding that its headers tell. */
    static String text(Wire.Answer answer) throws IOException {
        ByteArrayInputStream body = new ByteArrayInputStream(answer.body().getBytes(StandardCharsets.ISO_8859_1));
        String encoding = answer.header("Content-Encoding").orElse("");
        return switch (encoding) {
            case "" -> answer.body();
            case "gzip" -> new String(new GZIPInputStream(body).readAllBytes(), StandardCharsets.UTF_8);
            case "deflate" ->
                new String(new InflaterInputStream(body, new Inflater(true)).readAllBytes(), StandardCharsets.UTF_8);
            default -> throw new IOException("not encoded by any handler: " + encoding);
        };
    }
}
