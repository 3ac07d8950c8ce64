package dev.tidepool.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The texts in the sources of the library, as they are when the parts of an expression are put together. */
final class Messages {
    /** What stands for a part that is known only when the code runs. */
    static final String VARIABLE = "\u2026";

    private static final Path MAIN = Path.of("src/main/java/dev/tidepool");

    /** A literal runs from escape to escape, lest a long one take more stack than there is. */
    private static final Pattern COMMENT_OR_LITERAL =
            Pattern.compile("(?s)/\\*.*?\\*/|//[^\n]*|'(?:\\\\.|[^'\\\\])'|\"([^\"\\\\]*(?:\\\\.[^\"\\\\]*)*)\"");

    private static final Pattern JOINED = Pattern.compile("\\s*\\+\\s*");

    /** Where one expression ends and another begins, outside of texts. */
    private static final Pattern END = Pattern.compile("[;{}?]|->|\\s:\\s");

    private Messages() {}

    static List<Path> sources() {
        try (Stream<Path> files = Files.walk(MAIN)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path source(String name) {
        return sources().stream()
                .filter(file -> file.endsWith(name + ".java"))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no class " + name));
    }

    /** Returns the texts of a source, one for each expression, whose variable parts are {@link #VARIABLE}. */
    static List<String> in(Path source) {
        String code;
        try {
            code = Files.readString(source);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<MatchResult> literals = COMMENT_OR_LITERAL
                .matcher(code)
                .results()
                .filter(match -> match.group(1) != null)
                .toList();
        Stream.Builder<String> texts = Stream.builder();
        StringBuilder text = new StringBuilder();
        int end = 0;
        for (MatchResult literal : literals) {
            String between = code.substring(end, literal.start());
            if (END.matcher(between).find()) {
                texts.add(text.toString());
                text.setLength(0);
            } else if (!JOINED.matcher(between).matches()) {
                text.append(VARIABLE);
            }
            text.append(literal.group(1).translateEscapes());
            end = literal.end();
        }
        return texts.add(text.toString())
                .build()
                .filter(Predicate.not(String::isEmpty))
                .toList();
    }
}
