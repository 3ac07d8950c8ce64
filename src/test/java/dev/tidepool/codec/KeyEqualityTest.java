package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Classes whose equals is narrower than their fields are found among the first keys. */
@SuppressWarnings("serial")
final class KeyEqualityTest {
    private final List<Class<?>> found = Collections.synchronizedList(new ArrayList<>());
    private final ContentKeyCodec codec = new ContentKeyCodec(
            KeyEqualityTest.class.getClassLoader(),
            AllowList.of(List.of(KeyEqualityTest.class.getPackageName() + ".*")),
            found::add);

    @BeforeEach
    void reset() {
        Counted.ASKED.set(0);
    }

    /** Compares without regard to case. */
    record Word(String text) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Word word && text.equalsIgnoreCase(word.text);
        }

        @Override
        public int hashCode() {
            return text.toLowerCase(Locale.ROOT).hashCode();
        }
    }

    /** Compares by its id alone. */
    static class Note implements Serializable {
        private final int id;
        private final String text;

        Note(int id, String text) {
            this.id = id;
            this.text = text;
        }

        String text() {
            return text;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Note note && id == note.id;
        }

        @Override
        public int hashCode() {
            return id;
        }
    }

    static final class LongNote extends Note {
        LongNote(int id, String text) {
            super(id, text);
        }
    }

    /** Compares as the compiler has it. */
    record Line(Object start, Object end) {}

    /** Leaves nothing out, and counts how often it is asked. */
    record Counted(int number) {
        static final AtomicInteger ASKED = new AtomicInteger();

        @Override
        public boolean equals(@Nullable Object other) {
            ASKED.incrementAndGet();
            return other instanceof Counted counted && number == counted.number;
        }

        @Override
        public int hashCode() {
            ASKED.incrementAndGet();
            return number;
        }
    }

    /** Cannot be compared. */
    record Failing(int number) {
        @Override
        public boolean equals(@Nullable Object other) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int hashCode() {
            throw new AssertionError();
        }
    }

    /** Has fields that its text does not tell. */
    static final class Cached implements Serializable {
        private final String name;
        private final transient String lower;

        Cached(String name) {
            this.name = name;
            this.lower = name.toLowerCase(Locale.ROOT);
        }

        String name() {
            return name;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Cached cached && lower.equals(cached.lower);
        }

        @Override
        public int hashCode() {
            return lower.hashCode();
        }
    }

    private void encode(Object... keys) {
        for (Object key : keys) {
            codec.encode(key);
        }
    }

    @Test
    void encode_equalKeysOfOtherTexts_tellsOfTheirClassOnce() {
        encode(new Word("a"), new Word("b"), new Word("A"), new Word("B"), new Word("a"));
        encode(new Note(1, "x"), new Note(1, "y"), new Note(1, "z"));

        assertThat(found).containsExactly(Word.class, Note.class);
    }

    @Test
    void encode_classThatInheritsItsEquals_isToldItself() {
        encode(new LongNote(1, "x"), new LongNote(1, "y"));

        assertThat(found).containsExactly(LongNote.class);
    }

    @Test
    void encode_classWithinOtherKeys_isTold() {
        encode(new Line(1, List.of(new Word("a"))), new Line(2, Set.of(new Word("A"))));

        assertThat(found).containsExactly(Word.class);
    }

    @Test
    void encode_equalKeysOfOneText_tellsNothing() {
        encode(new Word("a"), new Word("a"), new Line("a", 1), new Line("a", 1), new Counted(1), new Counted(1));

        assertThat(found).isEmpty();
    }

    @Test
    void encode_pairAmongTheFirst256_isFound() {
        IntStream.range(0, 255).forEach(i -> encode(new Word("w" + i)));

        encode(new Word("W254"));

        assertThat(found).containsExactly(Word.class);
    }

    @Test
    void encode_after256Keys_comparesNoMore() {
        IntStream.range(0, 256).forEach(i -> encode(new Counted(i)));
        int asked = Counted.ASKED.get();
        IntStream.range(0, 300).forEach(i -> encode(new Counted(i)));
        IntStream.range(0, 256).forEach(i -> encode(new Word("w" + i)));
        encode(new Word("W1"));

        assertThat(asked).isPositive();
        assertThat(Counted.ASKED).hasValue(asked);
        assertThat(found).isEmpty();
    }

    @Test
    void encode_recordOfTheCompilersEquals_isNotCompared() {
        encode(new Line(new Counted(1), 1));
        int asked = Counted.ASKED.get();
        encode(new Line(new Counted(1), 1));

        // Once to be found, and once to be seen to be it: not a second time within its line.
        assertThat(Counted.ASKED.get() - asked).isEqualTo(2);
    }

    @Test
    void encode_longKey_isNotKept() {
        encode(new Word("a".repeat(1100)), new Word("A".repeat(1100)));

        assertThat(found).isEmpty();
    }

    @Test
    void encode_keyThatCannotBeCompared_isEncodedAllTheSame() {
        encode(new Failing(1), new Failing(2));

        assertThat(codec.encode(new Failing(1))).endsWith("Failing(number=~i:1)");
        assertThat(found).isEmpty();
    }

    /** The decoded one cannot be compared, and its class goes on being watched. */
    @Test
    void decode_key_isNotCompared() {
        encode(new Cached("a"));
        codec.decode(codec.encode(new Cached("b")));
        encode(new Cached("A"));

        assertThat(found).containsExactly(Cached.class);
    }

    @Test
    void encode_manyThreads_tellOnce() throws Exception {
        var threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<String>> calls = new ArrayList<>();
            IntStream.range(0, 200).forEach(i -> calls.add(() -> codec.encode(new Note(1, "n" + i))));
            for (var call : threads.invokeAll(calls)) {
                assertThat(call.get()).contains("~object:");
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(found).containsExactly(Note.class);
    }
}
