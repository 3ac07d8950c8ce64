package dev.tidepool.undertow;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidepool.NpmProgram;
import dev.tidepool.Option;
import dev.tidepool.cache.DynamoDbConfiguration;
import dev.tidepool.cache.RawItems;
import dev.tidepool.session.StoredSession;
import io.undertow.server.session.SessionConfig;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A table that applications on Express and on Undertow share, with its own applications and items. */
final class SharedTable implements AutoCloseable {
    static final String SECRET = "keyboard cat";
    static final String COOKIE = "connect.sid";

    private static final String PREFIX = "sess:";

    private final ExpressApps apps;
    private final String table = StoreNode.freshTable();
    private final StoreNode node = StoreNode.connect(table);
    private final RawItems items = new RawItems(node.client(), table);
    private final Deque<Runnable> running = new ArrayDeque<>(List.of(node::close));

    SharedTable(ExpressApps apps) {
        this.apps = apps;
    }

    /** Starts node, or skips the tests where that cannot be. */
    static ExpressApps startExpress() throws Exception {
        List<String> missing = NpmProgram.missingPrograms();
        assumeTrue(missing.isEmpty(), () -> "Express takes " + missing + ", which are not on the PATH");
        return ExpressApps.start();
    }

    Side express() throws Exception {
        return express("");
    }

    /**
     * Starts an application on Express.
     *
     * @param more fields of its options as JSON, each preceded by a comma
     */
    Side express(String more) throws Exception {
        String secret = more.contains("\"secret\"") ? "" : ",\"secret\":\"" + SECRET + "\"";
        String store = more.contains("\"store\"") ? "" : ",\"store\":{\"table\":\"" + table + "\"}";
        return apps.app((secret + store + more).substring(1));
    }

    String table() {
        return table;
    }

    /** The node that the applications on Undertow are on. */
    StoreNode node() {
        return node;
    }

    /** Starts another node on the table, whose cache has more options. */
    StoreNode node(UnaryOperator<DynamoDbConfiguration.Builder<String, StoredSession>> options) {
        StoreNode other = StoreNode.with(
                table, Clock.systemUTC(), builder -> options.apply(builder.set(Option.FORMAT, "connect")));
        running.push(other::close);
        return other;
    }

    Side undertow(UndertowSide.Way way) throws Exception {
        return undertow(
                way, node.manager(), ExpressSessionConfig.builder(SECRET).build());
    }

    Side undertow(UndertowSide.Way way, SessionConfig cookie) throws Exception {
        return undertow(way, node.manager(), cookie);
    }

    Side undertow(UndertowSide.Way way, JCacheSessionManager.Builder manager, SessionConfig cookie) throws Exception {
        UndertowSide side = way.start(manager, cookie);
        running.push(side::close);
        return side;
    }

    /** The id of a browser's session, as its cookie says. */
    static String idOf(Browser browser) {
        String value = URLDecoder.decode(browser.cookie(COOKIE).orElseThrow(), StandardCharsets.UTF_8);
        return value.substring("s:".length(), value.indexOf('.'));
    }

    /** Returns the item of a browser's session; empty when there is none. */
    Map<String, AttributeValue> item(Browser browser) {
        return items.get(PREFIX + idOf(browser));
    }

    void put(Browser browser, Map<String, AttributeValue> attributes) {
        items.put(PREFIX + idOf(browser), attributes);
    }

    List<Map<String, AttributeValue>> all() {
        return items.all(PREFIX);
    }

    @Override
    public void close() {
        running.forEach(Runnable::run);
    }
}
