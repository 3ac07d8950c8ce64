package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.tidepool.codec.CodecException.Reason;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.hibernate.cache.internal.BasicCacheKeyImplementation;
import org.hibernate.cache.internal.CacheKeyImplementation;
import org.hibernate.cache.internal.NaturalIdCacheKey;
import org.hibernate.cache.spi.QueryKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.cache.interceptor.SimpleKey;

/** The classes themselves, not such as look like them: a field that one of them gains or loses shows here. */
final class SpringAndHibernateKeysTest {
    private static final String MEMENTO =
            "org.hibernate.query.internal.QueryParameterBindingsImpl$ParameterBindingsMementoImpl";
    private static final String INTERNAL = "~object:org.hibernate.cache.internal.";

    private final ContentKeyCodec codec = new ContentKeyCodec(
            SpringAndHibernateKeysTest.class.getClassLoader(),
            AllowList.of(List.of(
                    "org.springframework.cache.interceptor.SimpleKey",
                    "org.hibernate.cache.**",
                    MEMENTO,
                    KeyFixtures.Colour.class.getName())));

    static Stream<Arguments> simpleKeys() {
        return Stream.of(
                arguments(SimpleKey.EMPTY, "()"),
                arguments(new SimpleKey("a", 1), "(a,~i:1)"),
                arguments(new SimpleKey("a", null), "(a,~null)"),
                arguments(new SimpleKey(List.of("a"), new int[] {1}), "(~list(a),~ints(~i:1))"),
                arguments(new SimpleKey((Object) new String[] {"a"}), "(~array(a))"));
    }

    @ParameterizedTest
    @MethodSource("simpleKeys")
    void codec_simpleKey_givesEqualKey(SimpleKey key, String parameters) {
        String text = codec.encode(key);
        Object decoded = codec.decode(text);

        assertThat(text)
                .isEqualTo("~object:org.springframework.cache.interceptor.SimpleKey(params=~array" + parameters + ")");
        assertThat(decoded).isEqualTo(key).hasSameHashCodeAs(key);
    }

    @Test
    void encode_simpleKeyNotAllowed_namesIt() {
        ContentKeyCodec strict = new ContentKeyCodec(getClass().getClassLoader(), AllowList.of(List.of()));

        CodecException refusal =
                catchThrowableOfType(CodecException.class, () -> strict.encode(new SimpleKey("a", "b")));

        assertThat(refusal.reason()).isEqualTo(Reason.NOT_ALLOWED);
        assertThat(refusal).hasMessageContaining("org.springframework.cache.interceptor.SimpleKey");
    }

    static Stream<Arguments> hibernateKeys() throws ReflectiveOperationException {
        Object colour = KeyFixtures.Colour.RED;
        String red = "~enum:" + KeyFixtures.Colour.class.getName() + "(RED)";
        return Stream.of(
                arguments(
                        new CacheKeyImplementation(7L, "Book", "t", 1),
                        new CacheKeyImplementation(7L, "Book", "t", 2),
                        INTERNAL
                                + "CacheKeyImplementation(entityOrRoleName=Book,id=~l:7,requiresDeepEquals=~bool:false,"
                                + "tenantId=t)"),
                arguments(
                        new CacheKeyImplementation(new Object[] {colour, 1}, "Book", null, 1),
                        new CacheKeyImplementation(new Object[] {colour, 1}, "Book", null, 2),
                        INTERNAL + "CacheKeyImplementation(entityOrRoleName=Book,id=~array(" + red
                                + ",~i:1),requiresDeepEquals=~bool:true,tenantId=~null)"),
                arguments(
                        new BasicCacheKeyImplementation(KeyFixtures.Colour.RED, "Book", 1),
                        new BasicCacheKeyImplementation(KeyFixtures.Colour.RED, "Book", 2),
                        INTERNAL + "BasicCacheKeyImplementation(entityOrRoleName=Book,id=" + red + ")"),
                arguments(
                        new NaturalIdCacheKey(new Object[] {"isbn", colour}, "Book", null, 1),
                        new NaturalIdCacheKey(new Object[] {"isbn", colour}, "Book", null, 2),
                        INTERNAL + "NaturalIdCacheKey(entityName=Book,naturalIdValues=~array(isbn," + red
                                + "),tenantId=~null)"),
                arguments(
                        queryKey(1, "a", colour),
                        queryKey(2, "a", colour),
                        "~object:org.hibernate.cache.spi.QueryKey(enabledFilterNames=~array(f),firstRow=~null,"
                                + "maxRows=~i:10,parameterBindingsMemento=~object:" + MEMENTO + "(values=~array(a,"
                                + red + ")),sqlQueryString=select \\(1\\))"));
    }

    private static QueryKey queryKey(int hashCode, @Nullable Object... values) throws ReflectiveOperationException {
        Constructor<?> constructor = Class.forName(MEMENTO).getDeclaredConstructor(Object[].class, int.class);
        constructor.setAccessible(true);
        QueryKey.ParameterBindingsMemento memento =
                (QueryKey.ParameterBindingsMemento) constructor.newInstance(values, hashCode);
        return new QueryKey("select (1)", memento, null, 10, Set.of("f"));
    }

    /** Two hash codes stand for two JVMs. */
    @ParameterizedTest
    @MethodSource("hibernateKeys")
    void encode_hibernateKeyOfAnotherJvm_givesSameText(Object key, Object elsewhere, String text) {
        assertThat(key.hashCode()).isNotEqualTo(elsewhere.hashCode());
        assertThat(codec.encode(key)).isEqualTo(text);
        assertThat(codec.encode(elsewhere)).isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("hibernateKeys")
    void decode_hibernateKey_hasSameContentAndNoHashCode(Object key, Object elsewhere, String text) {
        Object decoded = codec.decode(text);

        assertThat(decoded)
                .isEqualTo(codec.decode(codec.encode(elsewhere)))
                .usingRecursiveComparison()
                .ignoringFieldsMatchingRegexes("(.*\\.)?hashCode")
                .isEqualTo(key);
        assertThat(decoded instanceof QueryKey || decoded.hashCode() == 0).isTrue();
    }

    @Test
    void encode_differentHibernateKeys_giveDifferentTexts() throws ReflectiveOperationException {
        List<Object> keys = List.of(
                new CacheKeyImplementation(1L, "Book", null, 0),
                new CacheKeyImplementation(2L, "Book", null, 0),
                new CacheKeyImplementation(1, "Book", null, 0),
                new CacheKeyImplementation(1L, "Author", null, 0),
                new CacheKeyImplementation(1L, "Book", "t", 0),
                new BasicCacheKeyImplementation(1L, "Book", 0),
                new NaturalIdCacheKey(1L, "Book", null, 0),
                new NaturalIdCacheKey(new Object[] {1L}, "Book", null, 0),
                queryKey(0),
                queryKey(0, "a"),
                queryKey(0, "a", null));

        assertThat(keys.stream().map(codec::encode)).doesNotHaveDuplicates();
    }
}
