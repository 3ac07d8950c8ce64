package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Named.named;

import dev.tidepool.codec.CodecException.Reason;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that no key has. */
final class ContentKeyCodecDecodeTest {
    private static final ClassLoader LOADER = ContentKeyCodecTest.class.getClassLoader();
    private static final String SECRET = "s3cret";
    private static final String PAIR = "~record:" + KeyFixtures.Pair.class.getName();
    private static final String NAMED = "~object:" + KeyFixtures.Named.class.getName();

    private final ContentKeyCodec codec = new ContentKeyCodec(LOADER, KeyFixtures.allowed());

    @ParameterizedTest
    @ValueSource(
            strings = {
                "~",
                "~~",
                "~i",
                "~i:",
                "~i:x",
                "~i:01",
                "~i:+1",
                "~i: 1",
                "~i:1 ",
                "~i:1,2",
                "~i:1)",
                "~i:2147483648",
                "~i:\\1",
                "~I:1",
                "~unknown:1",
                "~:1",
                "~null",
                "~null:",
                "~bool:TRUE",
                "~bool:no",
                "~c:",
                "~c:ab",
                "~c:\\",
                "~c:\\u",
                "~c:\\ud8",
                "~c:\\ud8zz",
                "~c:\\u0041",
                "~s:a",
                "~s:\\ud83d\\ude00",
                "~s:~\\",
                "~s:~\\a",
                "~s:~a,b",
                "~d:1",
                "~d:1.00",
                "~d:0x1p3",
                "~d:1.0d",
                "~d:1e999",
                "~d:nan",
                "~f:0.10000000149011612",
                "~bigint:",
                "~bigint:1.5",
                "~bigdec:1s",
                "~bigdec:1s5",
                "~bigdec:1s99999999999",
                "~bigdec:1e99999999999",
                "~bytes:=",
                "~bytes:A",
                "~bytes:AB",
                "~bytes:+/+/",
                "~uuid:1-1-1-1-1",
                "~uuid:7D444840-9dc0-11d1-b245-5ffdce74fad2",
                "~uuid:x",
                "~locale:FR",
                "~locale:!",
                "~date:now",
                "~date:1970-01-01T00:00:00.0000001Z",
                "~instant:1970-01-01T24:00:00Z",
                "~localdate:2023-02-29",
                "~localtime:25:00",
                "~zoneddatetime:2024-06-01T00:00+01:00[Europe/Paris]",
                "~zoneddatetime:2024-01-01T00:00+01:00[Europe/Paris",
                "~zoneddatetime:2024-01-01T00:00+01:00[",
                "~zoneddatetime:2024-01-01T00:00+01:00[No/Where]",
                "~zoneddatetime:[",
                "~year:1000000000",
                "~duration:PT99999999999999999999S",
                "~duration:PT60S",
                "~period:P1W",
                "~offset:+19:00",
                "~zone:+01:00",
                "~zone:No/Where",
                "~list",
                "~list(",
                "~list(a",
                "~list(a,",
                "~list(a,)",
                "~list(,)",
                "~list(a))",
                "~list(a)b",
                "~list(a=b)",
                "~list:(a)",
                "~list(\\",
                "~list(~s:a)",
                "~array(",
                "~array(a",
                "~array(a=b)",
                "~array",
                "~ints(a)",
                "~ints(~l:1)",
                "~ints(~null)",
                "~ints(~i:2147483648)",
                "~chars(~s:ab)",
                "~byte(~b:1)",
                "~bytes(~b:1)",
                "~set(b,a)",
                "~set(a,a)",
                "~map(a)",
                "~map(a=)",
                "~map(a=b",
                "~map(b=1,a=1)",
                "~map(a=1,a=2)",
                "~map(a=b=c)",
                "~enum",
                "~enum:",
                "~enum:(",
                "~enum:java.time.DayOfWeek",
                "~enum:java.time.DayOfWeek(",
                "~enum:java.time.DayOfWeek(MONDAY",
                "~enum:java.time.DayOfWeek(MONDAY)x",
                "~record:",
                "~object:",
                "~unknown(a)",
                "~currency:eur",
                "~uri:HTTP://a",
                "~uri:a%2f",
                "~uri:file:///a",
                "~uri:%",
                "~bitset:AwEA",
                "~mathcontext:precision\\=7",
                "~timestamp:now",
                "~sqldate:1970-01-01",
                "~timezone:No/Where",
                "~simpletimezone(A)",
                "~simpletimezone(A,~i:1,~i:2)",
                "~simpletimezone(A,~i:1,~i:2,~i:0,~i:0,~i:0,~i:0,~i:0,~i:0,~i:0,~i:0,~i:0,~i:0,~i:0)",
                "~calendar()",
                "~calendar(~date:1970-01-01T00:00:00Z,~null,~bool:true,~i:1,~i:1,~date:1970-01-01T00:00:00Z)",
                "~locale(no,NO)",
                "~locale(de,DE,~s:)",
                "~locale(no,no,NY)",
                "~class",
                "~class:int",
                "~class()",
                "~class(int",
                "~optional(~null)",
                "~optional(a,b)",
                "~entry(a)",
                "~entry(a,b,c)",
                "~frame(a)",
                "~comparator:none",
                "~reversed(a)",
                "~chronology:ISO8601",
                "~chronology:iso8601",
                "~japaneseera:None",
                "~japanesedate:1800-01-01",
                "~hijrahdate(~chronology:Minguo,~i:1445,~i:6,~i:19)",
                "~hijrahdate(~chronology:Hijrah-umalqura,~i:1445,~i:13,~i:19)",
                "~chronodatetime(~localdate:2024-01-01,~localtime:12:00)",
                "~chronoperiod(~chronology:ISO,~i:1,~i:2,~i:3)",
                "~valuerange(~l:2,~l:1,~l:7,~l:7)",
                "~weekfields(~enum:java.time.DayOfWeek(MONDAY),~i:8)"
            })
    void decode_malformedText_isCorrupt(String text) {
        assertThat(reasonOf(text)).isEqualTo(Reason.CORRUPT);
    }

    @ParameterizedTest
    @MethodSource("dev.tidepool.codec.ContentKeyCodecTest#notAllowed")
    void decode_classNotAllowed_isRefusedBeforeItIsLoaded(Object key, String text) {
        KeyFixtures.CopyingLoader loader = new KeyFixtures.CopyingLoader("");
        ContentKeyCodec watched = new ContentKeyCodec(loader, KeyFixtures.allowed());

        CodecException refusal =
                catchThrowableOfType(CodecException.class, () -> watched.decode("~list(" + SECRET + "," + text + ")"));

        assertThat(refusal.reason()).isEqualTo(Reason.NOT_ALLOWED);
        assertThat(loader.asked).isEmpty();
        assertThat(KeyFixtures.everythingSaid(refusal)).doesNotContain(SECRET);
    }

    @Test
    void decode_classOfAnotherShape_isNotInitialized() {
        String name = KeyFixtures.NAME + "$Initialized";

        assertThat(reasonOf("~record:" + name + "()")).isEqualTo(Reason.CLASS_CHANGED);
        assertThat(reasonOf("~enum:" + name + "(ONE)")).isEqualTo(Reason.CLASS_CHANGED);
        assertThat(KeyFixtures.InitializedFlag.SET).isFalse();
    }

    @Test
    void decode_recordTruncatedAnywhere_isCorruptOrNotAllowed() {
        String text = codec.encode(new KeyFixtures.Seat(7, 'F', true, "12"));

        for (int end = 1; end < text.length(); end++) {
            assertThat(reasonOf(text.substring(0, end))).isEqualTo(Reason.CORRUPT);
        }
    }

    static Stream<Named<String>> excessive() {
        return Stream.of(
                named("deep", "~list(".repeat(65) + ")".repeat(65)),
                named("deep lists", "~list(".repeat(60_000)),
                named("deep maps", "~map(".repeat(60_000)),
                named("wide", "~list(" + "a,".repeat(300_000) + "a)"),
                named("number", "~bigint:" + "9".repeat(500_000)),
                named("string", "~s:" + "~".repeat(500_000)));
    }

    @ParameterizedTest
    @MethodSource("excessive")
    void decode_excessiveText_isCorrupt(String text) {
        assertThat(reasonOf(text)).isEqualTo(Reason.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a~i:1", "a(b", "\\", ",", "null"})
    void decode_textWithoutIntroducer_givesItself(String text) {
        assertThat(codec.decode(text)).isEqualTo(text);
    }

    static Stream<String> ofChangedClasses() {
        String name = KeyFixtures.NAME;
        return Stream.of(
                PAIR + "()",
                PAIR + "(first=a)",
                PAIR + "(first=a,third=b)",
                PAIR + "(second=a,first=b)",
                PAIR + "(first=a,second=b,third=c)",
                PAIR.replace("~record", "~object") + "(first=a,second=b)",
                "~record:" + name + "$Linked(list=~list())",
                "~record:" + name + "$Positive(number=~l:1)",
                "~record:" + name + "$Positive(number=~null)",
                NAMED + "(id=1,name=a)",
                NAMED + "(name=a,id=~i:1)",
                NAMED + "(hash=~i:1,id=~i:1,name=a)",
                NAMED + "(id=~null,name=a)",
                NAMED.replace("~object", "~record") + "(id=~i:1,name=a)",
                "~object:" + name + "$Writing()",
                "~record:" + name + "$Arrayed(texts=~array(~i:1),numbers=~null,ordered=~null,any=~null)",
                "~record:" + name + "$Arrayed(texts=~null,numbers=~array(~i:1),ordered=~null,any=~null)",
                "~record:" + name + "$Arrayed(texts=~list(a),numbers=~null,ordered=~null,any=~null)",
                "~record:" + name + "$Arrayed(texts=~null,numbers=~longs(~l:1),ordered=~null,any=~null)",
                "~record:" + name + "$Arrayed(texts=~null,numbers=~null,ordered=~array(a),any=~null)",
                "~object:" + name + "$PlainObject()",
                "~object:" + name + "$Abstract()",
                "~object:" + name + "$Interface()",
                "~object:" + name + "$Inner()",
                "~object:" + name + "$Colour()",
                "~record:" + name + "$Colour()",
                "~object:java.lang.String(value=a)",
                "~object:java.util.ArrayList(size=~i:1)",
                "~object:[I()",
                "~object:[Ljava.lang.String;()",
                "~object:int()",
                "~record:" + name + "$Colour(RED=a)",
                "~enum:" + name + "$Colour(BLUE)",
                "~enum:" + name + "$Colour(red)",
                "~enum:" + name + "$Colour()",
                "~enum:" + name + "$Pair(RED)",
                "~enum:[I(RED)");
    }

    @ParameterizedTest
    @MethodSource("ofChangedClasses")
    void decode_textOfChangedClass_namesTheClass(String text) {
        String name = text.substring(text.indexOf(':') + 1, text.indexOf('('));

        CodecException failure = failureOf(text);

        assertThat(failure.reason()).isEqualTo(Reason.CLASS_CHANGED);
        assertThat(failure).hasMessageContaining(name);
    }

    @Test
    void decode_classThatIsGone_isChanged() {
        ContentKeyCodec allowing = new ContentKeyCodec(LOADER, AllowList.of(List.of("com.acme.Gone")));

        for (String text : List.of("~object:com.acme.Gone()", "~record:com.acme.Gone()", "~enum:com.acme.Gone(A)")) {
            CodecException failure = catchThrowableOfType(CodecException.class, () -> allowing.decode(text));

            assertThat(failure.reason()).isEqualTo(Reason.CLASS_CHANGED);
            assertThat(failure).hasMessageContaining("com.acme.Gone");
        }
    }

    @Test
    void decode_valueThatTheConstructorRefuses_isCorruptAndNotQuoted() {
        CodecException failure = failureOf("~record:" + KeyFixtures.NAME + "$Positive(number=~i:-4711)");

        assertThat(failure.reason()).isEqualTo(Reason.CORRUPT);
        assertThat(failure).hasMessageContaining("Positive");
        assertThat(KeyFixtures.everythingSaid(failure)).doesNotContain("4711");
    }

    @Test
    void decode_valueThatTheConstructorAlters_isCorrupt() {
        assertThat(reasonOf("~record:" + KeyFixtures.NAME + "$Clamped(number=~i:500)"))
                .isEqualTo(Reason.CORRUPT);
    }

    @Test
    void decode_elementWhoseHashCodeFails_isCorrupt() {
        assertThat(reasonOf("~set(~object:" + KeyFixtures.NAME + "$Polite(whom=~null))"))
                .isEqualTo(Reason.CORRUPT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "~i:s3cret",
                "~uuid:s3cret",
                "~instant:s3cret",
                "~bigdec:s3cret",
                "~zoneddatetime:s3cret",
                "~zone:s3cret/s3cret",
                "~offset:s3cret",
                "~locale:s3cret-s3cret-x",
                "~c:s3cret",
                "~bytes:s3cret=",
                "~s3cret:",
                "~list(s3cret",
                "~list(s3cret)s3cret",
                "~set(s3cret,s3cret)",
                "~map(s3cret=1,s3cret=2)",
                "~enum:java.time.DayOfWeek(s3cret)",
                "~uri:s3cret%",
                "~currency:s3cret",
                "~timezone:s3cret",
                "~class(s3cret",
                "~frame(s3cret)",
                "~reversed(s3cret)",
                "~weekfields(~enum:java.time.DayOfWeek(MONDAY),s3cret)",
                "~s:s3cret"
            })
    void decode_malformedText_isNotQuoted(String text) {
        assertThat(KeyFixtures.everythingSaid(failureOf(text))).doesNotContain(SECRET);
    }

    @Test
    void decode_mutatedTexts_giveKeyOrCodecException() {
        Random random = new Random(20260101);
        List<String> texts = KeySamples.keys()
                .map(codec::encode)
                .filter(text -> text.length() < 400)
                .toList();
        int keys = 0;
        for (int i = 0; i < 100_000; i++) {
            String text = mutated(texts.get(random.nextInt(texts.size())), random);
            try {
                Object key = codec.decode(text);
                keys++;
                assertThat(text.startsWith("~") ? codec.encode(key) : key).isEqualTo(text);
            } catch (CodecException e) {
                assertThat(e.reason()).isNotIn(Reason.UNKNOWN_CODEC, Reason.NOT_SERIALIZABLE);
            }
        }
        assertThat(keys).isBetween(1, 99_999);
    }

    private CodecException failureOf(String text) {
        return catchThrowableOfType(CodecException.class, () -> codec.decode(text));
    }

    private Reason reasonOf(String text) {
        return failureOf(text).reason();
    }

    private static String mutated(String text, Random random) {
        StringBuilder mutant = new StringBuilder(text);
        String alphabet = "~():,=\\u0123456789abcdlmnrs-+.[]TZP\u0000é\ud83d\ude00$/";
        for (int i = random.nextInt(3); i >= 0 && !mutant.isEmpty(); i--) {
            int at = random.nextInt(mutant.length());
            char c = alphabet.charAt(random.nextInt(alphabet.length()));
            switch (random.nextInt(6)) {
                case 0 -> mutant.deleteCharAt(at);
                case 1 -> mutant.insert(at, c);
                case 2 -> mutant.setCharAt(at, c);
                case 3 -> mutant.setLength(at);
                case 4 -> mutant.insert(at, mutant.substring(random.nextInt(at + 1), at));
                default -> mutant.delete(random.nextInt(at + 1), at);
            }
        }
        return mutant.toString();
    }
}
