package dev.tidepool.examples.demo;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/**
 * An example in a JVM that ends with Maven, however that one ends, and so do the nodes that the example has started.
 */
final class OwnJvm {
    private OwnJvm() {}

    /** @param arguments the example's class and its arguments */
    public static void main(String[] arguments) throws Throwable {
        Thread watch = new Thread(OwnJvm::endWithMaven, "end of Maven");
        watch.setDaemon(true);
        watch.start();
        MethodHandles.publicLookup()
                .findStatic(Class.forName(arguments[0]), "main", MethodType.methodType(void.class, String[].class))
                .invokeExact(Arrays.copyOfRange(arguments, 1, arguments.length));
    }

    /** Maven holds the other end of standard input, and says nothing. */
    private static void endWithMaven() {
        try {
            while (System.in.read() >= 0) {
                // Nobody reads it.
            }
        } catch (IOException e) {
            // As good as its end.
        }
        System.exit(1);
    }
}
