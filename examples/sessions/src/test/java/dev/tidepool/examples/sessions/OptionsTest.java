package dev.tidepool.examples.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTest {
    @Test
    void parse_withoutArguments_isTheDemonstration() {
        assertEquals(new Options(true, 8080, null, "sessions", false, false, "node", false), Options.parse());
    }

    @Test
    void parse_argumentsOfANode_areTaken() {
        Options options = Options.parse(
                "--port", "0", "--endpoint", "http://127.0.0.1:8000", "--table", "shop", "--name", "A", "--servlet");

        assertEquals(
                new Options(false, 0, URI.create("http://127.0.0.1:8000"), "shop", true, false, "A", false), options);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--port",
                "--port -1",
                "--port 65536",
                "--port eighty",
                "--endpoint nowhere",
                "--endpoint http:// x",
                "--endpoint ftp://127.0.0.1",
                "--endpoint http://127.0.0.1 --store memory",
                "--endpoint http://127.0.0.1 --demo",
                "--table a",
                "--table sessions --demo",
                "--store disk",
                "--name",
                "--prot 1",
                "8080"
            })
    void parse_badArgument_isNamed(String line) {
        String[] arguments = line.split(" ", -1);

        String message = assertThrows(IllegalArgumentException.class, () -> Options.parse(arguments))
                .getMessage();

        assertTrue(message.startsWith(arguments[0] + ": "), message);
    }
}
