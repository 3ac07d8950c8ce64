package dev.tidepool.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/**
 * Starts servers.
 *
 * @param folder for their logs, and for what they need
 * @param store the address of the store that they share
 */
record Servers(Path folder, URI store) {

    /**
     * Starts a server; its greeting is its address.
     *
     * @param seen the address at which it sees the store
     */
    ChildProcess start(Contender contender, URI seen) throws IOException {
        Path log = folder.resolve("logs").resolve(contender.key() + ".log");
        return contender == Contender.EXPRESS
                ? Express.start(folder, log, seen)
                : ChildProcess.java(log, ShopServer.class, contender.key(), seen.toString());
    }
}
