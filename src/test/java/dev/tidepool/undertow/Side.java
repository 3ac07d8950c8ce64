package dev.tidepool.undertow;

import dev.tidepool.session.InThread;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An application that shares its sessions with another one. Each has the same pages, on Express and on Undertow:
 * {@code /plain} changes nothing, {@code /get}, {@code /set} and {@code /delete} are about one attribute,
 * {@code /login} gives the session a new id and a user, {@code /logout} ends it.
 */
interface Side {
    /** What stands for an attribute that is not there. */
    String UNDEFINED = "undefined";

    AtomicInteger GATES = new AtomicInteger();

    Site site();

    default Answer get(Browser browser, String path) {
        return site().get(browser, path);
    }

    /** Sets an attribute to what a text of JSON says. */
    default void set(Browser browser, String name, String json) {
        Answer answer = get(browser, setting(name, json));
        if (!answer.body().equals("set")) {
            throw new AssertionError(answer.status() + " " + answer.body());
        }
    }

    /** Returns an attribute as JSON, or {@link #UNDEFINED}. */
    default String read(Browser browser, String name) {
        return get(browser, "/get?name=" + encoded(name)).body();
    }

    /**
     * Sends a request that reads the session at once, and does what it is for when it is released.
     *
     * @param path with a query
     */
    default Held held(Browser browser, String path) {
        String gate = String.valueOf(GATES.incrementAndGet());
        FutureTask<Answer> answer = InThread.call(() -> get(browser, path + "&gate=" + gate));
        get(new Browser(), "/gate/arrived?gate=" + gate);
        return new Held(this, gate, answer);
    }

    /** A request that has read its session, and waits. */
    record Held(Side side, String gate, FutureTask<Answer> answer) {
        /** Lets it go on, and returns its answer. */
        Answer release() throws Exception {
            side.get(new Browser(), "/gate/open?gate=" + gate);
            return answer.get();
        }
    }

    /** The path of the page that sets an attribute. */
    static String setting(String name, String json) {
        return "/set?name=" + encoded(name) + "&json=" + encoded(json);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
