package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.codec.CodecException.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AllowListTest {

    @ParameterizedTest
    @CsvSource({
        "com.acme.User, com.acme.User, true",
        "com.acme.User, com.acme.User$Address, false",
        "com.acme.User, com.acme.UserX, false",
        "com.acme.User, com.acme.Use, false",
        "com.acme.User$Address, com.acme.User$Address, true",
        "User, User, true",
        "com.acme.*, com.acme.User, true",
        "com.acme.*, com.acme.User$Address, true",
        "com.acme.*, com.acme.sub.User, false",
        "com.acme.*, com.acmes.User, false",
        "com.acme.*, com.acme, false",
        "com.acme.**, com.acme.User, true",
        "com.acme.**, com.acme.sub.deep.User, true",
        "com.acme.**, com.acmes.User, false",
        "com.acme.**, org.com.acme.User, false",
    })
    void allows_pattern_matchesAsDocumented(String pattern, String name, boolean expected) {
        assertThat(AllowList.of(List.of(pattern)).allows(name)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[Lcom.acme.User;", "[[[Lcom.acme.User;", "[I", "[[J", "int", "void"})
    void allows_arrayOrPrimitive_elementDecides(String name) {
        assertThat(AllowList.of(List.of("com.acme.User")).allows(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[Lcom.acme.Other;",
                "[[Lcom.acme.Other;",
                "[",
                "[X",
                "[L;",
                "[Lcom.acme.User",
                "",
                "Lcom.acme.User;"
            })
    void allows_arrayOfOtherOrMalformedName_refuses(String name) {
        assertThat(AllowList.of(List.of("com.acme.User")).allows(name)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "*",
                "**",
                ".*",
                "*.*",
                "com.acme.***",
                "com.*.User",
                "com.acme.U*",
                "com..acme",
                ".com.acme",
                "com.acme.",
                " com.acme.User",
                "com.acme.User,com.acme.Other",
                "1com.acme",
                "com/acme/User",
                "[Lcom.acme.User;",
                "!com.acme.User"
            })
    void of_malformedPattern_namesPatternAndOption(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllowList.of(List.of(pattern)))
                .withMessageContaining("allow")
                .withMessageContaining("'" + pattern + "'");
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                java.io.ObjectInputFilter.class,
                java.lang.ClassLoader.class,
                java.lang.ProcessBuilder.class,
                java.lang.Runtime.class,
                java.lang.Thread.class,
                java.lang.invoke.SerializedLambda.class,
                java.lang.reflect.Method.class,
                java.lang.reflect.Proxy.class,
                java.net.InetAddress.class,
                java.net.URL.class,
                java.security.SignedObject.class,
                java.time.zone.ZoneRules.class,
                java.util.PropertyPermission.class,
                java.util.ServiceLoader.class,
                java.util.regex.Pattern.class,
                java.util.concurrent.ThreadPoolExecutor.class
            })
    void allows_dangerousClassOfJdk_refuses(Class<?> type) {
        assertThat(AllowList.of(List.of()).allows(type.getName())).isFalse();
    }

    @Test
    void allows_valueTypesOfJdk_needNoPattern() {
        List<Object> values =
                List.of(1, "text", List.of(1), Map.of(1, 2), Arrays.asList(1, 2), new Object[0], new int[0][]);
        assertThat(values)
                .allMatch(
                        value -> AllowList.of(List.of()).allows(value.getClass().getName()));
    }

    @Test
    void check_refusedClass_saysWhichLineToAdd() {
        assertThatThrownBy(() -> AllowList.of(List.of()).check("[[Lcom.acme.User;"))
                .isInstanceOfSatisfying(
                        CodecException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_ALLOWED))
                .hasMessageContaining("class com.acme.User is not allowed")
                .hasMessageEndingWith(
                        "; to allow it, set tidepool.allow=com.acme.User" + " (for the whole package: com.acme.*)");
    }

    @Test
    void refusal_severalClasses_saysAllAtOnceWithoutAPackage() {
        assertThat(AllowList.of(List.of()).refusal(List.of("org.acme.Size", "com.acme.User", "[Lorg.acme.Size;")))
                .hasMessage("classes com.acme.User, org.acme.Size are not allowed to be stored; to allow them, set"
                        + " tidepool.allow=com.acme.User,org.acme.Size");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.util.logging.Level", "javax.swing.Icon", "User"})
    void refusal_classOfJdkOrWithoutPackage_proposesNoPackage(String name) {
        assertThat(AllowList.of(List.of()).refusal(List.of(name)))
                .hasMessageEndingWith("to allow it, set tidepool.allow=" + name);
    }

    @Test
    void refusal_setByProperty_namesItAndItsSource() {
        AllowList list = AllowList.of(List.of("com.acme.Item"))
                .setBy("tidepool.cache.users.allow", "file:/app/mine.properties")
                .plus(Samples.User.class);

        assertThat(list.refusal(List.of("com.acme.User", "com.acme.Order")))
                .hasMessageEndingWith("; to allow them, add tidepool.cache.users.allow=com.acme.Order,com.acme.User"
                        + " to file:/app/mine.properties (for the whole package: com.acme.*)");
    }

    @Test
    void refusal_setInCode_showsTheCall() {
        AllowList list = AllowList.of(List.of()).setInCode("the builder of something");

        assertThat(list.refusal(List.of("com.acme.User", "org.acme.Size")))
                .hasMessageEndingWith("; to allow them, add allow(\"com.acme.User\", \"org.acme.Size\")"
                        + " to the builder of something");
    }

    @Test
    void check_allowedClass_doesNothing() {
        assertThatCode(() -> AllowList.of(List.of("com.acme.*")).check("com.acme.User"))
                .doesNotThrowAnyException();
    }

    @Test
    void plus_types_allowsExactlyThese() {
        AllowList list = AllowList.of(List.of("com.acme.User")).plus(Samples.User[].class, int.class, Object.class);
        assertThat(list.allows(Samples.User.class.getName())).isTrue();
        assertThat(list.allows(Samples.Secret.class.getName())).isFalse();
        assertThat(list.allows("com.acme.User")).isTrue();
    }

    @Test
    void equals_samePatternsInAnyOrder_areEqual() {
        AllowList list = AllowList.of(List.of("b.*", "a.B"));
        assertThat(list).isEqualTo(AllowList.of(List.of("a.B", "b.*", "a.B"))).hasToString("[a.B, b.*]");
        assertThat(list).hasSameHashCodeAs(AllowList.of(List.of("a.B", "b.*")));
        assertThat(list)
                .isEqualTo(list.setBy("tidepool.allow", "a file"))
                .hasSameHashCodeAs(list.setInCode("a builder"))
                .hasToString(list.setInCode("a builder").toString());
        assertThat(list).isNotEqualTo(list.plus(Samples.User.class)).isEqualTo(list.plus(int.class));
    }
}
