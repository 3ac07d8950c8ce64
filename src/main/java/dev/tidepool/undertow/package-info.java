/**
 * HTTP sessions of Undertow, kept by the engine in {@link dev.tidepool.session}.
 *
 * <p>{@link dev.tidepool.undertow.JCacheSessionManager} is for handlers of undertow-core,
 * {@link dev.tidepool.undertow.JCacheSessionManagerFactory} for deployments of undertow-servlet,
 * {@link dev.tidepool.undertow.SingleSignOnExtension} for a login on several of these, and
 * {@link dev.tidepool.undertow.ExpressSessionConfig} for sessions that Express shares.
 */
@NullMarked
package dev.tidepool.undertow;

import org.jspecify.annotations.NullMarked;

/*
 * The way through it, for who changes it. What the manager knows of one exchange is an ExchangeSession: the engine's
 * SessionRequest, and how the response goes out, or another one in its place when the session cannot be saved.
 * JCacheSession is Undertow's view of one SessionHandle. getSession goes from the manager to the exchange's session, its
 * request, and there to the store. An attribute that is set goes from JCacheSession to the handle, which encodes it. When
 * the response is committed, ExchangeSession has the request save its sessions; when the exchange is complete, it ends it.
 */
