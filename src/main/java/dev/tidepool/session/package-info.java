/**
 * The session engine: HTTP sessions that live in a JCache cache, whoever serves the requests. It knows no container.
 *
 * <p>An adapter has a {@link dev.tidepool.session.SessionEngine}, and begins a
 * {@link dev.tidepool.session.SessionRequest} when its container first asks for a session. It gets a
 * {@link dev.tidepool.session.SessionHandle}, which encodes what is set and keeps it until the response is committed.
 * What an entry is made of is up to its {@link dev.tidepool.session.SessionFormat}. An application needs
 * {@link dev.tidepool.session.SessionCaches} and the adapter in {@link dev.tidepool.undertow}.
 */
@NullMarked
package dev.tidepool.session;

import org.jspecify.annotations.NullMarked;

/*
 * The way of a request, for who changes it. Sessions finds it: SessionStore, which alone calls the cache, reads the
 * entry, and KnownSessions has what this node knows of it, the LiveSession that all requests here share. What is set on
 * the handle is kept in its SessionUse. When the response is committed, SessionWriter merges what was changed onto what
 * is stored, by compare-and-set; IdChange gives a new id. When the request is over, an access is written by a thread of
 * SessionThreads. Deadlines keeps sessions alive that are in use, and has SessionEnds remove and tell those that are due.
 */
