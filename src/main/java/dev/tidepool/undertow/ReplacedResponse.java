package dev.tidepool.undertow;

import io.undertow.protocols.http2.Http2Channel;
import io.undertow.server.Connectors;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.ConduitFactory;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.Protocols;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.StreamSinkConduit;

/**
 * The response that a client gets in place of the application's.
 *
 * <p>Wrappers of a response nest: the one that was added last is called first, and its conduit gets first what the
 * application writes. So what was added before ours, an encoding outside of the sessions, works on this response as on
 * any other. What was added after ours has wrapped the application's response already, and may call ours only when it
 * has something to send: long after the exchange has begun its response, whose status cannot be set any more. Then the
 * response is that of another exchange on the same connection. For one thread at a time.
 */
final class ReplacedResponse {

    /** The headers that describe the application's body, or lead on as if the request had succeeded. */
    private static final List<HttpString> OF_APPLICATION = List.of(
            Headers.LOCATION,
            Headers.REFRESH,
            Headers.CONTENT_TYPE,
            Headers.CONTENT_LENGTH,
            Headers.CONTENT_ENCODING,
            Headers.CONTENT_LANGUAGE,
            Headers.CONTENT_LOCATION,
            Headers.CONTENT_DISPOSITION,
            Headers.CONTENT_MD5,
            Headers.CONTENT_RANGE,
            Headers.ACCEPT_RANGES,
            Headers.TRANSFER_ENCODING,
            Headers.TRAILER,
            Headers.ETAG,
            Headers.LAST_MODIFIED,
            Headers.EXPIRES,
            Headers.CACHE_CONTROL,
            Headers.UPGRADE,
            Headers.CONNECTION);

    private final HttpServerExchange exchange;
    private final HeaderMap headers;

    /** Those that the response has in place of the application's. */
    private final HeaderMap own = new HeaderMap();

    /** Whose response it is, where that is not the exchange's own. */
    private @Nullable HttpServerExchange standIn;

    private ReplacedResponse(HttpServerExchange exchange) {
        this.exchange = exchange;
        headers = exchange.getResponseHeaders();
    }

    /**
     * Takes back the application's response, and returns what sends another one as soon as something is written.
     *
     * @param cookies the names of those that are taken back
     * @param answer sets status and headers of the exchange that it is given, and returns the body; must not throw
     * @param factory creates the conduits of what was added before
     */
    static StreamSinkConduit of(
            HttpServerExchange exchange,
            Set<String> cookies,
            Function<HttpServerExchange, byte[]> answer,
            ConduitFactory<StreamSinkConduit> factory) {
        ReplacedResponse response = new ReplacedResponse(exchange);
        long announced = exchange.getResponseContentLength();
        response.takeBack(cookies);
        return exchange.isResponseStarted()
                ? response.late(answer, factory, announced)
                : response.inTime(answer, factory, announced);
    }

    @SuppressWarnings({"deprecation", "removal"}) // nothing else takes a cookie back
    private void takeBack(Set<String> cookies) {
        OF_APPLICATION.forEach(headers::remove);
        cookies.forEach(exchange.getResponseCookies()::remove);
        exchange.removeAttachment(HttpAttachments.RESPONSE_TRAILERS);
        exchange.removeAttachment(HttpAttachments.RESPONSE_TRAILER_SUPPLIER);
        exchange.removeAttachment(HttpAttachments.PRE_CHUNKED_RESPONSE);
    }

    private StreamSinkConduit inTime(
            Function<HttpServerExchange, byte[]> answer, ConduitFactory<StreamSinkConduit> factory, long announced) {
        // No length takes the place of the application's: it may still send as much as it has announced.
        byte[] body = answer.apply(exchange);
        StreamSinkConduit next = factory.create();
        keepHeaders();
        return new ReplacedBody(this, next, body, announced);
    }

    private StreamSinkConduit late(
            Function<HttpServerExchange, byte[]> answer, ConduitFactory<StreamSinkConduit> factory, long announced) {
        HttpServerExchange asked = copy();
        byte[] body = answer.apply(asked);
        asked.responseCookies().forEach(exchange::setResponseCookie);
        // What was added before still has its say on headers and cookies, but encodes nothing: that would come late
        // too.
        boolean isEncoded = headers.contains(Headers.CONTENT_ENCODING);
        if (!isEncoded) {
            headers.put(Headers.CONTENT_ENCODING, "identity");
        }
        StreamSinkConduit next = factory.create();
        if (!isEncoded) {
            headers.remove(Headers.CONTENT_ENCODING);
        }
        if (isHttp2()) {
            headers.put(Http2Channel.STATUS, asked.getStatusCode());
        } else {
            next = ofStandIn(asked, body.length);
        }
        keepHeaders();
        return new ReplacedBody(this, next, body, announced);
    }

    /**
     * Returns the conduits of another exchange, which end the connection: the first one's state is the application's.
     */
    private StreamSinkConduit ofStandIn(HttpServerExchange asked, int length) {
        HttpServerExchange other = copy();
        standIn = other;
        other.setStatusCode(asked.getStatusCode());
        other.setReasonPhrase(asked.getReasonPhrase());
        exchange.responseCookies().forEach(other::setResponseCookie);
        headers.remove(Headers.TRANSFER_ENCODING);
        headers.put(Headers.CONTENT_LENGTH, length);
        exchange.setPersistent(false);
        ConduitStreamSinkChannel channel = Connectors.getConduitSinkChannel(exchange);
        StreamSinkConduit ofApplication = channel.getConduit();
        try {
            other.getResponseChannel();
            return channel.getConduit();
        } finally {
            channel.setConduit(ofApplication);
        }
    }

    /** Returns an exchange with the same request and headers, and a status of its own. */
    private HttpServerExchange copy() {
        HttpServerExchange copy = new HttpServerExchange(
                exchange.getConnection(), exchange.getRequestHeaders(), headers, exchange.getMaxEntitySize());
        copy.setProtocol(exchange.getProtocol());
        copy.setRequestMethod(exchange.getRequestMethod());
        copy.setRequestScheme(exchange.getRequestScheme());
        copy.setRequestURI(exchange.getRequestURI(), exchange.isHostIncludedInRequestURI());
        copy.setRequestPath(exchange.getRequestPath());
        copy.setRelativePath(exchange.getRelativePath());
        copy.setResolvedPath(exchange.getResolvedPath());
        copy.setQueryString(exchange.getQueryString());
        copy.getQueryParameters().putAll(exchange.getQueryParameters());
        copy.getPathParameters().putAll(exchange.getPathParameters());
        copy.setSourceAddress(exchange.getSourceAddress());
        copy.setDestinationAddress(exchange.getDestinationAddress());
        return copy;
    }

    private boolean isHttp2() {
        return exchange.getProtocol().equals(Protocols.HTTP_2_0);
    }

    private void keepHeaders() {
        OF_APPLICATION.stream().filter(headers::contains).forEach(name -> own.putAll(name, values(headers, name)));
    }

    private static List<String> values(HeaderMap headers, HttpString name) {
        HeaderValues values = headers.get(name);
        return values == null ? List.of() : List.copyOf(values);
    }

    /**
     * Called before anything is sent.
     *
     * @param isCut whether the application may go on writing, and will hear that it cannot
     */
    void begins(boolean isCut) {
        // Something that was added later may have described the body that it has made.
        for (HttpString name : OF_APPLICATION) {
            headers.remove(name);
            if (own.contains(name)) {
                headers.putAll(name, values(own, name));
            }
        }
        if (isCut && !isHttp2()) { // many an application closes the connection when a write fails
            headers.put(Headers.CONNECTION, Headers.CLOSE.toString());
            exchange.setPersistent(false);
        }
    }

    /** Called when everything is sent. */
    void ended() {
        if (standIn != null) {
            Connectors.terminateResponse(exchange);
        }
    }
}
