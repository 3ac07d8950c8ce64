package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Holder;
import dev.tidepool.codec.Samples.User;
import java.io.CharConversionException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for both codecs, other than round trips. */
@SuppressWarnings("JavaUtilDate") // stored all the same
@ParameterizedClass
@EnumSource(TestCodec.class)
final class CodecTest {

    private final TestCodec kind;
    private final Codec codec;

    CodecTest(TestCodec kind) {
        this.kind = kind;
        this.codec = kind.permissive();
    }

    @Test
    void decode_cycle_isRestored() {
        Holder holder = new Holder(null);
        holder.content = new Object[] {holder, List.of(1)};
        Holder read = (Holder) roundTrip(holder);
        assertThat(((Object[]) requireNonNull(read.content))[0]).isSameAs(read);
    }

    @Test
    void decode_sharedObject_staysShared() {
        Date date = new Date(5);
        List<?> read = (List<?>) roundTrip(new ArrayList<>(List.of(date, date)));
        assertThat(read.get(0)).isSameAs(read.get(1)).isNotSameAs(date);
    }

    @Test
    void decode_exception_keepsMessageCauseAndTrace() {
        Exception failure = new IllegalStateException("outer", new java.io.IOException("inner"));
        failure.addSuppressed(new IllegalArgumentException("other"));
        Throwable read = (Throwable) roundTrip(failure);
        assertThat(read).hasMessage("outer").hasRootCauseMessage("inner");
        assertThat(read.getSuppressed()).hasSize(1);
        assertThat(read.getStackTrace()).isEqualTo(failure.getStackTrace());
    }

    @Test
    void decode_proxyOfAllowedInterface_answers() {
        Object proxy = Samples.proxy(new Samples.Handler(), Samples.Face.class);
        Codec strict = kind.strict();
        assertThat(((Samples.Face) strict.decode(strict.encode(proxy))).name()).isEqualTo("handled");
    }

    @Test
    void encode_notSerializable_namesTheClass() {
        CodecException e = encodeFailure(new Holder(List.of(new Samples.NotSerializable())));
        assertThat(e).hasMessageContaining("class dev.tidepool.codec.Samples$NotSerializable is not serializable");
        assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    @Test
    void encode_failingWriteObject_isNotSerializable() {
        CodecException e = encodeFailure(new Samples.FailingWriter());
        assertThat(e).hasCauseInstanceOf(CharConversionException.class).hasMessageNotContaining("token");
        assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    @Test
    void encode_lambda_isRefused() {
        Comparator<String> lambda = (Comparator<String> & java.io.Serializable) String::compareTo;
        assertThat(encodeFailure(lambda).reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 100_000})
    void encode_tooDeep_isRefused(int depth) {
        CodecException e = encodeFailure(Samples.nested(depth));
        assertThat(e).hasMessageContaining("too deep");
        assertThat(e.reason()).isEqualTo(Reason.NOT_SERIALIZABLE);
    }

    @Test
    void encode_anyDepth_isReadableOrRefused() {
        for (int depth = kind.maxDepth() - 40; depth < kind.maxDepth() + 140; depth++) {
            Holder holder = Samples.nested(depth);
            CodecException refusal = catchThrowableOfType(CodecException.class, () -> codec.encode(holder));
            if (refusal == null) {
                codec.decode(codec.encode(holder));
            } else {
                assertThat(depth).isGreaterThan(kind.maxDepth());
            }
        }
    }

    @Test
    void encode_deepBesideManyObjects_isReadable() {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            list.add(Samples.nested(i * 3));
        }
        assertThat((List<?>) roundTrip(list)).hasSize(100);
    }

    @Test
    void encode_null_isRefused() {
        assertThatNullPointerException().isThrownBy(() -> codec.encode(nothing()));
    }

    @Test
    void encode_onManyThreads_mixesNothingUp() throws Exception {
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Object value = new Holder(new ArrayList<>(List.of(i, "text " + i, new User("u" + i, i, null))));
            tasks.add(() -> value.equals(roundTrip(value)));
        }
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            for (Future<Boolean> equal : threads.invokeAll(tasks)) {
                assertThat(equal.get()).isTrue();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void id_ofCodec_isItsOwn() {
        assertThat(codec.id()).isEqualTo(kind == TestCodec.JDK ? 1 : 2);
        assertThat(codec.name()).isEqualTo(kind == TestCodec.JDK ? "jdk" : "fst");
    }

    private Object roundTrip(Object value) {
        return codec.decode(codec.encode(value));
    }

    private CodecException encodeFailure(Object value) {
        CodecException failure = catchThrowableOfType(CodecException.class, () -> codec.encode(value));
        assertThat(failure).isNotNull();
        return failure;
    }

    @SuppressWarnings("NullAway") // the point of the test
    private static Object nothing() {
        return null;
    }
}
