package dev.tidepool.codec;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A session through each codec, with and without compression, beside a plain {@code ObjectOutputStream} and
 * {@code ObjectInputStream} in the same run. The allocated bytes are those of {@code -prof gc}:
 *
 * <pre>
 * mvn -Pjmh test-compile exec:exec -Djmh.args="CodecBenchmark -prof gc"
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class CodecBenchmark {

    /** The way of writing: the plain streams, or a codec in its frame. */
    @Param({"stream", "jdk", "jdk+deflate", "fst", "fst+deflate"})
    public String codec;

    /**
     * The application's classes: with final fields, with a serialVersionUID as well, without final fields, and records.
     */
    @Param({"plain", "versioned", "beans", "records"})
    public String classes;

    private Map<String, Object> session;
    private ValueFormat format;
    private byte[] encoded;

    /** Encodes the session once, and says how long it became. */
    @Setup
    public void prepare() throws IOException {
        AllowList allowed = AllowList.of(List.of("dev.tidepool.codec.*"));
        ClassLoader loader = getClass().getClassLoader();
        Codec chosen = codec.startsWith("fst") ? new FstCodec(loader, allowed) : new JdkCodec(loader, allowed);
        session = switch (classes) {
            case "versioned" -> SampleSession.versioned();
            case "beans" -> SampleSession.beans();
            case "records" -> SampleSession.records();
            default -> SampleSession.plain();
        };
        format = new ValueFormat(
                chosen, List.of(), codec.endsWith("deflate") ? ValueFormat.COMPRESSED_FROM : Integer.MAX_VALUE);
        encoded = codec.equals("stream") ? stream(session) : format.write(session);
        System.out.println("bytes: " + encoded.length);
    }

    /** Encodes. */
    @Benchmark
    public byte[] encode() throws IOException {
        return codec.equals("stream") ? stream(session) : format.write(session);
    }

    /** Decodes. */
    @Benchmark
    public Object decode() throws IOException, ClassNotFoundException {
        if (codec.equals("stream")) {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(encoded))) {
                return in.readObject();
            }
        }
        return format.read(encoded);
    }

    private static byte[] stream(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(value);
        }
        return bytes.toByteArray();
    }
}
