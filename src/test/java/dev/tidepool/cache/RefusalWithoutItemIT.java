package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import javax.cache.Cache;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a node concludes of a server from a condition that failed without an item. */
@ExtendWith(DynamoDbLocal.class)
final class RefusalWithoutItemIT {
    private static final String KEY = "key";
    private static final String WARNING = "does not return the item";

    private final String table = Node.freshTable();
    private final List<SteeredTransport> transports = new ArrayList<>();
    private final Node node = Node.over(server -> {
        SteeredTransport transport = new SteeredTransport(server);
        transports.add(transport);
        return transport;
    });
    private final Node other = Node.start();
    private final Cache<String, String> cache = cacheOf(node);
    private final Cache<String, String> theirs = cacheOf(other);

    private Cache<String, String> cacheOf(Node of) {
        return of.cache(
                "cache",
                DynamoDbConfiguration.builder(String.class, String.class).table(table));
    }

    @AfterEach
    void stop() {
        node.close();
        other.close();
    }

    /** The other node writes the entry after the refusal, and before the read that looks for what refused. */
    private void writtenBeforeTheNextRead() {
        transports.get(0).before(operation -> {
            if (operation.equals("GetItem")) {
                transports.get(0).before(any -> true);
                theirs.put(KEY, "theirs");
            }
            return true;
        });
    }

    /** A change that is refused as there is no entry. */
    private record Refused(String name, BiFunction<RefusalWithoutItemIT, Cache<String, String>, Object> call) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Refused> changes() {
        return Stream.of(
                new Refused("replace if equal", (test, cache) -> {
                    test.writtenBeforeTheNextRead();
                    return cache.replace(KEY, "old", "new");
                }),
                new Refused("remove if equal", (test, cache) -> {
                    test.writtenBeforeTheNextRead();
                    return cache.remove(KEY, "old");
                }),
                new Refused("invoke", (test, cache) -> {
                    test.theirs.put(KEY, "old");
                    return cache.invoke(KEY, (entry, none) -> {
                        if (entry.getValue().equals("old")) {
                            test.theirs.remove(KEY);
                            test.writtenBeforeTheNextRead();
                            entry.setValue("new");
                        }
                        return false;
                    });
                }));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void change_refusedAndEntryWrittenBeforeItIsRead_isNoReasonToWarn(Refused change) {
        try (CapturedLog log = new CapturedLog()) {
            assertThat(change.call.apply(this, cache)).isEqualTo(false);

            assertThat(log.warningsWith(WARNING)).isEmpty();
        }
        assertThat(theirs.get(KEY)).isEqualTo("theirs");
    }

    /** What must be absent is refused only by an item that is there. */
    @Test
    void putIfAbsent_refusedWithoutItem_isReasonToWarnOnce() {
        try (Node lookalike = Node.over(LookalikeTransport::new);
                CapturedLog log = new CapturedLog()) {
            Cache<String, String> hidden = cacheOf(lookalike);
            theirs.put(KEY, "theirs");

            assertThat(hidden.putIfAbsent(KEY, "new")).isFalse();
            assertThat(hidden.putIfAbsent(KEY, "new")).isFalse();

            assertThat(log.warningsWith(WARNING)).hasSize(1);
        }
    }
}
