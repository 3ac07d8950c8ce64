package dev.tidepool.cache;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** A transport that holds requests back until several are under way, or until it has waited in vain. */
final class Crowding extends Transport {
    private static final long PATIENCE_SECONDS = 4;

    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private volatile CountDownLatch crowd = new CountDownLatch(0);

    Crowding(SdkHttpClient server) {
        super(server);
    }

    /** Holds back all requests from here on until so many have come. */
    void awaitCrowd(int size) {
        most.set(0);
        crowd = new CountDownLatch(size);
    }

    /** Returns how many requests were under way at once, at most, since the crowd was asked for. */
    int most() {
        return most.get();
    }

    @Override
    HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
        most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        try {
            crowd.countDown();
            if (!crowd.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                crowd = new CountDownLatch(0);
            }
            return pass(request);
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            underWay.decrementAndGet();
        }
    }
}
