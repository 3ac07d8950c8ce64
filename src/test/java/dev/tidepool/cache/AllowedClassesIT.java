package dev.tidepool.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tidepool.DynamoDbLocal;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the classes that a cache may store can be listed, and what is said of one that is on no list. */
@ExtendWith(DynamoDbLocal.class)
final class AllowedClassesIT {
    private static final String ALLOW = "tidepool.allow";
    private static final String ALLOW_USERS = "tidepool.cache.users.allow";

    private final Node node = Node.start();
    private final String table = Node.freshTable();
    private final Properties given = new Properties();

    @TempDir
    private Path folder;

    private record First(int number) implements Serializable {}

    private record Second(int number) implements Serializable {}

    private record Third(int number) implements Serializable {}

    private record Fourth(int number) implements Serializable {}

    @BeforeEach
    void connect() {
        given.put("tidepool.client", node.client());
        given.put("tidepool.clock", node.clock());
    }

    @AfterEach
    void closeNode() {
        node.close();
    }

    @Test
    void put_classOfAnyList_isStored() throws IOException {
        write(ALLOW + "=" + First.class.getName(), ALLOW_USERS + "=" + Second.class.getName());
        given.put(ALLOW, Third.class.getName());
        Cache<Object, Object> cache = users(builder -> builder.allow(Fourth.class.getName()));

        for (Object value : List.of(new First(1), new Second(2), new Third(3), new Fourth(4))) {
            cache.put(value, value);
            assertThat(cache.get(value)).isEqualTo(value);
        }
    }

    @Test
    void put_classOfListForAnotherCache_isRefused() throws IOException {
        write("tidepool.cache.orders.allow=" + First.class.getName());
        Cache<Object, Object> cache = users(UnaryOperator.identity());

        assertThatThrownBy(() -> cache.put("key", new First(1))).isInstanceOf(CacheException.class);
    }

    /** The line that the message gives is written as it is, whatever stands in the file before. */
    @ParameterizedTest
    @ValueSource(strings = {"", ALLOW, ALLOW_USERS})
    void put_classOnNoListOfFile_messageHasTheLineAndTheFile(String property) throws IOException {
        write(property.isEmpty() ? "# nothing" : property + "=" + First.class.getName());
        String refusal = refusal(new Second(2), UnaryOperator.identity());

        Matcher advice =
                Pattern.compile("; to allow it, add (\\S+) to (\\S+) \\(").matcher(refusal);
        assertThat(advice.find()).as(refusal).isTrue();
        assertThat(advice.group(1)).isEqualTo((property.isEmpty() ? ALLOW : property) + "=" + Second.class.getName());
        assertThat(advice.group(2)).isEqualTo(file().toUri().toURL().toString());

        write(advice.group(1));
        Cache<Object, Object> cache = users(UnaryOperator.identity());
        cache.put("key", new Second(2));
        cache.put(new Second(2), property.isEmpty() ? "" : new First(1));
    }

    @Test
    void put_classOnNoListOfManagersProperties_namesThem() throws IOException {
        write(ALLOW + "=" + First.class.getName());
        given.put(ALLOW_USERS, Third.class.getName());

        assertThat(refusal(new Second(2), UnaryOperator.identity()))
                .contains("add " + ALLOW_USERS + "=" + Second.class.getName()
                        + " to the properties of the cache manager (");
    }

    @Test
    void put_classOnNoListOfBuilder_namesItAndTheCall() throws IOException {
        write(ALLOW + "=" + First.class.getName());

        assertThat(refusal(new Second(2), builder -> builder.allow(Third.class.getName())))
                .contains("add allow(\"" + Second.class.getName()
                        + "\") to the DynamoDbConfiguration of cache 'users' (");
    }

    @Test
    void put_classOnNoListAtAll_namesTheFileThatCouldBe() {
        Cache<Object, Object> cache = node.cache("users", configuration());

        assertThatThrownBy(() -> cache.put("key", new First(1)))
                .hasMessageContaining(
                        "add " + ALLOW + "=" + First.class.getName() + " to tidepool.properties on the class path (");
    }

    @Test
    void put_keyOnNoList_namesPlaceAsForValues() {
        Cache<Object, Object> cache = node.cache("users", configuration().allow(First.class.getName()));

        assertThatThrownBy(() -> cache.put(new Second(2), "value"))
                .hasMessageContaining("a key of class")
                .hasMessageContaining("add allow(\"" + Second.class.getName() + "\") to the");
    }

    private String refusal(Object value, UnaryOperator<DynamoDbConfiguration.Builder<Object, Object>> change) {
        Cache<Object, Object> cache = users(change);
        CacheException refusal = catchThrowableOfType(CacheException.class, () -> cache.put("key", value));
        cache.close();
        cache.getCacheManager().close();
        return String.valueOf(refusal.getMessage());
    }

    private Cache<Object, Object> users(UnaryOperator<DynamoDbConfiguration.Builder<Object, Object>> change) {
        return node.provider()
                .getCacheManager(file().toUri(), AllowedClassesIT.class.getClassLoader(), given)
                .createCache("users", change.apply(configuration()).build());
    }

    private DynamoDbConfiguration.Builder<Object, Object> configuration() {
        return DynamoDbConfiguration.builder(Object.class, Object.class).table(table);
    }

    private Path file() {
        return folder.resolve("mine.properties");
    }

    private void write(String... lines) throws IOException {
        Files.write(file(), List.of(lines), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
