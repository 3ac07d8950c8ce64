package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.tidepool.cache.Guide;
import java.io.Serializable;
import java.net.URL;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The named sets beside the libraries that they are for, in the versions of the tests. */
final class AllowSetsTest {
    private static final JavaClasses LIBRARIES = new ClassFileImporter()
            .importPackages(AllowSets.names().stream()
                    .flatMap(name -> AllowSets.patternsOf(name).stream())
                    .filter(pattern -> !pattern.equals(URL.class.getName()))
                    .map(pattern -> pattern.substring(0, pattern.lastIndexOf('.')))
                    .toList());

    static Set<String> names() {
        return AllowSets.names();
    }

    private static Stream<JavaClass> serializable(String pattern) {
        AllowList list = AllowList.of(List.of(pattern));
        return LIBRARIES.stream()
                .filter(type -> list.allows(type.getName()))
                .filter(type -> type.isAssignableTo(Serializable.class));
    }

    @ParameterizedTest
    @MethodSource("names")
    void patterns_ofASet_areThoseOfTheGuide(String name) {
        List<String> blocks = Guide.of("docs/values.md").section("### " + name).blocks("text");

        assertThat(blocks).hasSize(1);
        assertThat(blocks.get(0).lines()).containsExactlyElementsOf(AllowSets.patternsOf(name));
    }

    @ParameterizedTest
    @MethodSource("names")
    void patterns_ofASet_allAllowAClassOfTheLibrary(String name) {
        assertThat(AllowSets.patternsOf(name))
                .isSorted()
                .allMatch(pattern -> pattern.equals(URL.class.getName())
                        || serializable(pattern).anyMatch(type -> true));
    }

    /** A class that runs code when it is read is named here, after somebody has looked at what it does. */
    @ParameterizedTest
    @MethodSource("names")
    void classes_ofASet_runNoCodeWhenTheyAreRead(String name) {
        assertThat(serializable(name).filter(AllowSetsTest::runsCode).map(JavaClass::getName))
                .isSubsetOf(
                        // Give back a constant.
                        "org.hibernate.bytecode.enhance.spi.LazyPropertyInitializer$1",
                        "org.hibernate.property.access.internal.PropertyAccessStrategyBackRefImpl$1",
                        "org.springframework.cache.support.NullValue",
                        "org.springframework.security.web.webauthn.api.AuthenticatorAttachment",
                        "org.springframework.security.web.webauthn.api.AuthenticatorTransport",
                        "org.springframework.security.web.webauthn.api.PublicKeyCredentialType",
                        "org.springframework.security.web.webauthn.api.UserVerificationRequirement",
                        // Compute the hash code of their elements, as a list in a set has it computed.
                        "org.hibernate.cache.spi.QueryKey",
                        "org.springframework.cache.interceptor.SimpleKey");
    }

    private static boolean runsCode(JavaClass type) {
        return type.getMethods().stream()
                .map(JavaMethod::getName)
                .anyMatch(
                        Set.of("readObject", "readObjectNoData", "readExternal", "readResolve", "finalize")::contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.hibernate.property.access.spi.GetterMethodImpl",
                "org.hibernate.engine.spi.TypedValue",
                "org.springframework.aop.framework.JdkDynamicAopProxy",
                "org.springframework.beans.factory.support.DefaultListableBeanFactory$SerializedBeanFactoryReference",
                "org.springframework.beans.factory.support.DisposableBeanAdapter",
                "org.springframework.core.SerializableTypeWrapper$MethodInvokeTypeProvider",
                "org.springframework.transaction.jta.JtaTransactionManager",
                "org.springframework.web.context.request.DestructionCallbackBindingListener"
            })
    void classes_thatCallAMethodOfTheStreamsChoice_areInNoSet(String className) {
        assertThat(AllowList.of(AllowSets.names()).allows(className)).isFalse();
    }

    @Test
    void url_isInTheSetThatNeedsIt() {
        assertThat(AllowList.of(List.of("spring", "hibernate")).allows(URL.class.getName()))
                .isFalse();
        assertThat(AllowList.of(List.of("spring-security")).allows(URL.class.getName()))
                .isTrue();
    }

    @Test
    void of_setAmongPatterns_isShownAsItWasWritten() {
        AllowList list = AllowList.of(List.of("spring", "com.acme.*"));

        assertThat(list).hasToString("[com.acme.*, spring]").isEqualTo(AllowList.of(List.of("com.acme.*", "spring")));
        assertThat(list.allows("com.acme.User")).isTrue();
        assertThat(list.plus(Samples.User.class).allows("org.springframework.web.servlet.FlashMap"))
                .isTrue();
        assertThat(list.allows("spring")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"spring-securty", "spring-boot", "Spring-Security", "spring-security.*", "hibernate "})
    void of_noSuchSet_namesTheSetsThereAre(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllowList.of(List.of(name)))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining("nor a set (hibernate, spring, spring-security)");
    }
}
