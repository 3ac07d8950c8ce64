/**
 * HTTP sessions of Undertow that live in a JCache cache, by default one on DynamoDB.
 *
 * <p>{@link dev.tidepool.session.JCacheSessionManager} answers Undertow. What it knows of one request is an
 * {@code ExchangeSession}, what this node knows of one session a {@code LiveSession}, which all requests on that
 * session share; {@code JCacheSession} is the handle that one request holds of it. {@code SessionLifecycle} says what
 * becomes of sessions, {@code HeldSessions} finds them and watches their deadlines, {@code SessionWriter} brings
 * changes into the store. {@code SessionStore} alone calls the cache, and {@code SessionContent} says what one of its
 * entries means.
 */
@NullMarked
package dev.tidepool.session;

import org.jspecify.annotations.NullMarked;
