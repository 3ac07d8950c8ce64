package dev.tidepool.codec;

import java.io.Serial;
import java.io.Serializable;
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
            Deserialization.constructorOf(Trial.class);
            FieldSlot.of(Trial.class.getDeclaredField("content"), -1);
            FstCoders coders = new FstCoders(new Bare());
            coders.giveBack(coders.output());
            coders.giveBack(coders.input());
            return coders;
        } catch (LinkageError | RuntimeException | ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "codec fst cannot run on this JVM: it needs the module jdk.unsupported in the Java runtime, and"
                            + " fast-serialization (de.ruedigermoeller:fst) on the class path; add what is missing,"
                            + " or set codec=jdk",
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

    /** A configuration without FST's own registrations, which need the insides of the JDK. */
    private static final class Bare extends FSTConfiguration {
        Bare() {
            super(null);
        }
    }

    /** What the trial is made on. */
    private static final class Trial implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        @SuppressWarnings("unused") // for its name
        private String content = "";
    }
}
