/**
 * HTTP sessions of Undertow, kept by the engine in {@link dev.tidepool.session}.
 *
 * <p>{@link dev.tidepool.undertow.JCacheSessionManager} answers Undertow. What it knows of one exchange is an
 * {@code ExchangeSession}: the engine's {@link dev.tidepool.session.SessionRequest}, and how the response goes out, or
 * another one in its place when the session cannot be saved. {@code JCacheSession} is Undertow's view of one
 * {@link dev.tidepool.session.SessionHandle}.
 *
 * <p>{@code getSession} goes from the manager to the exchange's session, its request, and there to the store. An
 * attribute that is set goes from {@code JCacheSession} to the handle, which encodes it. When the response is
 * committed, {@code ExchangeSession} has the request save its sessions; when the exchange is complete, it ends it.
 */
@NullMarked
package dev.tidepool.undertow;

import org.jspecify.annotations.NullMarked;
