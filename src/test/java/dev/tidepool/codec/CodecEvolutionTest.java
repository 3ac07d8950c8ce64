package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tidepool.codec.CodecException.Reason;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Values written by one version of an application, and read by the next. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class CodecEvolutionTest {

    private static final AllowList SHOP = AllowList.of(List.of("shop.*"));
    private static final String UID = "private static final long serialVersionUID = 1; ";

    @TempDir
    Path folder = Path.of("");

    private final TestCodec kind;

    CodecEvolutionTest(TestCodec kind) {
        this.kind = kind;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int a = 1; String b = \"x\";  | int a = 1; String b = \"x\"; long c = 5;",
                "int a = 1; String b = \"x\";  | int a = 1;",
                "int a = 1; String b = \"x\";  | String b = \"x\"; int a = 1;",
                "final int a = 1; final Object b = 2;  | final Object c = 3; final int a = 1; final long d = 4;",
                "final int a = 1; Object b = 2;  | int a = 1; final Object b = 2;",
                "Object a = java.util.List.of(); | java.util.Collection<?> a;",
            })
    void decode_compatibleChangeWithSerialVersionUid_isRead(String before, String after) throws Exception {
        Object read = evolve(type(UID + before), type(UID + after));
        assertThat(read.getClass().getName()).isEqualTo("shop.Thing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"int a = 1; | long a = 1;", "Integer a = 1; | String a;", "Object a = 1; | java.util.List<?> a;"})
    void decode_incompatibleChangeWithSerialVersionUid_namesTheClass(String before, String after) throws Exception {
        assertChanged(evolutionFailure(type(UID + before), type(UID + after)));
    }

    @Test
    void decode_anyChangeWithoutSerialVersionUid_namesTheClass() throws Exception {
        CodecException e = evolutionFailure(type("int a = 1;"), type("int a = 1; int b = 2;"));
        assertChanged(e);
        assertThat(e).hasMessageContaining("serialVersionUID");
    }

    @Test
    void decode_unchangedWithoutSerialVersionUid_isRead() throws Exception {
        assertThat(evolve(type("int a = 1;"), type("int a = 1;"))).isNotNull();
    }

    @Test
    void decode_classIsGone_saysSo() throws Exception {
        CodecException e = evolutionFailure(type("int a;"), "package shop; class Other {}");
        assertThat(e).hasMessage("class shop.Thing is not on the class path of this cache's class loader");
        assertThat(e.reason()).isEqualTo(Reason.CLASS_CHANGED);
    }

    @Test
    void decode_elementClassOfArrayIsGone_saysSo() throws Exception {
        String before = "package shop; public class Start { public static Object make() { return new Thing[0]; } }"
                + " class Thing implements java.io.Serializable {}";
        CodecException e = evolutionFailure(before, "package shop; class Other {}");
        assertThat(e).hasMessage("class shop.Thing is not on the class path of this cache's class loader");
    }

    @Test
    void decode_fieldRemovedWithItsClass_isRead() throws Exception {
        String before = type(UID + "int a = 1; Gone gone = new Gone(); int b = 2; ")
                + " class Gone implements java.io.Serializable { String c = \"x\"; Gone again = this; }";
        assertThat(evolve(before, type(UID + "int a; int b;"))).isNotNull();
    }

    @Test
    void decode_classIsNoLongerSerializable_namesTheClass() throws Exception {
        assertChanged(evolutionFailure(type("int a;"), "package shop; public class Thing { int a; }"));
    }

    @Test
    void decode_enumConstantInserted_findsTheConstantByName() throws Exception {
        assertThat(evolve(enumeration("A, B"), enumeration("NEW, A, B"))).hasToString("A");
    }

    @Test
    void decode_enumConstantRemoved_namesTheClass() throws Exception {
        assertChanged(evolutionFailure(enumeration("A, B"), enumeration("B")));
    }

    @Test
    void decode_recordComponentAddedAndRemoved_isRead() throws Exception {
        Object read =
                evolve(recordOf("String a, int b", "\"x\", 1", UID), recordOf("Long c, String a", "1L, \"x\"", UID));
        assertThat(read).hasToString("Thing[c=null, a=x]");
    }

    /** Java's own serialization takes every record as one that promises. */
    @Test
    void decode_recordWithoutSerialVersionUidChanged_isReadByJdkOnly() throws Exception {
        String before = recordOf("String a, int b", "\"x\", 1", "");
        String after = recordOf("Long c, String a", "1L, \"x\"", "");
        if (kind == TestCodec.JDK) {
            assertThat(evolve(before, after)).hasToString("Thing[c=null, a=x]");
        } else {
            assertChanged(evolutionFailure(before, after));
        }
    }

    @Test
    void decode_recordComponentOfOtherType_namesTheClass() throws Exception {
        assertChanged(evolutionFailure(recordOf("Object a", "1", UID), recordOf("String a", "\"x\"", UID)));
    }

    private static void assertChanged(CodecException e) {
        assertThat(e).hasMessageContaining("class shop.Thing has changed");
        assertThat(e.reason()).isEqualTo(Reason.CLASS_CHANGED);
    }

    private CodecException evolutionFailure(String before, String after) {
        CodecException failure = catchThrowableOfType(CodecException.class, () -> evolve(before, after));
        assertThat(failure).isNotNull();
        return failure;
    }

    private Object evolve(String before, String after) throws Exception {
        byte[] bytes;
        try (URLClassLoader loader = compile("before", before)) {
            String entry = before.contains("class Start") ? "shop.Start" : "shop.Thing";
            Object value = loader.loadClass(entry).getMethod("make").invoke(null);
            bytes = kind.create(loader, SHOP).encode(value);
        }
        try (URLClassLoader loader = compile("after", after)) {
            return kind.create(loader, SHOP).decode(bytes);
        }
    }

    private URLClassLoader compile(String version, String source) throws IOException {
        Path target = Files.createDirectories(folder.resolve(version));
        String name = source.replaceFirst("(?s).*?public (?:class|enum|record) (\\w+).*", "$1");
        Path file = target.resolve((name.equals(source) ? "Other" : name) + ".java");
        Files.writeString(file, source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        int status = compiler.run(null, null, null, "-proc:none", "-d", target.toString(), file.toString());
        assertThat(status).isZero();
        return new URLClassLoader(new URL[] {url(target)}, getClass().getClassLoader());
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }

    private static String type(String fields) {
        return "package shop; public class Thing implements java.io.Serializable { " + fields
                + " public static Object make() { return new Thing(); } }";
    }

    private static String enumeration(String constants) {
        return "package shop; public enum Thing { " + constants
                + "; public static Object make() { return values()[0]; } }";
    }

    private static String recordOf(String components, String arguments, String version) {
        return "package shop; public record Thing(" + components + ") implements java.io.Serializable {" + version
                + " public static Object make() { return new Thing(" + arguments + "); } }";
    }
}
