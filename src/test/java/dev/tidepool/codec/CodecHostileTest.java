package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.sun.management.ThreadMXBean;
import dev.tidepool.Rounds;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.Secret;
import dev.tidepool.codec.Samples.SecretColor;
import dev.tidepool.codec.Samples.User;
import java.io.ObjectStreamConstants;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects and bytes that must not pass, whichever codec. */
@Tag(Rounds.LONG)
@ParameterizedClass
@EnumSource(TestCodec.class)
final class CodecHostileTest {

    private static final int MUTANTS = Rounds.of(500);
    private static final int TWO_BILLION = 2_000_000_000;
    private static final long MEGABYTE = 1 << 20;

    private final TestCodec kind;
    private final Codec codec;
    private final Codec strict;

    CodecHostileTest(TestCodec kind) {
        this.kind = kind;
        this.codec = kind.permissive();
        this.strict = kind.strict();
    }

    static Stream<Arguments> forbidden() {
        Secret secret = new Secret();
        String name = Secret.class.getName();
        return Stream.of(
                argumentSet("root", secret, name),
                argumentSet("field", new Holder(secret), name),
                argumentSet("array", new Secret[] {secret}, name),
                argumentSet("empty array", new Secret[0], name),
                argumentSet("empty array of arrays", new Holder(new Secret[0][0]), name),
                argumentSet("element of array", new Object[] {secret}, name),
                argumentSet("element of list", List.of(1, secret), name),
                argumentSet("wrapped", Collections.unmodifiableList(new ArrayList<>(List.of(secret))), name),
                argumentSet("value of map", new TreeMap<>(Map.of("a", secret)), name),
                argumentSet("key of map", new HashMap<>(Map.of(secret, "a")), name),
                argumentSet("component of record", new User("anna", 1, secret), name),
                argumentSet("record", new Samples.SecretRecord("x"), Samples.SecretRecord.class.getName()),
                argumentSet("enum", SecretColor.RED, SecretColor.class.getName()),
                argumentSet("enum in set", EnumSet.of(SecretColor.RED), SecretColor.class.getName()),
                argumentSet("type of empty enum set", EnumSet.noneOf(SecretColor.class), SecretColor.class.getName()),
                argumentSet("type of empty enum map", new EnumMap<>(SecretColor.class), SecretColor.class.getName()),
                argumentSet("enum with a body", SecretColor.GREEN, SecretColor.class.getName()),
                argumentSet("class literal", Secret.class, name),
                argumentSet("class literal of array", new Holder(Secret[][].class), name),
                argumentSet("superclass", new Samples.ChildOfSecret(), name),
                argumentSet(
                        "interface of proxy",
                        Samples.proxy(new Samples.Handler(), Samples.Face.class, Samples.SecretFace.class),
                        Samples.SecretFace.class.getName()),
                argumentSet(
                        "handler of proxy",
                        Samples.proxy(new Samples.SecretHandler(), Samples.Face.class),
                        Samples.SecretHandler.class.getName()),
                argumentSet(
                        "class literal of proxy",
                        Samples.proxy(new Samples.Handler(), Samples.SecretFace.class)
                                .getClass(),
                        Samples.SecretFace.class.getName()),
                argumentSet("hidden by its writer and reader", new Samples.Hiding(), name));
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void encode_forbiddenClass_isRefused(Object value, String name) {
        CodecException e = catchThrowableOfType(CodecException.class, () -> strict.encode(value));
        assertRefused(e, name);
    }

    @ParameterizedTest
    @MethodSource("forbidden")
    void decode_forbiddenClass_isRefused(Object value, String name) {
        assertRefused(failure(strict, codec.encode(value)), name);
    }

    @Test
    void decode_forbiddenClass_isNotEvenLoaded() {
        byte[] bytes = codec.encode(new Holder(new Secret()));
        ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                assertThat(name).isNotEqualTo(Secret.class.getName());
                return super.loadClass(name, resolve);
            }
        };
        Codec other = kind.create(loader, AllowList.of(List.of()).plus(Holder.class));
        assertRefused(failure(other, bytes), Secret.class.getName());
    }

    @Test
    void decode_failingReadObject_isCorruptWithoutTheValue() {
        codec.encode(new Samples.Failing(false));
        CodecException e = failure(strict, codec.encode(new Samples.Failing(true)));
        assertThat(e.reason()).isEqualTo(Reason.CORRUPT);
        assertThat(e).hasMessageNotContaining("token").hasCauseInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                0,
                ObjectStreamConstants.TC_NULL,
                ObjectStreamConstants.TC_BLOCKDATA,
                ObjectStreamConstants.TC_ENDBLOCKDATA,
                ObjectStreamConstants.TC_RESET
            })
    void decode_trailingByte_isCorrupt(byte trailing) {
        for (Object value :
                List.of("text", new Holder(1), new HashMap<>(Map.of(1, 2)), new int[1], Samples.Color.RED)) {
            byte[] bytes = codec.encode(value);
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
            longer[bytes.length] = trailing;
            assertThat(failure(codec, longer)).hasMessageContaining("1 bytes after its end");
        }
    }

    @Test
    void decode_onSmallStack_failsCleanly() throws Exception {
        byte[] bytes = codec.encode(Samples.nested(kind.maxDepth()));
        List<Object> outcome = new CopyOnWriteArrayList<>();
        Runnable decode = () -> {
            try {
                outcome.add(codec.decode(bytes));
            } catch (CodecException e) {
                outcome.add(e);
            }
        };
        Thread thread = new Thread(null, decode, "small stack", 180_000);
        thread.start();
        thread.join();
        assertThat(outcome).hasSize(1);
    }

    @Test
    void decode_greatestDepth_fitsStackOfOrdinaryThread() throws Exception {
        byte[] bytes = codec.encode(Samples.nested(kind.maxDepth()));
        List<Object> outcome = new CopyOnWriteArrayList<>();
        Thread thread = new Thread(null, () -> outcome.add(codec.decode(bytes)), "ordinary", 1024 * 1024);
        thread.start();
        thread.join();
        assertThat(outcome).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("dev.tidepool.codec.HostileSeeds#all")
    void decode_twoBillionAnywhere_doesNotAllocate(Object value) {
        byte[] bytes = codec.encode(value);
        for (int i = 0; i < bytes.length - Integer.BYTES; i++) {
            byte[] forged = bytes.clone();
            ByteBuffer.wrap(forged).putInt(i, TWO_BILLION);
            assertHarmless(forged);
            // As FST writes a number of four bytes.
            forged = bytes.clone();
            forged[i] = -127;
            ByteBuffer.wrap(forged).order(ByteOrder.LITTLE_ENDIAN).putInt(i + 1, TWO_BILLION);
            assertHarmless(forged);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.tidepool.codec.HostileSeeds#all")
    void decode_truncatedAnywhere_isCodecException(Object value) {
        byte[] bytes = codec.encode(value);
        for (int length = 0; length < bytes.length; length++) {
            byte[] truncated = Arrays.copyOf(bytes, length);
            assertThat(failure(codec, truncated).reason()).isNotEqualTo(Reason.NOT_SERIALIZABLE);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.tidepool.codec.HostileSeeds#all")
    void decode_mutated_isCodecExceptionOrValue(Object value) {
        byte[] bytes = codec.encode(value);
        Random random = new Random(bytes.length);
        for (int round = 0; round < MUTANTS; round++) {
            byte[] mutated = bytes.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                mutated[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            assertHarmless(mutated);
        }
    }

    /** The hash code of a set in sets in sets, each twice, takes as long as there are ways down. */
    @Test
    void decode_setsInSets_isRefused() {
        byte[] bomb = codec.encode(setsInSets(60));
        assertThat(failure(codec, bomb)).hasMessageContaining("nested beyond measure");
    }

    private static Object setsInSets(int depth) {
        Set<Object> root = new HashSet<>();
        Set<Object> left = root;
        Set<Object> right = new HashSet<>();
        for (int i = 0; i < depth; i++) {
            Set<Object> nextLeft = new HashSet<>(List.of("x"));
            Set<Object> nextRight = new HashSet<>();
            Collections.addAll(left, nextLeft, nextRight);
            Collections.addAll(right, nextLeft, nextRight);
            left = nextLeft;
            right = nextRight;
        }
        return root;
    }

    private void assertHarmless(byte[] bytes) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        CodecException e = catchThrowableOfType(CodecException.class, () -> codec.decode(bytes));
        assertThat(e == null || e.reason() != Reason.NOT_SERIALIZABLE).isTrue();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(16 * MEGABYTE);
    }

    private static void assertRefused(CodecException e, String name) {
        assertThat(e).isNotNull().hasMessageContaining("class " + name + " ").hasMessageContaining("=" + name);
        assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED);
    }

    private static CodecException failure(Codec codec, byte[] bytes) {
        CodecException failure = catchThrowableOfType(CodecException.class, () -> codec.decode(bytes));
        assertThat(failure).isNotNull();
        return failure;
    }
}
