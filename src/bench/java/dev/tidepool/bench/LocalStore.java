package dev.tidepool.bench;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;

/** The program that is the store: DynamoDB Local in memory. It says its address, and ends with standard input. */
final class LocalStore {
    private LocalStore() {}

    /**
     * Runs the store.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) throws IOException {
        System.out.println(DynamoDbLocal.endpoint());
        awaitEnd();
        System.exit(0); // it has threads that would keep the JVM
    }

    /** Waits until standard input ends. */
    static void awaitEnd() throws IOException {
        while (System.in.read() >= 0) {
            // Nobody says anything.
        }
    }
}
