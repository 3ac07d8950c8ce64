package dev.tidepool.undertow;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one manager knows of the exchanges that have asked for their session. Thread-safe. */
final class ExchangeSessions {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeSessions.class);

    /** One for each manager, as an exchange may be on the sessions of several. */
    private final AttachmentKey<ExchangeSession> ofExchange = AttachmentKey.create(ExchangeSession.class);

    /** Set while a handler runs that may go on after the response is complete; answers whether it still does. */
    private final AttachmentKey<HandlerRun> handlerRun = AttachmentKey.create(HandlerRun.class);

    /** Set when a container has asked for the session of a request whose response is complete. */
    private final AttachmentKey<Boolean> askedLate = AttachmentKey.create(Boolean.class);

    private final JCacheSessionManager manager;
    private final AtomicBoolean warnedOfIoThread = new AtomicBoolean();
    private final AtomicBoolean warnedOfPlainHttp = new AtomicBoolean();

    ExchangeSessions(JCacheSessionManager manager) {
        this.manager = manager;
    }

    /** A handler that may change the session after the response is complete, as servlets may. */
    static final class HandlerRun {
        private volatile boolean isApplicationOver;
        private volatile boolean isOver;

        /** Whether the application has done all that it does in this exchange. */
        boolean isApplicationOver() {
            return isApplicationOver;
        }

        boolean isOver() {
            return isOver;
        }
    }

    /** Returns what is known of an exchange, or null when it has not asked for its session yet. */
    @Nullable ExchangeSession known(HttpServerExchange exchange) {
        return exchange.getAttachment(ofExchange);
    }

    /** Returns what is known of an exchange, which is watched from the first call on. */
    ExchangeSession of(HttpServerExchange exchange) {
        ExchangeSession known = exchange.getAttachment(ofExchange);
        if (known != null) {
            return known;
        }
        ExchangeSession made =
                new ExchangeSession(manager, exchange, manager.engine().request(exchange.getConnection()::isOpen));
        HandlerRun run = exchange.getAttachment(handlerRun);
        if (run != null) {
            made.handledBy(run);
        }
        exchange.putAttachment(ofExchange, made);
        made.begin();
        return made;
    }

    /**
     * Whether it is the container that asks for a session, to tell it that the response is complete. It does so once,
     * and before any application that goes on after its response; a session that no one has asked for has nothing to be
     * told.
     */
    boolean isContainerAsking(HttpServerExchange exchange) {
        return exchange.isResponseComplete()
                && known(exchange) == null
                && exchange.putAttachment(askedLate, true) == null;
    }

    /** Wraps a handler that may change the session after the response is complete, as servlets may. */
    HttpHandler untilHandled(HttpHandler next) {
        return exchange -> {
            HandlerRun run = new HandlerRun();
            exchange.putAttachment(handlerRun, run);
            ExchangeSession before = known(exchange);
            if (before != null) {
                before.handledBy(run);
            }
            try {
                next.handleRequest(exchange);
            } finally {
                run.isOver = true;
                exchange.removeAttachment(handlerRun);
                ExchangeSession session = known(exchange);
                if (session != null) {
                    session.endIfOver();
                }
            }
        };
    }

    /** Takes note that the application has done all that it does in an exchange. */
    void applicationOver(HttpServerExchange exchange) {
        HandlerRun run = exchange.getAttachment(handlerRun);
        if (run != null) {
            run.isApplicationOver = true;
        }
    }

    /** Says once that an I/O thread waits for the store. */
    void warnOfIoThread(String what) {
        if (warnedOfIoThread.compareAndSet(false, true)) {
            LOG.warn(
                    "A session of {} is {} on an I/O thread, which serves no other connection meanwhile: let the"
                            + " handler run on a worker (io.undertow.server.handlers.BlockingHandler, or"
                            + " exchange.dispatch), and send its response from there. This is said once",
                    manager.getDeploymentName(),
                    what);
        }
    }

    /** Says once that ids are sent in cookies which do not come back. */
    void warnOfPlainHttp() {
        if (warnedOfPlainHttp.compareAndSet(false, true)) {
            LOG.warn(
                    "A session of {} was begun by a request over plain http, and its cookie is Secure: a client that"
                            + " came by http does not send it back, and each of its requests begins another session."
                            + " Serve https, let the proxy that does so send X-Forwarded-Proto, or leave Secure out"
                            + " where there is no https. This is said once",
                    manager.getDeploymentName());
        }
    }
}
