package dev.tidepool;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the compiler cannot check of the library's own classes. */
final class ArchitectureTest {
    private static final String SDK = "software.amazon.awssdk..";

    /** What users see, and what therefore cannot change. */
    private static final Set<String> PUBLIC = Set.of(
            "dev.tidepool.AwsConfig",
            "dev.tidepool.Option",
            "dev.tidepool.Settings",
            "dev.tidepool.Settings$Place",
            "dev.tidepool.ManagerSettings",
            "dev.tidepool.SpecialKey",
            "dev.tidepool.SpecialKey$Type",
            "dev.tidepool.cache.CacheItems",
            "dev.tidepool.cache.CacheOperations",
            "dev.tidepool.cache.CacheOperations$StoreHealth",
            "dev.tidepool.cache.CacheRequestMetrics",
            "dev.tidepool.cache.DynamoDbCachingProvider",
            "dev.tidepool.cache.DynamoDbConfiguration",
            "dev.tidepool.cache.DynamoDbConfiguration$Builder",
            "dev.tidepool.cache.EntryExpiryPolicy",
            "dev.tidepool.cache.IncompleteBatchException",
            "dev.tidepool.cache.TableItems",
            "dev.tidepool.cache.TableItems$Attribute",
            "dev.tidepool.cache.TableItems$Item",
            "dev.tidepool.codec.AllowList",
            "dev.tidepool.codec.Codec",
            "dev.tidepool.codec.CodecException",
            "dev.tidepool.codec.CodecException$Reason",
            "dev.tidepool.codec.ContentKeyCodec",
            "dev.tidepool.codec.FstCodec",
            "dev.tidepool.codec.JdkCodec",
            "dev.tidepool.codec.KeyCodec",
            "dev.tidepool.codec.PartsCodec",
            "dev.tidepool.codec.ValueFormat",
            "dev.tidepool.codec.ValueNode",
            "dev.tidepool.codec.ValueNode$Part",
            "dev.tidepool.codec.ValueOutline",
            "dev.tidepool.connect.ConnectItem",
            "dev.tidepool.express.ConnectCookie",
            "dev.tidepool.express.ConnectFormat",
            "dev.tidepool.express.SignedCookie",
            "dev.tidepool.session.AttributeCodec",
            "dev.tidepool.session.AttributeSettings",
            "dev.tidepool.session.EndReason",
            "dev.tidepool.session.FormatFields",
            "dev.tidepool.session.NewSession",
            "dev.tidepool.session.SessionCaches",
            "dev.tidepool.session.SessionContent",
            "dev.tidepool.session.SessionCounts",
            "dev.tidepool.session.SessionEngine",
            "dev.tidepool.session.SessionEngine$Builder",
            "dev.tidepool.session.SessionEntry",
            "dev.tidepool.session.SessionFormat",
            "dev.tidepool.session.SessionHandle",
            "dev.tidepool.session.SessionHandle$Change",
            "dev.tidepool.session.SessionId",
            "dev.tidepool.session.SessionIds",
            "dev.tidepool.session.SessionMetrics",
            "dev.tidepool.session.SessionObserver",
            "dev.tidepool.session.SessionRequest",
            "dev.tidepool.session.SessionOutline",
            "dev.tidepool.session.Signpost",
            "dev.tidepool.session.StoredKey",
            "dev.tidepool.session.StoredSession",
            "dev.tidepool.tools.Cost",
            "dev.tidepool.tools.Show",
            "dev.tidepool.undertow.ExpressSessionConfig",
            "dev.tidepool.undertow.ExpressSessionConfig$Builder",
            "dev.tidepool.undertow.FailureResponse",
            "dev.tidepool.undertow.JCacheSessionManager",
            "dev.tidepool.undertow.JCacheSessionManager$Builder",
            "dev.tidepool.undertow.JCacheSessionManagerFactory",
            "dev.tidepool.undertow.JCacheSingleSignOnManager",
            "dev.tidepool.undertow.SingleSignOnCaches",
            "dev.tidepool.undertow.SingleSignOnExtension",
            "dev.tidepool.undertow.SingleSignOnOutline",
            "dev.tidepool.undertow.SingleSignOnOutline$Member",
            "dev.tidepool.undertow.StoredSingleSignOn");

    /** Where requests are made, answers read and clients handed over. */
    private static final Set<String> SDK_USERS = Set.of(
            "dev.tidepool.Option",
            "dev.tidepool.cache.Attempts",
            "dev.tidepool.cache.CacheTable",
            "dev.tidepool.cache.ClockSkew",
            "dev.tidepool.cache.ConnectItemMapper",
            "dev.tidepool.cache.Connections",
            "dev.tidepool.cache.DynamoDbCacheManager",
            "dev.tidepool.cache.DynamoDbLimits",
            "dev.tidepool.cache.Expression",
            "dev.tidepool.cache.ItemMapper",
            "dev.tidepool.cache.NativeItemMapper",
            "dev.tidepool.cache.RequestSender",
            "dev.tidepool.cache.SpecialKeys",
            "dev.tidepool.cache.StoreFailure",
            "dev.tidepool.cache.TableBatches",
            "dev.tidepool.cache.TableItems",
            "dev.tidepool.cache.TableScans",
            "dev.tidepool.cache.TableSetup");

    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.tidepool");

    @Test
    void classes_ofLibrary_areImportedWithoutTests() {
        assertThat(LIBRARY.contain("dev.tidepool.cache.DynamoDbCache")).isTrue();
        assertThat(LIBRARY.contain(ArchitectureTest.class)).isFalse();
    }

    @Test
    void publicTypes_all_areThoseOfList() {
        Set<String> found = LIBRARY.stream()
                .filter(ArchitectureTest::isVisibleToUsers)
                .map(JavaClass::getName)
                .collect(Collectors.toSet());

        assertThat(found).containsExactlyInAnyOrderElementsOf(PUBLIC);
    }

    private static boolean isVisibleToUsers(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass()
                        .map(ArchitectureTest::isVisibleToUsers)
                        .orElse(true);
    }

    @Test
    void packages_all_haveNoCycles() {
        slices().matching("dev.tidepool.(**)").should().beFreeOfCycles().check(LIBRARY);
    }

    @Test
    void codec_anyClass_doesNotKnowCache() {
        noClasses()
                .that()
                .resideInAPackage("dev.tidepool.codec..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.tidepool.cache..")
                .check(LIBRARY);
    }

    /** The rest of fast-serialization needs sun.misc.Unsafe. */
    @Test
    void codec_anyClass_usesOnlyCodersOfFst() {
        noClasses()
                .should()
                .dependOnClassesThat(are(resideInAPackage("org.nustaq.."))
                        .and(are(DescribedPredicate.not(memberOf(Set.of(
                                "org.nustaq.serialization.FSTConfiguration",
                                "org.nustaq.serialization.coders.FSTStreamDecoder",
                                "org.nustaq.serialization.coders.FSTStreamEncoder"))))))
                .check(LIBRARY);
    }

    /** Sessions run on any JCache provider; only who makes caches on DynamoDB knows this one. */
    @Test
    void session_classOtherThanThoseOfCaches_doesNotKnowCache() {
        noClasses()
                .that(are(resideInAPackage("dev.tidepool.session..")).or(resideInAPackage("dev.tidepool.undertow..")))
                .and(are(DescribedPredicate.not(memberOf(
                        Set.of("dev.tidepool.session.SessionCaches", "dev.tidepool.undertow.SingleSignOnCaches")))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.tidepool.cache..")
                .check(LIBRARY);
    }

    /** The engine has one seam for formats, and none of its rules depends on who calls it. */
    @Test
    void session_anyClass_knowsNeitherExpressNorUndertow() {
        noClasses()
                .that()
                .resideInAPackage("dev.tidepool.session..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.tidepool.express..", "dev.tidepool.undertow..")
                .check(LIBRARY);
    }

    /** One can read a class of the engine without those that use it. */
    @Test
    void session_classes_haveNoCycle() {
        assertThat(partsOnCycles("dev.tidepool.session")).isEmpty();
    }

    /** JSR-107 itself makes a circle of provider, manager and cache: each answers the one that it belongs to. */
    @Test
    void cache_classesOtherThanThoseOfJsr107_haveNoCycle() {
        assertThat(partsOnCycles("dev.tidepool.cache"))
                .containsExactlyInAnyOrder("DynamoDbCachingProvider", "DynamoDbCacheManager", "DynamoDbCache");
    }

    /** Returns the classes of a package that use themselves by way of others; a nested type counts as its outer one. */
    private static Set<String> partsOnCycles(String packageName) {
        SortedMap<String, Set<String>> uses = new TreeMap<>();
        for (JavaClass type : LIBRARY) {
            if (type.getPackageName().equals(packageName)) {
                uses.computeIfAbsent(part(type), key -> new TreeSet<>())
                        .addAll(type.getDirectDependenciesFromSelf().stream()
                                .map(Dependency::getTargetClass)
                                .map(JavaClass::getBaseComponentType)
                                .filter(used -> used.getPackageName().equals(packageName))
                                .map(ArchitectureTest::part)
                                .toList());
            }
        }
        uses.forEach((part, used) -> used.remove(part));
        boolean isSmaller = true;
        while (isSmaller) { // what uses nothing that is left, or is used by nothing that is left, is on no cycle
            Set<String> used = uses.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
            Set<String> ends = uses.entrySet().stream()
                    .filter(entry -> entry.getValue().isEmpty() || !used.contains(entry.getKey()))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            isSmaller = uses.keySet().removeAll(ends);
            uses.values().forEach(left -> left.removeAll(ends));
        }
        return uses.keySet();
    }

    /** A sealed family counts as one. */
    private static String part(JavaClass type) {
        JavaClass outermost = outermost(type);
        return Stream.of("dev.tidepool.session.SessionEntry", "dev.tidepool.cache.ItemMapper")
                .filter(outermost::isAssignableTo)
                .map(family -> family.substring(family.lastIndexOf('.') + 1))
                .findFirst()
                .orElse(outermost.getSimpleName());
    }

    @Test
    void express_anyClass_knowsNoUndertow() {
        noClasses()
                .that()
                .resideInAPackage("dev.tidepool.express..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.undertow..", "dev.tidepool.undertow..", "dev.tidepool.cache..")
                .check(LIBRARY);
    }

    /** Commands are on top of all, and run without Undertow. */
    @Test
    void tools_anyClass_isUsedByNoneAndNeedsNoUndertow() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.tidepool.tools..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.tidepool.tools..")
                .check(LIBRARY);
        noClasses()
                .that()
                .resideInAPackage("dev.tidepool.tools..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.undertow..")
                .check(LIBRARY);
        noClasses()
                .that(are(memberOf(Set.of(
                        "dev.tidepool.undertow.SingleSignOnOutline", "dev.tidepool.undertow.SingleSignOnContent"))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.undertow..")
                .check(LIBRARY);
    }

    /** Undertow is optional, and so is its servlet part. */
    @Test
    void undertow_classOutsideOfItsPackage_doesNotUseIt() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.tidepool.undertow..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.undertow..", "org.xnio..")
                .check(LIBRARY);
        noClasses()
                .that(are(DescribedPredicate.not(memberOf(Set.of(
                        "dev.tidepool.undertow.JCacheSessionManagerFactory",
                        "dev.tidepool.undertow.ServletActivation",
                        "dev.tidepool.undertow.SingleSignOnExtension")))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.undertow.servlet..", "jakarta.servlet..")
                .check(LIBRARY);
    }

    /** It is optional, too. */
    @Test
    void databind_classOtherThanDeclaredTypes_doesNotUseIt() {
        noClasses()
                .that(are(DescribedPredicate.not(memberOf(Set.of("dev.tidepool.express.DeclaredTypes")))))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml.jackson.databind..", "com.fasterxml.jackson.datatype..")
                .check(LIBRARY);
    }

    /** And so is this: no other class needs those that use it, so they are not loaded without it. */
    @Test
    void micrometer_classOtherThanMetrics_knowsNeitherItNorThem() {
        DescribedPredicate<JavaClass> metrics =
                memberOf(Set.of("dev.tidepool.cache.CacheRequestMetrics", "dev.tidepool.session.SessionMetrics"));
        noClasses()
                .that(are(DescribedPredicate.not(metrics)))
                .should()
                .dependOnClassesThat(are(resideInAPackage("io.micrometer..")).or(metrics))
                .check(LIBRARY);
    }

    @Test
    void root_anyClass_knowsNoOtherPackage() {
        noClasses()
                .that()
                .resideInAPackage("dev.tidepool")
                .should()
                .dependOnClassesThat(are(resideInAPackage("dev.tidepool.."))
                        .and(DescribedPredicate.not(resideInAPackage("dev.tidepool"))))
                .check(LIBRARY);
    }

    @Test
    void sdk_classNotOnList_doesNotUseIt() {
        noClasses()
                .that(are(DescribedPredicate.not(memberOf(SDK_USERS))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(SDK)
                .check(LIBRARY);
    }

    @Test
    void sdk_classOnList_usesIt() {
        Set<String> users = LIBRARY.stream()
                .filter(type -> type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(dependency -> resideInAPackage(SDK).test(dependency.getTargetClass())))
                .map(type -> outermost(type).getName())
                .collect(Collectors.toSet());

        assertThat(users).containsAll(SDK_USERS);
    }

    @Test
    void systemProperties_classOtherThanManagerSettingsAndCommands_leavesThemAlone() {
        noClasses()
                .that(are(DescribedPredicate.not(
                        memberOf(Set.of("dev.tidepool.ManagerSettings", "dev.tidepool.tools.Show")))))
                .should()
                .callMethodWhere(methodOf("java.lang.System", "getProperty", "getProperties", "setProperty", "getenv"))
                .orShould()
                .callMethodWhere(methodOf("java.lang.Boolean", "getBoolean"))
                .orShould()
                .callMethodWhere(methodOf("java.lang.Integer", "getInteger"))
                .orShould()
                .callMethodWhere(methodOf("java.lang.Long", "getLong"))
                .check(LIBRARY);
    }

    @Test
    void output_classOtherThanCommands_leavesConsoleAlone() {
        noClasses()
                .that(are(
                        DescribedPredicate.not(memberOf(Set.of("dev.tidepool.tools.Cost", "dev.tidepool.tools.Show")))))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethodWhere(printStackTrace())
                .check(LIBRARY);
    }

    @Test
    void classes_all_areFinalOrSealed() {
        classes()
                .that(are(ordinary()))
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(LIBRARY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Impl", "Util", "Utils", "Helper", "Info", "Adapter"})
    void names_all_doNotEndWithPlumbing(String ending) {
        noClasses().should().haveSimpleNameEndingWith(ending).check(LIBRARY);
    }

    @Test
    void names_all_doNotBeginWithAbstract() {
        noClasses().should().haveSimpleNameStartingWith("Abstract").check(LIBRARY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"internal", "util", "common", "impl"})
    void packages_all_areNotNamedAfterPlumbing(String name) {
        noClasses().should().resideInAPackage("..dev.tidepool.." + name + "..").check(LIBRARY);
    }

    /** Neither interface nor enum, whose constants may have bodies, nor anonymous. */
    private static DescribedPredicate<JavaClass> ordinary() {
        return DescribedPredicate.describe(
                "ordinary classes",
                type -> !type.isInterface()
                        && !type.isEnum()
                        && !type.isAnonymousClass()
                        && !type.reflect().isSealed()
                        && !type.getSimpleName().equals("package-info"));
    }

    /** A class of the given name, or nested in it. */
    private static DescribedPredicate<JavaClass> memberOf(Set<String> names) {
        return DescribedPredicate.describe(
                "one of " + names, type -> names.contains(outermost(type).getName()));
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
    }

    private static DescribedPredicate<JavaMethodCall> methodOf(String owner, String... names) {
        Set<String> wanted = Set.of(names);
        return DescribedPredicate.describe(
                owner + "." + wanted,
                call -> call.getTargetOwner().getName().equals(owner) && wanted.contains(call.getName()));
    }

    private static DescribedPredicate<JavaMethodCall> printStackTrace() {
        return DescribedPredicate.describe(
                "printStackTrace", call -> call.getName().equals("printStackTrace"));
    }
}
