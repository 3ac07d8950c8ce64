package dev.tidepool.bench;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A server that is measured: a shop whose visitors have sessions. */
enum Contender {
    MEMORY("memory", "Undertow, sessions in memory"),
    SDK("sdk", "AWS SDK by hand, its defaults"),
    SDK_TUNED("sdk-tuned", "AWS SDK by hand, Tidepool's settings"),
    CORE("core", "Tidepool on Undertow"),
    SERVLETS("servlets", "Tidepool on servlets"),
    EXPRESS("express", "express-session, connect-dynamodb");

    private final String key;
    private final String title;

    Contender(String key, String title) {
        this.key = key;
        this.title = title;
    }

    /** Its name in options and files. */
    String key() {
        return key;
    }

    /** Its name for readers. */
    String title() {
        return title;
    }

    /** A table of its own: none is slower for what another one has left behind. */
    String table() {
        return "bench-" + key;
    }

    /**
     * Returns the contender of a key.
     *
     * @throws IllegalArgumentException when there is none
     */
    static Contender of(String key) {
        return Arrays.stream(values())
                .filter(each -> each.key.equals(key))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "servers: '" + key + "' is none of " + keys() + ", separated by commas"));
    }

    private static String keys() {
        return Arrays.stream(values()).map(Contender::key).collect(Collectors.joining(", "));
    }
}
