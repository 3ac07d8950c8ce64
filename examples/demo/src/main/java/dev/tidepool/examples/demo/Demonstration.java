package dev.tidepool.examples.demo;

import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs one of the other examples for {@code mvn -Pdemo}, in a JVM of its own. This class is in Maven's, and ends that
 * one with the status of the example: it has said why, and Maven would add a stack trace.
 */
public final class Demonstration {
    private static final Pattern PORT = Pattern.compile("-D(\\S*[.]port)=(.*)");
    private static final int HIGHEST_PORT = 65535;

    private Demonstration() {}

    /**
     * Runs an example to its end.
     *
     * @param arguments what starts a JVM: the path of its program, its flags, a class, arguments. Flags whose names end
     *     in {@code port} are ports that must be free.
     */
    public static void main(String[] arguments) throws Exception {
        List<String> given = List.of(arguments);
        for (String argument : given) {
            String refusal = refusal(argument);
            if (refusal != null) {
                System.err.println(refusal);
                System.exit(1);
            }
        }
        Process example = new ProcessBuilder(command(given))
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int status = example.waitFor();
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Why a port cannot be listened on; null for one that can, and for what is not a port. */
    private static String refusal(String argument) throws IOException {
        Matcher port = PORT.matcher(argument);
        if (!port.matches()) {
            return null;
        }
        String number = port.group(2);
        if (!number.matches("\\d{1,5}") || Integer.parseInt(number) > HIGHEST_PORT) {
            return argument + ": not a port from 0 to " + HIGHEST_PORT;
        }
        try {
            new ServerSocket(Integer.parseInt(number), 1, InetAddress.getLoopbackAddress()).close();
            return null;
        } catch (BindException e) {
            return argument + ": another process listens there, choose another port with -D" + port.group(1) + "=...";
        }
    }

    private static List<String> command(List<String> given) throws URISyntaxException {
        int first = 1;
        while (given.get(first).startsWith("-")) {
            first++;
        }
        List<String> command = new ArrayList<>(given.subList(0, first));
        command.addAll(List.of("-classpath", classPath(), OwnJvm.class.getName()));
        command.addAll(given.subList(first, given.size()));
        return command;
    }

    /** That of the tests: Maven loads this class with it. */
    private static String classPath() throws URISyntaxException {
        List<String> path = new ArrayList<>();
        for (URL element : ((URLClassLoader) Demonstration.class.getClassLoader()).getURLs()) {
            path.add(Path.of(element.toURI()).toString());
        }
        return String.join(File.pathSeparator, path);
    }
}
