package dev.tidepool.undertow;

import io.undertow.server.HttpHandler;
import io.undertow.server.session.SessionManager;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Tells when a server is done with an exchange, whose response may be there long before. */
final class ExchangeEnds {
    private static final int PATIENCE_SECONDS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(PATIENCE_SECONDS);

    private final Semaphore ended = new Semaphore(0);

    /** Completion listeners run in reverse order: this one, added first, runs when those of the session have. */
    HttpHandler counting(HttpHandler next) {
        return exchange -> {
            exchange.addExchangeCompleteListener((completed, others) -> {
                ended.release();
                others.proceed();
            });
            next.handleRequest(exchange);
        };
    }

    /** Sends a request, and waits until all that belongs to it is over. */
    Wire.Answer settled(Callable<Wire.Answer> request) throws Exception {
        ended.drainPermits();
        Wire.Answer answer = request.call();
        if (!ended.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the exchange did not end");
        }
        return answer;
    }

    /** Waits until access times that are written after the response have been. */
    static void awaitWrites(SessionManager manager) {
        if (manager instanceof JCacheSessionManager ours && !ours.engine().awaitWrites(PATIENCE)) {
            throw new AssertionError("the access was not written");
        }
    }
}
