package dev.tidepool.session;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** What a failed request to a cache tells of the cache's store. */
enum Reply {
    /** The store has said something. Of other providers' failures this is assumed when in doubt. */
    ANSWER,
    /** It cannot be reached. */
    NO_CONNECTION,
    /** It was asked, and there was no answer. */
    NO_ANSWER;

    private static final Set<String> TIMEOUTS = Set.of("ApiCallTimeoutException", "ApiCallAttemptTimeoutException");
    private static final Set<String> INTERRUPTIONS = Set.of("AbortedException", "InterruptedException");

    static Reply of(Throwable failure) {
        if (hasCause(failure, Reply::isConnectionFailure)) {
            return NO_CONNECTION;
        }
        boolean isSilence = failure instanceof Error || hasCause(failure, Reply::isSilence);
        return isSilence ? NO_ANSWER : ANSWER;
    }

    private static boolean isConnectionFailure(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof UnknownHostException
                || failure instanceof NoRouteToHostException
                // by its name, as the class belongs to the HTTP client that the cache happens to use
                || "ConnectTimeoutException".equals(failure.getClass().getSimpleName());
    }

    private static boolean isSilence(Throwable failure) {
        String name = failure.getClass().getSimpleName();
        return failure instanceof IOException
                || failure instanceof TimeoutException
                || TIMEOUTS.contains(name)
                || INTERRUPTIONS.contains(name);
    }

    private static boolean hasCause(Throwable failure, Predicate<Throwable> condition) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (condition.test(e)) {
                return true;
            }
        }
        return false;
    }
}
