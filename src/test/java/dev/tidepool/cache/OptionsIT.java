package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.CodecException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the options of a cache's table, codec and keys do. */
@ExtendWith(DynamoDbLocal.class)
final class OptionsIT {
    private static final String KEY = "ann-4711";

    private final Node node = Node.start();
    private final String table = Node.freshTable();

    @AfterEach
    void closeNode() {
        node.close();
    }

    /** Writes decimals as texts, for a JVM to come. */
    public static final class DecimalCodec implements Codec {
        @Override
        public int id() {
            return 200;
        }

        @Override
        public String name() {
            return "decimal";
        }

        @Override
        public byte[] encode(Object value) {
            if (value instanceof BigDecimal number) {
                return number.toString().getBytes(StandardCharsets.US_ASCII);
            }
            throw new CodecException(CodecException.Reason.NOT_SERIALIZABLE, "only decimals");
        }

        @Override
        public Object decode(byte[] payload) {
            return new BigDecimal(new String(payload, StandardCharsets.US_ASCII));
        }
    }

    /** A codec whose constructor needs something. */
    public static final class CodecWithParameter extends Delegate {
        public CodecWithParameter(String parameter) {
            super(200, parameter);
        }
    }

    /** A codec that only its own package can make. */
    public static final class HiddenCodec extends Delegate {
        HiddenCodec() {
            super(200, "hidden");
        }
    }

    /** A codec that cannot be made. */
    public static final class FailingCodec extends Delegate {
        public FailingCodec() {
            super(200, "failing");
            throw new IllegalStateException("not today");
        }
    }

    /** A codec under a number of the library's. */
    public static final class IntrudingCodec extends Delegate {
        public IntrudingCodec() {
            super(5, "intruding");
        }
    }

    /** A codec of no interest but for its number. */
    public abstract static class Delegate implements Codec {
        private final Codec decimals = new DecimalCodec();
        private final int id;
        private final String name;

        Delegate(int id, String name) {
            this.id = id;
            this.name = name;
        }

        @Override
        public int id() {
            return id;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public byte[] encode(Object value) {
            return decimals.encode(value);
        }

        @Override
        public Object decode(byte[] payload) {
            return decimals.decode(payload);
        }
    }

    @Test
    void table_namedByCache_givesEachCacheItsOwnWithoutPrefix() {
        String tables = "own-" + table + "-{cache}";
        Cache<String, String> users = node.cache("users", strings().table(tables));
        Cache<String, String> orders = node.cache("com.acme.orders", strings().table(tables));

        users.put("ann", "Ann");
        orders.put("ann", "Order");

        assertThat(users.get("ann")).isEqualTo("Ann");
        assertThat(orders.get("ann")).isEqualTo("Order");
        assertThat(items("own-" + table + "-users").get("ann")).isNotEmpty();
        assertThat(items("own-" + table + "-com.acme.orders").get("ann")).isNotEmpty();
    }

    @Test
    void table_namedByCacheWithOtherCharacters_hasUnderscoresForThem() {
        String tables = "own-" + table + "-{cache}";
        Cache<String, String> cache =
                node.cache("com.acme.Book##NaturalId", strings().table(tables));

        cache.put("ann", "Ann");

        assertThat(items("own-" + table + "-com.acme.Book__NaturalId").get("com.acme.Book##NaturalId:ann"))
                .isNotEmpty();
    }

    @Test
    void table_namedByCachesThatDifferInOtherCharactersOnly_keepsThemApart() {
        String tables = "own-" + table + "-{cache}";
        Cache<String, String> first = node.cache("book#1", strings().table(tables));
        Cache<String, String> second = node.cache("book/1", strings().table(tables));

        first.put("ann", "Ann");

        assertThat(second.get("ann")).isNull();
        second.clear();
        assertThat(first.get("ann")).isEqualTo("Ann");
    }

    @Test
    void table_namedByCacheWithPrefix_keepsPrefix() {
        Cache<String, String> users =
                node.cache("users", strings().table("own-" + table + "-{cache}").prefix("v1/"));

        users.put("ann", "Ann");

        assertThat(items("own-" + table + "-users").get("v1/ann")).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "a, a", "#, _"})
    void table_namedByCacheOfANameThatNoTableCanHave_isRefusedBeforeAnyRequest(String cache, String named) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.cache(cache, strings().table("{cache}")))
                .withMessageContaining("'table'")
                .withMessageContaining("'" + named + "'");
        assertThat(node.requests().sent()).isEmpty();
        assertThat(node.manager().getCacheNames()).isEmpty();
    }

    @Test
    void hashKey_anotherName_isUsedForTableAndItems() {
        Cache<String, String> cache = node.cache("users", strings().set(Option.HASH_KEY, "pk"));

        cache.put("ann", "Ann");

        assertThat(cache.get("ann")).isEqualTo("Ann");
        assertThat(cache).singleElement().extracting(Cache.Entry::getKey).isEqualTo("ann");
        assertThat(node.client().scan(request -> request.tableName(table)).items())
                .singleElement()
                .satisfies(item -> assertThat(item).containsKey("pk").doesNotContainKey("id"));
    }

    @Test
    void codec_nameOfClass_writesAndReads() {
        Cache<String, BigDecimal> cache =
                node.cache("prices", prices().set(Option.CODEC, DecimalCodec.class.getName()));

        cache.put("tea", new BigDecimal("1.20"));

        assertThat(cache.get("tea")).isEqualTo(new BigDecimal("1.20"));
        assertThat(codecOf("prices:tea")).isEqualTo(200);
    }

    @Test
    void codec_instance_writesAndReads() {
        Cache<String, BigDecimal> cache = node.cache("prices", prices().codec(new DecimalCodec()));

        cache.put("tea", new BigDecimal("1.20"));

        assertThat(cache.get("tea")).isEqualTo(new BigDecimal("1.20"));
        assertThat(codecOf("prices:tea")).isEqualTo(200);
    }

    @Test
    void codec_changed_readsWhatTheJdkCodecWrote() {
        Cache<String, BigDecimal> before = node.cache("prices", prices());
        before.put("tea", new BigDecimal("1.20"));
        before.put("milk", new BigDecimal("0.80"));
        before.close();

        Cache<String, BigDecimal> after =
                node.cache("prices", prices().set(Option.CODEC, DecimalCodec.class.getName()));

        assertThat(after.get("tea")).isEqualTo(new BigDecimal("1.20"));
        assertThat(codecOf("prices:tea")).isNotEqualTo(200);
        assertThat(after.replace("tea", new BigDecimal("1.20"), new BigDecimal("1.30")))
                .isTrue();
        assertThat(codecOf("prices:tea")).isEqualTo(200);
        assertThat(after.getAll(Set.of("tea", "milk")))
                .isEqualTo(Map.of("tea", new BigDecimal("1.30"), "milk", new BigDecimal("0.80")));
    }

    @ParameterizedTest
    @CsvSource({"fst, 2, jdk, 1", "jdk, 1, fst, 2"})
    void codec_anyOfLibrary_isReadUnderTheOther(String first, int firstId, String second, int secondId) {
        Cache<String, BigDecimal> before = node.cache("prices", prices().set(Option.CODEC, first));
        before.put("tea", new BigDecimal("1.20"));
        assertThat(codecOf("prices:tea")).isEqualTo(firstId);
        before.close();

        Cache<String, BigDecimal> after = node.cache("prices", prices().set(Option.CODEC, second));

        assertThat(after.get("tea")).isEqualTo(new BigDecimal("1.20"));
        assertThat(after.replace("tea", new BigDecimal("1.20"), new BigDecimal("1.30")))
                .isTrue();
        assertThat(codecOf("prices:tea")).isEqualTo(secondId);
    }

    @Test
    void codec_notSet_isFst() {
        node.cache("prices", prices()).put("tea", new BigDecimal("1.20"));

        assertThat(codecOf("prices:tea")).isEqualTo(2);
    }

    @Test
    void compressFrom_valueAbove_isStoredShorter() {
        String text = "tea ".repeat(1_000);
        node.cache("short", texts().set(Option.COMPRESS_FROM, 100)).put("k", text);
        node.cache("long", texts().set(Option.COMPRESS_FROM, Integer.MAX_VALUE)).put("k", text);

        assertThat(lengthOf("short:k")).isLessThan(200);
        assertThat(lengthOf("long:k")).isGreaterThan(4_000);
    }

    @Test
    void codec_fstCannotStart_namesModuleAndOtherCodec() throws Exception {
        List<String> flags = List.of("--limit-modules", "java.se,jdk.net");

        assertThat(createCacheInJvm(flags, "fst"))
                .startsWith("CacheException: Cache 'prices' cannot be made")
                .contains("jdk.unsupported")
                .contains("codec=jdk");
        assertThat(createCacheInJvm(flags, "jdk")).isEqualTo("1.20");
    }

    @Test
    void codec_unsafeDenied_isFst() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "the JVM has had the flag since 23");

        assertThat(createCacheInJvm(List.of("--sun-misc-unsafe-memory-access=deny"), "fst"))
                .isEqualTo("1.20");
    }

    private String createCacheInJvm(List<String> flags, String codec) throws Exception {
        return OtherJvm.run(InOwnJvm.class, flags, DynamoDbLocal.endpoint().toString(), table, codec);
    }

    /** The program of another JVM: makes a cache and uses it. */
    static final class InOwnJvm {
        private InOwnJvm() {}

        public static void main(String[] arguments) {
            try (CacheManager manager = new DynamoDbCachingProvider().getCacheManager()) {
                Cache<String, BigDecimal> cache = manager.createCache(
                        "prices",
                        DynamoDbConfiguration.builder(String.class, BigDecimal.class)
                                .set(Option.ENDPOINT, URI.create(arguments[0]))
                                .set(Option.REGION, "us-east-1")
                                .table(arguments[1])
                                .set(Option.CODEC, arguments[2])
                                .build());
                cache.put("tea", new BigDecimal("1.20"));
                System.out.print(cache.get("tea"));
            } catch (CacheException e) {
                System.out.print(e.getClass().getSimpleName() + ": " + e.getMessage());
            }
        }
    }

    @Test
    void codec_changedBack_namesTheCodecThatIsMissing() {
        Cache<String, BigDecimal> before = node.cache("prices", prices().codec(new DecimalCodec()));
        before.put("tea", new BigDecimal("1.20"));
        before.close();

        Cache<String, BigDecimal> after = node.cache("prices", prices().set(Option.CODEC, "jdk"));

        assertThatThrownBy(() -> after.get("tea"))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("'prices:tea'")
                .hasMessageContaining("200");
    }

    @ParameterizedTest
    @CsvSource({
        "com.acme.NoSuchCodec, no class of that name",
        "FST, no class of that name",
        "JDK, no class of that name",
        "java.lang.String, does not implement",
        "dev.tidepool.codec.Codec, no instance",
        "dev.tidepool.cache.OptionsIT$Delegate, no instance",
        "dev.tidepool.cache.OptionsIT$CodecWithParameter, no instance",
        "dev.tidepool.cache.OptionsIT$HiddenCodec, no instance",
        "dev.tidepool.cache.OptionsIT$FailingCodec, no instance",
        "dev.tidepool.cache.OptionsIT$IntrudingCodec, must have one of 128 to 255"
    })
    void codec_nameOfNone_namesOptionAndValue(String name, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> node.cache("prices", prices().set(Option.CODEC, name)))
                .withMessageContaining("'codec'")
                .withMessageContaining("'" + name + "'")
                .withMessageContaining(why);
        assertThat(node.manager().getCacheNames()).isEmpty();
    }

    /** Uses of an item that cannot be read. */
    static final List<Arguments> USES = List.of(
            use("get", cache -> cache.get(KEY)),
            use("getAll", cache -> cache.getAll(Set.of(KEY))),
            use("iterator", cache -> cache.iterator().next()),
            use("getAndPut", cache -> cache.getAndPut(KEY, "new")),
            use("replace", cache -> cache.replace(KEY, "old", "new")),
            use("invoke", cache -> cache.invoke(KEY, (entry, none) -> entry.getValue())));

    private static Arguments use(String name, Consumer<Cache<String, String>> use) {
        return Arguments.argumentSet(name, use);
    }

    @ParameterizedTest
    @FieldSource("USES")
    void secretKeys_true_namesItemByDigestAndNoKey(Consumer<Cache<String, String>> use) {
        Cache<String, String> cache = node.cache("users", strings().set(Option.SECRET_KEYS, true));
        damage("users:" + KEY);

        assertThatThrownBy(() -> use.accept(cache))
                .isInstanceOf(CacheException.class)
                .satisfies(e -> {
                    StringWriter log = new StringWriter();
                    e.printStackTrace(new PrintWriter(log, true));
                    assertThat(log.toString())
                            .contains("sha256:" + digest("users:" + KEY) + " ", "'users'", "'" + table + "'")
                            .doesNotContain(KEY);
                });
    }

    @ParameterizedTest
    @FieldSource("USES")
    void secretKeys_unset_namesItem(Consumer<Cache<String, String>> use) {
        Cache<String, String> cache = node.cache("users", strings());
        damage("users:" + KEY);

        assertThatThrownBy(() -> use.accept(cache))
                .isInstanceOf(CacheException.class)
                .satisfies(e -> {
                    StringWriter log = new StringWriter();
                    e.printStackTrace(new PrintWriter(log, true));
                    assertThat(log.toString())
                            .contains("'users:" + KEY + "'", "'" + table + "'")
                            .doesNotContain("sha256");
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann\nERROR forged", "ann\rERROR forged", "ann\u0085ERROR forged", "ann\u2028ERROR forged"})
    void get_keyThatWouldBreakLine_isShownInOne(String key) {
        Cache<String, String> cache = node.cache("users", strings());
        cache.put(key, "Ann");
        String id = node.client().scan(request -> request.tableName(table)).items().stream()
                .map(item -> requireNonNull(item.get("id")).s())
                .findFirst()
                .orElseThrow();
        damage(id);

        assertThatThrownBy(() -> cache.get(key))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("'users:ann")
                .satisfies(e -> assertThat(String.valueOf(e.getMessage())).doesNotContainPattern("\\R"));
    }

    private void damage(String id) {
        items(table).put(id, Map.of("value", RawItems.binary(new byte[] {1, 2, 3}), "etag", RawItems.number(7)));
    }

    private RawItems items(String name) {
        return new RawItems(node.client(), name);
    }

    /** The second byte of a stored value is the number of the codec. */
    private int codecOf(String id) {
        return Byte.toUnsignedInt(
                requireNonNull(items(table).get(id).get("value")).b().asByteArray()[1]);
    }

    private static String digest(String id) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private DynamoDbConfiguration.Builder<String, String> strings() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private DynamoDbConfiguration.Builder<String, String> texts() {
        return DynamoDbConfiguration.builder(String.class, String.class).table(table);
    }

    private int lengthOf(String id) {
        return requireNonNull(items(table).get(id).get("value")).b().asByteArray().length;
    }

    private DynamoDbConfiguration.Builder<String, BigDecimal> prices() {
        return DynamoDbConfiguration.builder(String.class, BigDecimal.class).table(table);
    }
}
