package dev.tidepool.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.cache.Guide;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What sessions cost, as the command reckons it. */
final class CostTest {
    private static final Guide GUIDE = Guide.of("docs/operations.md").section("## Capacity");

    private record Run(int code, String out, String err) {
        static Run of(String arguments) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            int code = Cost.run(
                    arguments.isEmpty() ? List.of() : List.of(arguments.split(" ")),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8));
            return new Run(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        }

        String line(String name) {
            return out.lines()
                    .filter(line -> line.startsWith(name + "  "))
                    .findFirst()
                    .orElseThrow()
                    .substring(name.length())
                    .strip();
        }
    }

    /** As the guide to sessions reckons: 100 pages a second, 20 of them changes, 1,000 people, without their coming. */
    @Test
    void units_ofSiteInGuideToSessions_areThoseOfGuide() {
        Run run = Run.of("--visitors 1000 --pages 6 --logins 0 --visit 1000000000");

        assertThat(Guide.of("docs/sessions.md").text())
                .contains("100 requests per second, of which 20 change")
                .contains("1,000 people", "100 read units and 20 + 1,000 / 60, about 37, write units per second");
        assertThat(run.line("units a second")).isEqualTo("100.0 to read, 36.7 to write");
    }

    /** 10 visitors a second: each begins and ends a session, and logs in. */
    @Test
    void requests_ofVisits_areThoseOfBeginEndAndLogin() {
        Run without = Run.of("--visitors 600 --visit 1 --pages 1 --changing 100 --logins 0");
        Run with = Run.of("--visitors 600 --visit 1 --pages 1 --changing 100 --logins 100");

        assertThat(without.line("requests a second")).isEqualTo("20.0 to read, 30.0 to write");
        assertThat(with.line("requests a second")).isEqualTo("30.0 to read, 60.0 to write");
        assertThat(with.line("sessions at a time")).isEqualTo("18,600");
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1024, 1, 1", "1025, 1, 2", "4096, 1, 4", "4097, 2, 5", "409600, 100, 400"})
    void units_sizeOfItem_areThoseOfDynamoDb(int bytes, int readUnits, int writeUnits) {
        String load = "--visitors 60 --pages 1 --changing 100 --logins 0 --visit 1000000000 --bytes ";

        assertThat(Run.of(load + bytes).line("units a second"))
                .isEqualTo(readUnits + ".0 to read, " + writeUnits + ".0 to write");
    }

    @ParameterizedTest
    @CsvSource({
        "--touch 0, 100.0",
        "--touch 60, 16.7",
        "--touch 5, 100.0",
        "--timeout 30, 16.7",
        "--timeout 10, 33.3",
        "--timeout 0.3, 100.0"
    })
    void accesses_touchInterval_areWrittenOnceInEach(String option, String writes) {
        Run run = Run.of("--visitors 1000 --pages 6 --changing 0 --logins 0 --visit 1000000000 " + option);

        assertThat(run.line("requests a second")).isEqualTo("100.0 to read, " + writes + " to write");
    }

    /** 100 pages a second are 262.8 million in a month. */
    @Test
    void dollars_ofPricesAndHours_areTheirProduct() {
        String load = "--visitors 6000 --pages 1 --changing 100 --logins 0 --visit 1000000000 ";

        assertThat(Run.of(load).line("dollars a month")).isEqualTo("32.85 to read, 164.25 to write, 0.00 stored");
        assertThat(Run.of(load + "--hours 12 --read-price 0.25 --write-price 1").line("dollars a month"))
                .isEqualTo("32.85 to read, 131.40 to write, 0.00 stored");
        assertThat(Run.of("--visitors 1000000 --bytes 973.741824 --storage-price 1")
                        .line("stored"))
                .isEqualTo("4.000 GB");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    '' | --visitors is needed
                    --pages 2 | --visitors is needed
                    --visitors | what follows --visitors is missing
                    --visitors many | --visitors cannot be 'many', but a number above 0
                    --visitors 0 | --visitors cannot be '0', but a number above 0
                    --visitors NaN | --visitors cannot be 'NaN', but a number above 0
                    --visitors 1 --changing 101 | --changing cannot be '101', but a number of 0 or more, at most 100
                    --visitors 1 --bytes 409601 | --bytes cannot be '409601', but a number above 0, at most 409,600
                    --visitors 1 --hours 25 | --hours cannot be '25', but a number above 0, at most 24
                    --visitors 1 --touch -1 | --touch cannot be '-1', but a number of 0 or more
                    --visitors 1 --visitors 2 | --visitors is there twice
                    --visitor 1 | unknown option --visitor
                    1000 | an argument without an option before it
                    """)
    void commandLine_wrong_isToldWithTheWayToHelp(String arguments, String why) {
        Run run = Run.of(arguments);

        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("cost: " + why + " (--help has the options)\n");
        assertThat(run.code()).isEqualTo(2);
    }

    @Test
    void help_asked_hasAllOptions() {
        Run run = Run.of("--help");

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("--visitors", "--pages", "--changing", "--visit", "--logins", "--hours")
                .contains("--bytes", "--timeout", "--touch", "--read-price", "--write-price", "--storage-price");
    }

    /** What help says of a default is what the command takes. */
    @Test
    void defaults_inHelp_areThoseTaken() {
        Matcher found = Pattern.compile("(--[a-z-]+) .*default: ([\\d.]+)\\n")
                .matcher(Run.of("--help").out());
        StringBuilder given = new StringBuilder("--visitors 1000");
        int count = 0;
        while (found.find()) {
            given.append(' ').append(found.group(1)).append(' ').append(found.group(2));
            count++;
        }

        assertThat(count).isEqualTo(10);
        assertThat(Run.of(given.toString()).out())
                .isEqualTo(Run.of("--visitors 1000").out());
    }

    private static Stream<List<String>> rows() {
        return GUIDE.rows().stream().skip(1);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void table_inGuide_isWhatTheCommandSays(List<String> row) {
        String arguments = "--visitors %s --pages %s --bytes %s"
                .formatted(row.get(0), row.get(1), row.get(2))
                .replace(",", "");
        Run run = Run.of(arguments);

        assertThat(run.line("units a second")).isEqualTo(row.get(3) + " to read, " + row.get(4) + " to write");
        assertThat(run.line("in all")).isEqualTo(row.get(5) + " dollars a month");
    }

    @Test
    void output_inGuide_isThatOfTheCommand() {
        List<String> commands = GUIDE.blocks("");
        Matcher command = Pattern.compile("dev\\.tidepool\\.tools\\.Cost (.*)").matcher(commands.get(0));

        assertThat(command.find()).isTrue();
        assertThat(GUIDE.blocks("text"))
                .containsExactly(Run.of(command.group(1)).out());
    }
}
