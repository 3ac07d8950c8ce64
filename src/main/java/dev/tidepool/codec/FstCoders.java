package dev.tidepool.codec;

import java.lang.reflect.Field;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.nustaq.serialization.FSTConfiguration;

/**
 * FST's encoders and decoders, used again and again, whichever thread comes. One that failed in the middle is dropped;
 * one that is kept holds on to no value.
 */
final class FstCoders {

    private static final int KEPT = 16;

    private final FSTConfiguration configuration;
    private final BlockingQueue<FstOutput> outputs = new ArrayBlockingQueue<>(KEPT);
    private final BlockingQueue<FstInput> inputs = new ArrayBlockingQueue<>(KEPT);

    private FstCoders(FSTConfiguration configuration) {
        this.configuration = configuration;
    }

    /**
     * Returns coders, after trying out whether FST can run here.
     *
     * @throws IllegalStateException if it cannot
     */
    static FstCoders start() {
        try {
            tryFields();
            FstCoders coders = new FstCoders(new Bare());
            coders.giveBack(coders.output());
            coders.giveBack(coders.input());
            return coders;
        } catch (LinkageError | RuntimeException | ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "codec fst cannot run on this JVM, because it needs sun.misc.Unsafe: remove"
                            + " --sun-misc-unsafe-memory-access=deny from its options (on JDK 24 and later"
                            + " --sun-misc-unsafe-memory-access=allow permits it), or set codec=jdk",
                    e);
        }
    }

    FstOutput output() {
        FstOutput kept = outputs.poll();
        return kept == null ? new FstOutput(configuration) : kept;
    }

    FstInput input() {
        FstInput kept = inputs.poll();
        return kept == null ? new FstInput(configuration) : kept;
    }

    void giveBack(FstOutput output) {
        if (output.reset()) {
            outputs.offer(output);
        }
    }

    void giveBack(FstInput input) {
        input.release();
        inputs.offer(input);
    }

    private static void tryFields() throws ReflectiveOperationException {
        Field field = Trial.class.getDeclaredField("content");
        Trial trial = new Trial();
        FieldSlot.of(field).set(trial, "set");
        if (!trial.content.equals("set")) {
            throw new IllegalStateException("FST did not set a field");
        }
    }

    /** A configuration without FST's own registrations, which need the insides of the JDK. */
    private static final class Bare extends FSTConfiguration {
        Bare() {
            super(null);
        }
    }

    /** What the trial is made on. */
    private static final class Trial {
        private String content = "";
    }
}
