package dev.tidepool.cache;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server that answers as an empty table does, and keeps how each request was signed. Thread-safe. */
final class RecordingServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordingServer.class);
    private static final byte[] NO_ITEM = "{}".getBytes(StandardCharsets.UTF_8);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Headers> received = new CopyOnWriteArrayList<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();
    private final CountDownLatch crowd;

    private final Duration patience;

    private RecordingServer(int crowd, Duration patience) throws IOException {
        this.patience = patience;
        this.crowd = new CountDownLatch(crowd);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    static RecordingServer start() throws IOException {
        return new RecordingServer(0, Duration.ZERO);
    }

    /** Starts a server that answers when so many requests have come, or when its patience is over. */
    static RecordingServer waitingFor(int crowd, Duration patience) throws IOException {
        return new RecordingServer(crowd, patience);
    }

    private void answer(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        received.add(exchange.getRequestHeaders());
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        awaitCrowd();
        underWay.decrementAndGet();
        exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
        exchange.sendResponseHeaders(200, NO_ITEM.length);
        exchange.getResponseBody().write(NO_ITEM);
        exchange.close();
    }

    private void awaitCrowd() throws IOException {
        crowd.countDown();
        try {
            boolean complete = crowd.await(patience.toMillis(), TimeUnit.MILLISECONDS);
            LOG.debug("Answering, as {}", complete ? "all have come" : "no more came in time");
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    URI endpoint() {
        return URI.create("http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort());
    }

    List<String> authorizations() {
        return received.stream()
                .map(headers -> String.valueOf(headers.getFirst("Authorization")))
                .toList();
    }

    List<String> securityTokens() {
        return received.stream()
                .map(headers -> String.valueOf(headers.getFirst("X-Amz-Security-Token")))
                .toList();
    }

    /** Returns how many requests were under way at once, at most. */
    int mostUnderWay() {
        return mostUnderWay.get();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
