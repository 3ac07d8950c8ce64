package dev.tidepool.express;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonFieldsTest {
    private static Map<String, String> read(String json) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonFields.read(json.getBytes(UTF_8)).forEach((name, value) -> texts.put(name, new String(value, UTF_8)));
        return texts;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "false",
                "0",
                "-1",
                "1.50",
                "-0.0",
                "1e400",
                "12345678901234567890123456789012345678901234567890",
                "\"\"",
                "\"text\"",
                "\"\\\"}]{,:\\\\\"",
                "\"\\u0000\\ud800\"",
                "\"é 漢 😀\"",
                "[]",
                "[ 1 , [ 2 ] ]",
                "{}",
                "{ \"a\" : { \"b\" : \"}\" } }"
            })
    void read_ofAnyValue_isTextThatStandsThere(String value) throws IOException {
        assertThat(read("{\"a\":" + value + ",\"b\":" + value + "}")).isEqualTo(Map.of("a", value, "b", value));
        assertThat(read(" { \"a\" : " + value + " , \"b\" :\n" + value + "\t}\n"))
                .isEqualTo(Map.of("a", value, "b", value));
    }

    @Test
    void read_ofNames_keepsTheirOrder() throws IOException {
        assertThat(read("{\"z\":1,\"a\":2,\"\":3,\"\\u00e9\":4}").keySet())
                .isEqualTo(new java.util.LinkedHashSet<>(List.of("z", "a", "", "é")));
    }

    @Test
    void read_ofNameThatStandsTwice_isLater() throws IOException {
        assertThat(read("{\"a\":1,\"a\":2}")).isEqualTo(Map.of("a", "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":1",
                "{\"a\":\"x}",
                "{\"a\":[1}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{\"a\":1} x",
                "{\"a\":1}{}",
                "[]",
                "1",
                "\"{}\"",
                "null",
                "undefined"
            })
    void read_ofAnythingElse_isRefusedWithoutQuotingIt(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IOException.class)
                .satisfies(failure -> assertThat(failure.getMessage())
                        .matches("it is JSON, but no object|something follows the object"
                                + "|it is not JSON, from byte -?\\d+ on"));
    }

    /** One attribute that no parser takes must not cost the others. */
    @Test
    void read_beyondLimitsOfParsers_isTextThatStandsThere() throws IOException {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        String name = "n".repeat(60_000);
        String number = "1".repeat(5_000);

        assertThat(read("{\"a\":" + deep + ",\"" + name + "\":" + number + "}"))
                .isEqualTo(Map.of("a", deep, name, number));
    }

    @Test
    void write_ofWhatWasRead_isEqualObject() throws IOException {
        String json = "{\"z\":{\"b\": 1},\"a \\\"\":\"\\u00e9\",\"漢\":[null]}";

        byte[] written = JsonFields.write(JsonFields.read(json.getBytes(UTF_8)));

        assertThat(new String(written, UTF_8)).isEqualTo(json);
    }
}
