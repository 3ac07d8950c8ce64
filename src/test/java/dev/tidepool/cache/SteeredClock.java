package dev.tidepool.cache;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it. */
public final class SteeredClock implements InstantSource {
    private volatile Instant now = Instant.parse("2030-01-01T00:00:00.500Z");

    @Override
    public Instant instant() {
        return now;
    }

    public synchronized void advance(Duration duration) {
        now = now.plus(duration);
    }
}
