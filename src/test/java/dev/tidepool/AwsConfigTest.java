package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

final class AwsConfigTest {
    /** Everything in the bad examples is made of these, so that any trace of an example is seen. */
    private static final String[] SECRETS = {"AKIAHIDDEN", "hush"};

    /** JSON that is none, and what must be said of it. */
    static final List<Arguments> BAD = List.of(
            bad("empty", "", "no JSON object"),
            bad("blank", " \n", "no JSON object"),
            bad("words", "AKIAHIDDEN hush", "no JSON (line 1, column 1"),
            bad("unquotedName", "{hush: \"AKIAHIDDEN\"}", "no JSON (line 1"),
            bad("unclosed", "{\"accessKeyId\": \"AKIAHIDDEN\",\n\"secretAccessKey\": \"hush\"", "no JSON (line 2"),
            bad("unclosedText", "{\"accessKeyId\": \"AKIAHIDDEN", "no JSON"),
            bad("controlCharacter", "{\"secretAccessKey\": \"hush\nhush\"}", "no JSON"),
            bad("text", "\"AKIAHIDDEN hush\"", "no JSON object"),
            bad("array", "[\"AKIAHIDDEN\", \"hush\"]", "no JSON object"),
            bad("null", "null", "no JSON object"),
            bad("unknownName", "{\"hush\": \"AKIAHIDDEN\"}", "another name than [accessKeyId, secretAccessKey,"),
            bad("nameInAnotherCase", "{\"accesskeyid\": \"AKIAHIDDEN\"}", "another name than"),
            bad("number", "{\"region\": 4711}", "region is no text"),
            bad("nullValue", "{\"sessionToken\": null}", "sessionToken is no text"),
            bad("object", "{\"accessKeyId\": {\"hush\": \"AKIAHIDDEN\"}}", "accessKeyId is no text"),
            bad(
                    "twice",
                    "{\"accessKeyId\": \"AKIAHIDDEN\", \"secretAccessKey\": \"hush\", \"accessKeyId\": \"hush\"}",
                    "accessKeyId is there twice"),
            bad("trailingObject", "{} {\"hush\": \"AKIAHIDDEN\"}", "something follows"),
            bad("trailingWords", "{} hush", "no JSON (line 1"),
            bad("idAlone", "{\"accessKeyId\": \"AKIAHIDDEN\"}", "secretAccessKey is missing"),
            bad("secretAlone", "{\"secretAccessKey\": \"hush\"}", "accessKeyId is missing"),
            bad("tokenAlone", "{\"sessionToken\": \"hush\"}", "missing beside sessionToken"),
            bad("emptyId", "{\"accessKeyId\": \"\", \"secretAccessKey\": \"hush\"}", "accessKeyId is empty"),
            bad("emptySecret", "{\"accessKeyId\": \"AKIAHIDDEN\", \"secretAccessKey\": \" \"}", "secretAccessKey is"),
            bad(
                    "emptyToken",
                    "{\"accessKeyId\": \"AKIAHIDDEN\", \"secretAccessKey\": \"hush\", \"sessionToken\": \"\"}",
                    "sessionToken is empty"),
            bad("emptyRegion", "{\"region\": \"\"}", "region is empty"),
            bad("endpointWithoutScheme", "{\"endpoint\": \"AKIAHIDDEN:8000\"}", "URL"),
            bad("endpointOfAnotherScheme", "{\"endpoint\": \"ftp://hush\"}", "URL"),
            bad("endpointThatIsNoUri", "{\"endpoint\": \"http://AKIAHIDDEN hush\"}", "URL"));

    @TempDir
    private Path directory;

    private static Arguments bad(String name, String json, String said) {
        return Arguments.argumentSet(name, json, said);
    }

    @Test
    void json_all_isRead() {
        assertThat(AwsConfig.json("""
                        {
                          "accessKeyId": "AKIAEXAMPLE", "secretAccessKey": "wJa/+=", "sessionToken": "tok\\u0065n",
                          "region": "eu-central-1", "endpoint": "https://dynamodb.example:8000"
                        }
                        """))
                .isEqualTo(new AwsConfig(
                        "AKIAEXAMPLE", "wJa/+=", "token", "eu-central-1", URI.create("https://dynamodb.example:8000")));
    }

    @Test
    void json_nothing_hasNothing() {
        assertThat(AwsConfig.json("{}")).isEqualTo(new AwsConfig(null, null, null, null, null));
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void parse_badJson_saysWhyAndShowsNothingOfIt(String json, String said) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Option.AWS_CONFIG_JSON.parse(json))
                .withMessageContaining("'awsConfigJson'")
                .withMessageContaining(said)
                .satisfies(AwsConfigTest::assertHidesSecrets);
    }

    @ParameterizedTest
    @FieldSource("BAD")
    void parse_fileOfBadJson_saysWhyAndShowsNothingOfItsContent(String json, String said) throws IOException {
        Path file = Files.writeString(directory.resolve("aws.json"), json);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Option.AWS_CONFIG_PATH.parse(file.toString()))
                .withMessageContaining("'awsConfigPath'")
                .withMessageContaining(said)
                .satisfies(AwsConfigTest::assertHidesSecrets);
    }

    /** Message, causes and suppressed exceptions: all that a log shows. */
    static void assertHidesSecrets(Throwable failure) {
        StringWriter log = new StringWriter();
        failure.printStackTrace(new PrintWriter(log, true));
        assertThat(log.toString()).contains("Option").doesNotContainIgnoringCase(SECRETS);
    }

    @Test
    void parse_file_isReadOnceAsUtf8() throws IOException {
        Path file = Files.writeString(directory.resolve("with space.json"), "{\"region\": \"eu-ключ-1\"}");

        AwsConfig config = Option.AWS_CONFIG_PATH.parse(" " + file + "\n");
        Files.delete(file);

        assertThat(config).isEqualTo(new AwsConfig(null, null, null, "eu-ключ-1", null));
    }

    @Test
    void parse_fileThatIsNotThere_namesOptionAndWhy() {
        assertUnreadable(directory.resolve("missing.json"), "NoSuchFileException");
    }

    @Test
    void parse_directory_namesOptionAndWhy() {
        assertUnreadable(directory, "IOException");
    }

    @Test
    void parse_fileThatIsNotUtf8_namesOptionAndWhy() throws IOException {
        assertUnreadable(
                Files.write(
                        directory.resolve("latin.json"), "{\"region\": \"é\"}".getBytes(StandardCharsets.ISO_8859_1)),
                "MalformedInputException");
    }

    private static void assertUnreadable(Path file, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Option.AWS_CONFIG_PATH.parse(file.toString()))
                .withMessageContaining("'awsConfigPath'")
                .withMessageContaining("cannot be read (" + why + ")");
    }

    @Test
    void constructor_endpointThatIsNoHttpUrl_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AwsConfig(null, null, null, null, URI.create("ftp://localhost")))
                .withMessageContaining("URL");
    }

    @Test
    void toString_credentials_tellsThatThereAreAndNoMore() {
        assertThat(new AwsConfig("AKIAHIDDEN", "hush", "hush-token", "eu-central-1", null))
                .asString()
                .contains("credentials given", "eu-central-1")
                .doesNotContain(SECRETS);
        assertThat(new AwsConfig(null, null, null, "eu-central-1", null))
                .asString()
                .contains("credentials not given");
    }
}
