package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of options that are wrong: once, with what was meant, and without a secret. */
final class OptionMessagesTest {
    private static final String SECRETS = "{\"accessKeyId\": \"AKIAHIDDEN\", \"secretAccessKey\": \"hush\"}";

    @TempDir
    private Path directory;

    private final Properties given = new Properties();

    @ParameterizedTest
    @CsvSource({
        "tidepool.tabel, tidepool.table",
        "tidepool.Table, tidepool.table",
        "tidepool.consistantRead, tidepool.consistentReads",
        "tidepool.read_capacity_units, tidepool.readCapacityUnits",
        "tidepool.secret.keys, tidepool.secretKeys",
        "tidepool.awsConfigJSN, tidepool.awsConfigJson",
        "tidepool.cache.users.tabel, tidepool.cache.users.table",
        "tidepool.cache.com.acme.User.tabel, tidepool.cache.com.acme.User.table",
        "tidepool.users.table, tidepool.cache.users.table",
        "tidepool.com.acme.User.table, tidepool.cache.com.acme.User.table",
        "tidepool.caches.users.table, tidepool.cache.users.table",
        "tidepool.Cache.users.table, tidepool.cache.users.table"
    })
    void load_unknownOption_proposesNearestAndNoOther(String name, String meant) {
        given.setProperty(name, "users");

        assertThat(failure())
                .hasMessageContaining("'" + name + "'")
                .hasMessageEndingWith("; did you mean '" + meant + "'?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool.ttl", "tidepool.eviction", "tidepool.cache.users.heapEntries", "tidepool."})
    void load_unknownOptionLikeNone_proposesNone(String name) {
        given.setProperty(name, "users");

        assertThat(failure())
                .hasMessageContaining("'" + name + "'")
                .hasMessageNotContaining("did you mean")
                .hasMessageNotContaining("hashKey");
    }

    @ParameterizedTest
    @CsvSource({
        "table, tidepool.table",
        "Tidepool.table, tidepool.table",
        "tidepol.tabel, tidepool.table",
        "cache.users.table, tidepool.cache.users.table"
    })
    void load_nameWithoutPrefixInFile_proposesNearest(String name, String meant) throws IOException {
        Path file = Files.writeString(directory.resolve("mine.properties"), name + "=users");

        assertThat(failure(file.toUri()))
                .hasMessageContaining("'" + name + "'")
                .hasMessageEndingWith("; did you mean '" + meant + "'?");
    }

    /** Name and value of an option, and the reason why it cannot be that. */
    static final List<Arguments> BAD = List.of(
            Arguments.of("consistentReads", "yes", "it is true or false"),
            Arguments.of("table", "no table", "a table's name has 3 to 255"),
            Arguments.of("readCapacityUnits", "many", "it is a whole number"),
            Arguments.of("maxConnections", "4294967297", "integer overflow"),
            Arguments.of("endpoint", "http://two words", "Illegal character"),
            Arguments.of("callTimeout", "999999999999999999h", "it is too long"),
            Arguments.of("specialKeys", "userId:TEXT", "the type of a special key is"),
            Arguments.of("expiry", "created:soon", "it is a time such as"),
            Arguments.of("client", "com.acme.Clients", "it is an object"),
            Arguments.of("awsConfigPath", "/no/such.json", "cannot be read"),
            Arguments.of("awsConfigJson", "{\"region\"}", "it is no JSON"));

    @ParameterizedTest
    @FieldSource("BAD")
    void load_badValue_isSaidOnceDownTheCauses(String option, String value, String reason) {
        given.setProperty("tidepool." + option, value);

        String said = printed(failure());
        assertThat(said).containsOnlyOnce("'" + option + "'").containsOnlyOnce(reason);
        assertThat(said.split(Pattern.quote(value), -1)).as(said).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void load_jsonGivenAsPath_saysWhichOptionItIsForAndNothingOfIt() {
        given.setProperty("tidepool.awsConfigPath", SECRETS);

        assertHidden(failure());
        assertThat(failure()).hasMessageContaining("'awsConfigPath'").hasMessageContaining("'awsConfigJson'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"aws.json", "no\0path"})
    void load_pathOfNoFile_isNotShown(String path) {
        given.setProperty("tidepool.awsConfigPath", directory + "/AKIAHIDDEN/" + path);

        assertHidden(failure());
    }

    @ParameterizedTest
    @ValueSource(strings = {"unreadable as JSON", "{\"accessKeyId\": \"AKIAHIDDEN\"}"})
    void load_fileOfBadJson_showsNeitherItsNameNorItsContent(String content) throws IOException {
        Path file = Files.writeString(directory.resolve("AKIAHIDDEN.json"), content);
        given.setProperty("tidepool.awsConfigPath", file.toString());

        assertHidden(failure());
    }

    /** A property is a line, and the others of a text are taken for names. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\n  \"accessKeyId\": \"AKIAHIDDEN\",\n  \"secretAccessKey\": \"hush\"\n}",
                "{ \\\n  \"accessKeyId\": \n  \"AKIAHIDDEN\", \"secretAccessKey\":\n  \"hush\"\n}",
                "\n\"hush\"",
                "\n{\"hush\"}"
            })
    void load_jsonOnSeveralLinesOfFile_saysHowToWriteItAndNothingOfIt(String json) throws IOException {
        Path file = Files.writeString(directory.resolve("mine.properties"), "tidepool.awsConfigJson=" + json);

        IllegalArgumentException failure = failure(file.toUri());

        assertHidden(failure);
        assertThat(failure).hasMessageContaining("mine.properties").hasMessageContaining("backslash");
    }

    @ParameterizedTest
    @ValueSource(strings = {"endpoint", "table", "expiry", "maxConnections", "specialKeys", "hashKey", "format"})
    void load_secretsGivenToAnotherOption_areNotShown(String option) {
        given.setProperty("tidepool." + option, SECRETS.repeat(9));

        assertHidden(failure());
    }

    @Test
    void load_secretsGivenToAnUnknownOption_areNotShown() {
        given.setProperty("tidepool.awsConfig", SECRETS);

        assertHidden(failure());
    }

    private static void assertHidden(Throwable failure) {
        assertThat(printed(failure)).doesNotContainIgnoringCase("hush").doesNotContain("AKIAHIDDEN");
    }

    private static String printed(Throwable failure) {
        StringWriter log = new StringWriter();
        failure.printStackTrace(new PrintWriter(log, true));
        return log.toString();
    }

    private IllegalArgumentException failure() {
        return failure(URI.create("messages"));
    }

    private IllegalArgumentException failure(URI uri) {
        IllegalArgumentException failure = catchThrowableOfType(
                IllegalArgumentException.class,
                () -> ManagerSettings.load(uri, ClassLoader.getPlatformClassLoader(), given));
        assertThat(failure).isNotNull();
        return failure;
    }
}
