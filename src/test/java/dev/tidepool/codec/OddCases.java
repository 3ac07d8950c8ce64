package dev.tidepool.codec;

import static dev.tidepool.codec.RoundTripCase.equal;
import static dev.tidepool.codec.RoundTripCase.named;
import static dev.tidepool.codec.TestCodec.FST;
import static dev.tidepool.codec.TestCodec.JDK;
import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.Samples.Color;
import dev.tidepool.codec.Samples.Holder;
import java.io.Serializable;
import java.net.MalformedURLException;
import java.net.URL;
import java.time.LocalDateTime;
import java.time.MonthDay;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Exchanger;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Classes with hooks, shapes of graphs, limits, and what cannot be written. */
@SuppressWarnings({"IdentityHashMapUsage", "JavaUtilDate", "JdkObsolete", "unchecked"}) // stored all the same
final class OddCases {

    private OddCases() {}

    static Stream<RoundTripCase> all() {
        return Stream.of(hooks(), functions(), graphs(), limits(), refused(), details())
                .flatMap(cases -> cases);
    }

    private static Stream<RoundTripCase> hooks() {
        OddSamples.Outer outer = new OddSamples.Outer();
        OddSamples.ExtendedList list = new OddSamples.ExtendedList();
        Collections.addAll(list, 1, new Holder("x"), null);
        OddSamples.ExtendedMap map = new OddSamples.ExtendedMap();
        map.put("a", new Holder(list));
        return Stream.of(
                named("transient fields", new OddSamples.Primitives(), OddCases::withoutTransient),
                equal(new OddSamples.Derived()),
                equal(new OddSamples.Finals(-1, List.of("x"))),
                named("final transient field", new OddSamples.Finals(0xFFFF, "x"), OddCases::withoutSecret),
                equal(OddSamples.Settable.of(300, List.of("x"))),
                equal(OddSamples.Settable.of(-5, "y")),
                equal(OddSamples.Settable.of(0, "z")),
                equal(new OddSamples.Changing(5, "x")),
                equal(new OddSamples.FinalAgain(6, new OddSamples.FinalAgain(7, "y"))),
                equal(new OddSamples.External("text")),
                equal(new OddSamples.Hooked("text", List.of(1))),
                equal(new OddSamples.Hooked("text", new Holder(new Date(1)))),
                named(
                        "array much longer than what hooks write",
                        new OddSamples.Hooked("text", new byte[100_000]),
                        (one, two) -> ((byte[]) requireNonNull(((OddSamples.Hooked) two).other())).length == 100_000),
                named("readResolve", OddSamples.Only.ONE, (one, two) -> one == two),
                equal(new OddSamples.Replaced("text")),
                named(
                        "serialPersistentFields",
                        new OddSamples.Named("x"),
                        (one, two) -> two.toString().equals("kepttrue")),
                equal(outer.new Inner()),
                equal(new Holder(outer.new Inner())),
                named(
                        "list with a field",
                        list,
                        (one, two) -> one.equals(two) && label(two).equals("list")),
                named(
                        "map with a field",
                        map,
                        (one, two) -> one.equals(two) && label(two).equals("map")),
                equal(new OddSamples.Failure(3, new IllegalStateException("cause"))),
                named("exception", new IllegalStateException("m", new RuntimeException("n")), OddCases::sameFailure),
                equal(new OddSamples.Everything(
                        true, (byte) 1, 'c', (short) 2, 3, 4, 5, 6, new int[] {7}, outer, List.of("8"))),
                equal(new OddSamples.Everything(
                        false, (byte) -1, '\uFFFF', (short) -2, -3, -4, -5, -6, new int[0], null, new ArrayList<>())),
                equal(new OddSamples.Empty()),
                equal(new OddSamples.Compact("name")));
    }

    private static Stream<RoundTripCase> functions() {
        Object proxy = Samples.proxy(new Samples.Handler(), Samples.Face.class);
        String captured = "captured";
        Supplier<String> lambda = (Supplier<String> & Serializable) () -> captured;
        Comparator<String> byLength = (Comparator<String> & Serializable) Comparator.comparing(String::length)::compare;
        Comparator<String> reference = (Comparator<String> & Serializable) String::compareTo;
        TreeMap<String, Integer> sorted = new TreeMap<>(reference);
        sorted.put("a", 1);
        return Stream.of(
                named("proxy", proxy, (one, two) -> ((Samples.Face) two).name().equals("handled")),
                equal(new Holder(Samples.Face.class)),
                refusedLambda("lambda", lambda),
                refusedLambda("lambda in a field", new Holder(lambda)),
                refusedLambda("lambda of what is not serializable", byLength),
                refusedLambda("sorted by a lambda", sorted),
                equal(Comparator.<String>naturalOrder().getClass()),
                equal(OddSamples.ByLength.INSTANCE));
    }

    private static RoundTripCase refusedLambda(String name, Object value) {
        return named(name, value, Object::equals)
                .refusedBy(FST, Reason.NOT_SERIALIZABLE, "a lambda of class")
                .refusedBy(JDK, Reason.NOT_SERIALIZABLE, "a lambda of class");
    }

    private static Stream<RoundTripCase> graphs() {
        Date date = new Date(5);
        Object[] itself = new Object[2];
        itself[1] = itself;
        ArrayList<Object> ring = new ArrayList<>();
        ring.add(new Holder(ring));
        Map<String, Object> map = new HashMap<>();
        map.put("itself", map);
        List<Object> hidden = new ArrayList<>();
        hidden.add(new OddSamples.Hooked("x", hidden));
        Holder back = new Holder(null);
        back.content = Collections.unmodifiableList(new ArrayList<>(List.of(back)));
        Holder both = new Holder("both");
        Object calendar = java.util.Calendar.getInstance();
        String text = String.join("", "te", "xt");
        return Stream.of(
                pair("shared date", date, date),
                pair("shared array", new int[] {1}),
                pair("shared string", text),
                pair("shared list", new LinkedList<>(List.of(1))),
                pair("shared by what is embedded", both, new OddSamples.Hooked("x", both)),
                pair("shared by what is embedded before", new OddSamples.Hooked("x", both), both),
                pair("embedded twice", calendar, new OddSamples.Hooked("x", calendar)),
                pair("embedded twice before", new OddSamples.Hooked("x", calendar), calendar),
                pair("shared by views", Collections.unmodifiableList(ring), ring),
                pair("equal, not the same", new Date(7), new Date(7)),
                named("array in itself", itself, (one, two) -> ((Object[]) two)[1] == two),
                named("list in itself", ring, (one, two) -> content(((List<?>) two).get(0)) == two),
                named("map in itself", map, (one, two) -> ((Map<?, ?>) two).get("itself") == two),
                named("ring through hooks", hidden, OddCases::sameRing),
                named("ring through a view", back, (one, two) -> ((List<?>) content(two)).get(0) == two));
    }

    private static Stream<RoundTripCase> limits() {
        List<Object> nested = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            nested = new ArrayList<>(Collections.singletonList(nested));
        }
        return Stream.of(
                equal(OddSamples.Node.chain(300)),
                equal(OddSamples.Node.chain(450)).refusedBy(JDK, Reason.NOT_SERIALIZABLE, "too deep"),
                equal(OddSamples.Node.chain(1_000))
                        .refusedBy(FST, Reason.NOT_SERIALIZABLE, "too deep")
                        .refusedBy(JDK, Reason.NOT_SERIALIZABLE, "too deep"),
                equal(OddSamples.Node.chain(10_000))
                        .refusedBy(FST, Reason.NOT_SERIALIZABLE, "too deep")
                        .refusedBy(JDK, Reason.NOT_SERIALIZABLE, "too deep"),
                named("linked list of 10,000", new LinkedList<>(numbers(10_000)), Object::equals),
                named("nested lists", nested, Object::equals),
                named("long text", "x".repeat(100_000), Object::equals),
                named("long array", new byte[300_000], java.util.Objects::deepEquals),
                named("100,000 numbers", new ArrayList<>(numbers(100_000)), Object::equals));
    }

    private static Stream<RoundTripCase> refused() {
        Object stranger = new Samples.NotSerializable();
        List<Integer> list = new ArrayList<>(List.of(1, 2, 3));
        return Stream.of(
                equal(Optional.of("x")).refusedBy(JDK, Reason.NOT_SERIALIZABLE, "java.util.Optional is not serial"),
                equal(Optional.empty()).refusedBy(JDK, Reason.NOT_SERIALIZABLE, "java.util.Optional is not serial"),
                equal(list.subList(0, 2)).refusedBy(JDK, Reason.NOT_SERIALIZABLE, "SubList is not serializable"),
                equal(List.of(1, 2, 3).subList(0, 2)).refusedBy(JDK, Reason.NOT_SERIALIZABLE, "SubList is not serial"),
                neither("not serializable", stranger, "NotSerializable is not serializable"),
                neither("not serializable in a field", new Holder(stranger), "NotSerializable is not serializable"),
                neither("OptionalInt", OptionalInt.of(1), "java.util.OptionalInt is not serializable"),
                neither("object", new Object(), "java.lang.Object is not serializable"),
                neither("exchanger", new Exchanger<>(), "java.util.concurrent.Exchanger is not serializable"));
    }

    private static Stream<RoundTripCase> details() {
        LinkedHashMap<String, Integer> byAccess = new LinkedHashMap<>(16, 0.75f, true);
        byAccess.put("a", 1);
        byAccess.put("b", 2);
        LinkedHashMap<String, Integer> emptyByAccess = new LinkedHashMap<>(16, 0.75f, true);
        TreeMap<String, Object> sorted = new TreeMap<>(OddSamples.ByLength.INSTANCE);
        sorted.put("aa", 1);
        TreeSet<String> reversed = new TreeSet<>(Comparator.reverseOrder());
        Collections.addAll(reversed, "a", "b");
        LocalDateTime repeated = LocalDateTime.of(2026, 10, 25, 2, 30);
        Map<Object, Object> nulls = new HashMap<>();
        nulls.put(null, null);
        return Stream.of(
                named("map in order of access", byAccess, OddCases::inOrderOfAccess),
                named("empty map in order of access", emptyByAccess, OddCases::inOrderOfAccess),
                named(
                        "comparator of a map",
                        sorted,
                        (one, two) ->
                                one.equals(two) && ((TreeMap<?, ?>) two).comparator() == OddSamples.ByLength.INSTANCE),
                named(
                        "comparator of a set",
                        reversed,
                        (one, two) -> one.toString().equals("[b, a]")),
                equal(ZonedDateTime.ofLocal(repeated, ZoneId.of("Europe/Berlin"), ZoneOffset.ofHours(1))),
                equal(ZonedDateTime.ofLocal(repeated, ZoneId.of("Europe/Berlin"), ZoneOffset.ofHours(2))),
                equal(MonthDay.of(2, 29)),
                equal(new Locale("ja", "JP", "JP")),
                equal(Locale.forLanguageTag("de-DE-u-co-phonebk")),
                equal(Locale.ROOT),
                equal(nulls),
                equal(new java.math.BigDecimal("1E+30")),
                equal(Character.MAX_VALUE),
                equal("Grüße, \uD83D\uDE00 \u0000 \u00FF \u00FE"),
                equal(Stream.of("a", null).toList()),
                equal(Arrays.asList((Object) null)),
                equal(new EnumMap<>(Map.of(Color.GREEN, new Holder(1)))),
                equal(ConcurrentHashMap.newKeySet()),
                equal(new HashSet<>(List.of(new OddSamples.Compact("x"), Color.RED, 1L))),
                named("keys by identity", identities(), (one, two) -> ((Map<?, ?>) two).size() == 100),
                equal(new Integer[][] {{1, null}, null, {}}),
                equal(new Object[][] {new String[] {"x"}}),
                equal(Pattern.class),
                named("pattern", Pattern.compile("a+", Pattern.CASE_INSENSITIVE), OddCases::samePattern),
                named("address", address(), (one, two) -> one.toString().equals(two.toString())),
                equal(new Holder(Optional.class)),
                equal(Collections.list(Collections.enumeration(List.of(1)))));
    }

    private static RoundTripCase neither(String name, Object value, String message) {
        return named(name, value, Object::equals)
                .refusedBy(FST, Reason.NOT_SERIALIZABLE, message)
                .refusedBy(JDK, Reason.NOT_SERIALIZABLE, message);
    }

    /** An object twice in a list. */
    private static RoundTripCase pair(String name, Object shared) {
        return pair(name, shared, shared);
    }

    /** Two objects that are one, or one of which refers to the other, and are so still when they are read. */
    private static RoundTripCase pair(String name, Object left, Object right) {
        BiPredicate<Object, Object> same = (one, two) -> meet((List<?>) one) == meet((List<?>) two);
        return named(name, new ArrayList<>(Arrays.asList(left, right)), same);
    }

    private static boolean meet(List<?> pair) {
        Object left = pair.get(0);
        Object right = pair.get(1);
        return left == right || inside(left) == right || left == inside(right) || first(left) == first(right);
    }

    private static Object inside(Object object) {
        Object other = object instanceof OddSamples.Hooked hooked ? hooked.other() : null;
        return other == null ? new Object() : other;
    }

    private static Object first(Object object) {
        return object instanceof List<?> list ? list.get(0) : new Object();
    }

    private static Object content(Object holder) {
        return requireNonNull(((Holder) holder).content);
    }

    private static boolean sameRing(Object one, Object two) {
        return ((OddSamples.Hooked) ((List<?>) two).get(0)).other() == two;
    }

    private static boolean samePattern(Object one, Object two) {
        return ((Pattern) two).matcher("AA").matches();
    }

    private static boolean sameFailure(Object one, Object two) {
        Throwable before = (Throwable) one;
        Throwable after = (Throwable) two;
        return Arrays.equals(before.getStackTrace(), after.getStackTrace())
                && "m".equals(after.getMessage())
                && "n".equals(requireNonNull(after.getCause()).getMessage());
    }

    private static boolean withoutTransient(Object one, Object two) {
        OddSamples.Primitives read = (OddSamples.Primitives) two;
        return one.equals(read) && read.secret() == null && read.count() == 0;
    }

    private static boolean withoutSecret(Object one, Object two) {
        return one.equals(two) && ((OddSamples.Finals) two).secret() == null;
    }

    private static String label(Object value) {
        return value instanceof OddSamples.ExtendedList list ? list.label() : ((OddSamples.ExtendedMap) value).label();
    }

    private static boolean inOrderOfAccess(Object one, Object two) {
        Map<String, Integer> map = (Map<String, Integer>) two;
        boolean equal = one.equals(map);
        map.put("x", 0);
        map.put("y", 0);
        map.get("x");
        return equal && new ArrayList<>(map.keySet()).indexOf("x") == map.size() - 1;
    }

    private static Map<Object, Object> identities() {
        Map<Object, Object> map = new IdentityHashMap<>();
        IntStream.range(0, 100).forEach(i -> map.put(new Holder(i), null));
        return map;
    }

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static URL address() {
        try {
            return new URL("https://example.com/a");
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
