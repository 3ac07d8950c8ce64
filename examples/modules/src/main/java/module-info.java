/** An application on the module path that keeps a cache and its sessions in DynamoDB. */
module dev.tidepool.examples.modules {
    requires cache.api;
    requires dev.tidepool;
    requires java.net.http;
    requires undertow.core;

    // The keys of the cache are of a record of this package, and are encoded by content.
    opens dev.tidepool.examples.modules to
            dev.tidepool;
}
