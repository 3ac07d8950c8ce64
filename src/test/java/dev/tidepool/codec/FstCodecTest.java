package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What only FST can do or fail to do: save bytes, let go, share objects with what is embedded, and start. */
final class FstCodecTest {

    private final Codec fst = TestCodec.FST.permissive();
    private final Codec jdk = TestCodec.JDK.permissive();

    @Test
    void encode_session_takesLessThanHalfTheBytes() {
        assertThat(ratio(fst, SampleSession.plain())).isLessThanOrEqualTo(0.45);
        assertThat(ratio(fst, SampleSession.versioned())).isLessThanOrEqualTo(0.52);
    }

    @Test
    void write_sessionCompressed_takesLessThanAThirdOfTheBytes() {
        ValueFormat format = new ValueFormat(fst, List.of());
        for (Object session : List.of(SampleSession.plain(), SampleSession.versioned())) {
            double bytes = format.write(session).length;
            assertThat(bytes / jdk.encode(session).length).isLessThanOrEqualTo(0.30);
        }
    }

    @Test
    void encode_value_isNotRetained() {
        List<byte[]> bytes = new ArrayList<>();
        WeakReference<Object> written = encoded(bytes);
        WeakReference<Object> read = new WeakReference<>(fst.decode(bytes.get(0)));
        assertThat(isCollected(written)).isTrue();
        assertThat(isCollected(read)).isTrue();
        assertThat(fst.decode(bytes.get(0))).isInstanceOf(Samples.Holder.class);
    }

    @Test
    void codec_unreachable_letsGoOfTheClassLoader() throws Exception {
        WeakReference<ClassLoader> loader = useOtherLoader();
        assertThat(isCollected(loader)).isTrue();
    }

    @Test
    void decode_objectInsideAndOutsideOfStream_isOneObject() {
        Samples.Holder shared = new Samples.Holder("x");
        List<Object> value = new ArrayList<>(List.of(new OddSamples.Hooked("a", shared), shared));
        List<?> read = (List<?>) fst.decode(fst.encode(value));
        assertThat(((OddSamples.Hooked) read.get(0)).other()).isSameAs(read.get(1));
    }

    @Test
    void decode_ringThroughStream_isRestored() {
        List<Object> ring = new ArrayList<>();
        ring.add(new OddSamples.Hooked("a", ring));
        List<?> read = (List<?>) fst.decode(fst.encode(ring));
        assertThat(((OddSamples.Hooked) read.get(0)).other()).isSameAs(read);
    }

    /** The hash code of a set in sets in sets, each twice, takes as long as there are ways down. */
    @Test
    void decode_setsInSets_isRefused() {
        byte[] bomb = fst.encode(lists(28));
        for (int i = 0; i < bomb.length; i++) {
            if (bomb[i] == ContainerType.ARRAY_LIST.tag()) {
                bomb[i] = (byte) ContainerType.HASH_SET.tag();
            }
        }
        CodecException e = catchThrowableOfType(CodecException.class, () -> fst.decode(bomb));
        assertThat(e).isNotNull().hasMessageContaining("nested");
        assertThat(e.reason()).isEqualTo(CodecException.Reason.CORRUPT);
    }

    /** As the JDKs to come will be started. */
    @Test
    void create_unsafeDenied_worksAndWarnsOfNothing() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "the flags came with JDK 23 and 24");
        assertThat(start("--sun-misc-unsafe-memory-access=deny", "--illegal-native-access=deny"))
                .isEqualTo("fst started, and read what it wrote; then jdk wrote and read [1]; fst read true");
    }

    @Test
    void create_onThisJvm_needsNoFlagAndWarnsOfNothing() throws Exception {
        assertThat(start())
                .isEqualTo("fst started, and read what it wrote; then jdk wrote and read [1]; fst read true");
    }

    @Test
    void create_runtimeWithoutItsModule_namesModuleAndOtherCodec() throws Exception {
        assertThat(start("--limit-modules", "java.se"))
                .contains("module jdk.unsupported")
                .contains("codec=jdk")
                .endsWith("then jdk wrote and read [1]; codec fst not available here");
    }

    /** In the set as soon as it is read: hash codes need the fields that have been read so far. */
    @Test
    void decode_objectInSetOfItsOwn_isFoundThere() {
        OddSamples.Peer peer = new OddSamples.Peer("anna");
        peer.add(peer);
        peer.add(new ArrayList<>(List.of(peer.circle())));
        OddSamples.Peer read = (OddSamples.Peer) fst.decode(fst.encode(peer));
        assertThat(read.peers()).contains(read, List.of(read.circle()));
    }

    private WeakReference<Object> encoded(List<byte[]> into) {
        Object value = new Samples.Holder(new ArrayList<>(List.of("x")));
        into.add(fst.encode(value));
        return new WeakReference<>(value);
    }

    private double ratio(Codec codec, Object value) {
        return (double) codec.encode(value).length / jdk.encode(value).length;
    }

    /** Returns lists in lists, each holding the next twice, and an equal one that is another. */
    private static Object lists(int depth) {
        List<Object> left = new ArrayList<>(List.of("x"));
        List<Object> right = new ArrayList<>(List.of("y"));
        for (int i = 0; i < depth; i++) {
            List<Object> nextLeft = new ArrayList<>(List.of(left, right));
            List<Object> nextRight = new ArrayList<>(List.of(left, right, "z"));
            left = nextLeft;
            right = nextRight;
        }
        return left;
    }

    private static WeakReference<ClassLoader> useOtherLoader() throws Exception {
        URL classes = FstCodecTest.class.getProtectionDomain().getCodeSource().getLocation();
        URL library = FstCodec.class.getProtectionDomain().getCodeSource().getLocation();
        ClassLoader shared = new Only("dev.tidepool.codec.Samples", new URL[] {classes, library});
        Class<?> holder = Class.forName("dev.tidepool.codec.Samples$Holder", true, shared);
        var constructor = holder.getDeclaredConstructor(Object.class);
        constructor.setAccessible(true);
        Codec codec = new FstCodec(shared, Samples.permissive());
        Object read = codec.decode(codec.encode(constructor.newInstance("x")));
        assertThat(read).hasSameClassAs(constructor.newInstance("x"));
        assertThat(read.getClass()).isNotSameAs(Samples.Holder.class);
        return new WeakReference<>(shared);
    }

    /** The collector need not find everything at once. */
    private static boolean isCollected(WeakReference<?> reference) {
        for (int i = 0; i < 50 && reference.get() != null; i++) {
            System.gc();
        }
        return reference.get() == null;
    }

    /** Returns all that the program prints, the JVM's warnings among it. */
    private static String start(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(options));
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Start.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /** Loads some classes itself, though its parent has them too. */
    private static final class Only extends URLClassLoader {
        private final String prefix;

        Only(String prefix, URL[] urls) {
            super(urls, FstCodecTest.class.getClassLoader());
            this.prefix = prefix;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded == null && name.startsWith(prefix)) {
                    loaded = findClass(name);
                }
                return loaded == null ? super.loadClass(name, resolve) : loaded;
            }
        }
    }

    /** The program of another JVM: starts FST twice, then uses the other codec, and reads what FST wrote. */
    static final class Start {

        private Start() {}

        public static void main(String[] arguments) {
            boolean started = true;
            String failure = "";
            for (int i = 0; i < 2; i++) {
                try {
                    roundTrip(TestCodec.FST.permissive());
                } catch (IllegalStateException e) {
                    started = false;
                    failure = String.valueOf(e.getMessage());
                }
            }
            System.out.print(
                    (started ? "fst started, and read what it wrote" : failure) + "; then jdk wrote and read ");
            Codec jdk = TestCodec.JDK.permissive();
            System.out.print(jdk.decode(jdk.encode(new ArrayList<>(List.of(1)))) + "; ");
            try {
                List<Codec> others = started ? List.of(TestCodec.FST.permissive()) : List.of();
                byte[] ofFst = Frame.write(FstCodec.ID, new byte[] {1, Tag.TRUE}, 0);
                System.out.print("fst read " + new ValueFormat(jdk, others).read(ofFst));
            } catch (CodecException e) {
                String message = String.valueOf(e.getMessage());
                System.out.print(message.substring(message.lastIndexOf(';') + 1).strip());
            }
        }

        private static void roundTrip(Codec fst) {
            for (Object value : List.of(
                    new Samples.Holder(List.of("x")),
                    new Samples.User("anna", 3, Instant.ofEpochSecond(5)),
                    new OddSamples.Finals(7, List.of(8)),
                    new OddSamples.Hooked("a", Samples.Color.GREEN))) {
                Object read = fst.decode(fst.encode(value));
                if (!read.equals(value)) {
                    throw new IllegalStateException(value + " was read as " + read);
                }
            }
        }
    }
}
