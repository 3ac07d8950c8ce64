package dev.tidepool.examples.sessions;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged jar, started as the README says. */
final class RunningJar implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("http://127[.]0[.]0[.]1:\\d+");

    private final Process process;
    private final URI address;

    /** Returns when the jar has printed its address. */
    RunningJar(String... arguments) throws IOException {
        process = command(arguments)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String ready =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        Matcher found = ADDRESS.matcher(String.valueOf(ready));
        if (!found.find()) {
            process.destroyForcibly();
            throw new IllegalStateException("the jar printed " + ready);
        }
        address = URI.create(found.group());
    }

    static ProcessBuilder command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                Path.of("target", "sessions.jar").toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    URI address() {
        return address;
    }

    /** Ends it so that it can do nothing about it. */
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Ends it as Ctrl-C does. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
