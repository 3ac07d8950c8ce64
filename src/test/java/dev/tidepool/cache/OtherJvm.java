package dev.tidepool.cache;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of the tests in a JVM of its own. */
public final class OtherJvm {
    /** A JVM that is up soon and leaves the others their share of the machine. */
    public static final List<String> SHORT = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

    private OtherJvm() {}

    /**
     * Runs a program to its end.
     *
     * @param flags of the JVM
     * @return what it has printed
     */
    static String run(Class<?> program, List<String> flags, String... arguments)
            throws IOException, InterruptedException {
        Process process = command(program, flags, arguments)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** What starts a program with the class path of this JVM. */
    public static ProcessBuilder command(Class<?> program, List<String> flags, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(SHORT);
        command.addAll(flags);
        command.addAll(List.of(
                "-Daws.accessKeyId=local",
                "-Daws.secretAccessKey=local",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }
}
