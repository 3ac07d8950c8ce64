package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    /** Keeps its hash code in a field that is part of its text. */
    static final class Hashed implements Serializable {
        private final String name;
        private int hash;

        Hashed(String name) {
            this.name = name;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Hashed hashed && name.equals(hashed.name);
        }

        @Override
        public int hashCode() {
            if (hash == 0) {
                hash = name.hashCode();
            }
            return hash;
        }
    }

    /** Asks what it holds. */
    record Holder(Object content) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Holder holder && content.equals(holder.content);
        }

        @Override
        public int hashCode() {
            return content.hashCode();
        }
    }

    /** Is filled anew for each key. */
    static final class Reused implements Serializable {
        private final int shop;
        private final List<String> names = new ArrayList<>();

        Reused(int shop) {
            this.shop = shop;
        }

        Reused fill(String name) {
            names.clear();
            names.add(name);
            return this;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Reused reused && shop == reused.shop && names.equals(reused.names);
        }

        @Override
        public int hashCode() {
            return shop;
        }
    }

    /** Compares by what its text does not tell. */
    static final class Derived implements Serializable {
        private final List<String> names;
        private final transient @Nullable String first;

        Derived(String name) {
            this.names = List.of(name);
            this.first = name;
        }

        List<String> names() {
            return names;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Derived derived && Objects.equals(first, derived.first);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(first);
        }
    }

    /** Throws an error when it is asked. */
    record Erring(Fault fault) {
        enum Fault {
            OVERFLOW,
            LINKAGE,
            MEMORY
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return switch (fault) {
                case OVERFLOW -> new Erring(fault).hashCode() + 1;
                case LINKAGE -> throw new LinkageError();
                case MEMORY -> throw new OutOfMemoryError();
            };
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
        encode(new Line(new Counted(2), 1));

        // Not a second time within its line.
        assertThat(Counted.ASKED.get() - asked).isEqualTo(1);
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

    @ParameterizedTest
    @EnumSource(names = {"OVERFLOW", "LINKAGE"})
    void encode_keyWhoseHashCodeThrowsError_isEncodedAllTheSame(Erring.Fault fault) {
        encode(new Erring(fault));

        assertThat(codec.encode(new Erring(fault))).contains("Erring(fault=");
        assertThat(found).isEmpty();
    }

    @Test
    void encode_withoutMemory_throws() {
        assertThatThrownBy(() -> encode(new Erring(Erring.Fault.MEMORY))).isInstanceOf(OutOfMemoryError.class);
    }

    /** No parameters: a name made of them would ask for the hash code. */
    @Test
    void encode_keyThatWouldKeepItsHashCode_keepsItsText() {
        for (Object key :
                new Object[] {new Hashed("a"), new Holder(new Hashed("b")), new Holder(List.of(new Hashed("c")))}) {
            String text = codec.encode(key);

            assertThat(codec.encode(key)).isEqualTo(text).contains("hash=~i:0");
        }
        assertThat(found).isEmpty();
    }

    @Test
    void encode_keyThatKeptItsHashCode_isToldFromThatWhichDidNot() {
        Hashed asked = new Hashed("a");
        int hash = asked.hashCode();

        encode(asked, new Hashed("a"));

        assertThat(hash).isNotZero();
        assertThat(found).containsExactly(Hashed.class);
    }

    @Test
    void encode_keyFilledAnew_tellsNothing() {
        Reused key = new Reused(1);

        encode(key.fill("a"), new Reused(1).fill("c"));
        encode(key.fill("b"));

        assertThat(found).isEmpty();
    }

    @Test
    void encode_keyThatComparesByWhatCopiesLack_tellsNothing() {
        encode(new Derived("a"), new Derived("b"), new Holder(new Derived("a")), new Holder(new Derived("b")));

        assertThat(found).isEmpty();
    }

    @Test
    void encode_textMetBefore_asksNoMore() {
        encode(new Counted(1));
        int asked = Counted.ASKED.get();
        encode(new Counted(1), new Counted(1));

        assertThat(asked).isPositive();
        assertThat(Counted.ASKED).hasValue(asked);
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
