package dev.tidepool.session;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that work in the background fails, however many sessions it is about, until it succeeds. Thread-safe. */
final class OutageLog {
    private static final Logger LOG = LoggerFactory.getLogger(OutageLog.class);

    private final String name;
    private final AtomicBoolean isOut = new AtomicBoolean();

    /** @param name whose sessions it is about */
    OutageLog(String name) {
        this.name = name;
    }

    /** @param what has failed, and what becomes of it */
    void failed(String what, RuntimeException cause) {
        if (isOut.compareAndSet(false, true)) {
            LOG.warn("Sessions of {}: {}. This is said once until it works again: {}", name, what, cause.getMessage());
        }
        LOG.debug("The failure of the session store", cause);
    }

    void succeeded() {
        if (isOut.get() && isOut.compareAndSet(true, false)) {
            LOG.info("Sessions of {}: the store answers again", name);
        }
    }
}
