package dev.tidepool.undertow;

import io.undertow.server.HttpServerExchange;

/**
 * What a client gets instead of the application's response when its session could not be read or saved.
 *
 * <p>Called while the response is committed: the application's body, its {@code Location} and the headers that describe
 * its body are gone, and so is the session's new cookie. Called by several threads at a time, perhaps on an I/O thread.
 */
@FunctionalInterface
public interface FailureResponse {

    /**
     * Sets status and headers of the response, and returns its body.
     *
     * @param exchange the exchange, whose response has not begun; its response channel, sender and output stream must
     *     not be asked for. Where the application had begun its response before it sent anything, as under an encoding,
     *     it is another one on the same connection, with the request's line, headers, query and addresses, and without
     *     attachments, body and security context
     * @param failure what went wrong; its message is for operators, not for visitors
     * @return the body, not null; may be empty
     */
    byte[] respond(HttpServerExchange exchange, RuntimeException failure);
}
