package dev.tidepool.session;

/** Why a session has ended. */
public enum EndReason {
    /** The application has ended it. */
    INVALIDATED,
    /** No request came for as long as it may live without one, or there was no room for it any more. */
    TIMEOUT
}
