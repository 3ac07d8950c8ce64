package dev.tidepool.cache;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The entries that an operation on many of them has still to change, so that a failure can name them. Thread-safe. */
final class Pending<K> {
    private final ItemNames names;
    private final String operation;
    private final int all;
    private final Map<String, K> left;

    Pending(ItemNames names, String operation, Map<String, K> keysByText) {
        this.names = names;
        this.operation = operation;
        this.all = keysByText.size();
        this.left = new ConcurrentHashMap<>(keysByText);
    }

    void done(String keyText) {
        left.remove(keyText);
    }

    int size() {
        return left.size();
    }

    /** Returns what to throw: where every entry was changed, what failed was something else, such as a listener. */
    RuntimeException failure(RuntimeException cause) {
        if (left.isEmpty()) {
            return cause;
        }
        String message = "Cache '" + names.cache() + "': " + operation + " on table '" + names.table() + "' left "
                + left.size() + " of " + all
                + " entries that are not known to be changed (see keys() of this exception): "
                + cause.getMessage();
        return new IncompleteBatchException(message, Set.copyOf(left.values()), cause);
    }
}
