/**
 * The session engine: HTTP sessions that live in a JCache cache, whoever serves the requests. It knows no container.
 *
 * <p>The way of a request: an adapter has a {@link dev.tidepool.session.SessionEngine}, and begins a
 * {@link dev.tidepool.session.SessionRequest} when its container first asks for a session. {@code Sessions} finds it:
 * {@code SessionStore}, which alone calls the cache, reads the entry, and {@code KnownSessions} has what this node
 * knows of it, the {@code LiveSession} that all requests here share. The adapter gets a
 * {@link dev.tidepool.session.SessionHandle}, which encodes what is set and keeps it there, in its {@code SessionUse}.
 * When the response is committed, {@code SessionWriter} merges what was changed onto what is stored, by
 * compare-and-set; {@code IdChange} gives a new id. When the request is over, an access is written by a thread of
 * {@code SessionThreads}. {@code Deadlines} keeps sessions alive that are in use, and has {@code SessionEnds} remove
 * and tell those that are due. What an entry is made of is up to its {@link dev.tidepool.session.SessionFormat}.
 */
@NullMarked
package dev.tidepool.session;

import org.jspecify.annotations.NullMarked;
