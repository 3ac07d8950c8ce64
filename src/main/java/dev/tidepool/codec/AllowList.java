package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import dev.tidepool.codec.CodecException.Reason;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The classes whose instances may be stored and restored: those the application names, and the JDK's own value types
 * and collections. There is no way to allow everything.
 *
 * <p>A pattern is one of
 *
 * <ul>
 *   <li>{@code com.acme.User}: this class and no other, so not its nested classes, which are listed by their binary
 *       name, {@code com.acme.User$Address};
 *   <li>{@code com.acme.*}: every class of this package, nested ones included;
 *   <li>{@code com.acme.**}: every class of this package and of those below it;
 *   <li>{@code hibernate}, {@code spring} or {@code spring-security}: the classes that this library puts into caches
 *       and sessions; so a class of such a name in the default package cannot be listed.
 * </ul>
 *
 * <p>The element type decides about an array. Primitive types are always allowed. Superclasses that are serializable
 * are part of the stored form and need to be allowed as well. Immutable, safe for use by several threads.
 */
public final class AllowList {

    private static final String IDENTIFIER = "\\p{javaJavaIdentifierStart}\\p{javaJavaIdentifierPart}*";
    private static final Pattern SYNTAX = Pattern.compile(IDENTIFIER + "(\\." + IDENTIFIER + ")*(\\.\\*\\*?)?");
    private static final Set<String> PRIMITIVES =
            Set.of("boolean", "byte", "char", "short", "int", "long", "float", "double", "void");

    private final SortedSet<String> patterns;
    private final Place place;
    private final Set<String> classes = new HashSet<>();
    private final Set<String> packages = new HashSet<>();
    private final Set<String> trees = new HashSet<>();

    private AllowList(SortedSet<String> patterns, Place place) {
        this.patterns = Collections.unmodifiableSortedSet(patterns);
        this.place = place;
        patterns.forEach(pattern -> AllowSets.patternsOf(pattern).forEach(this::index));
    }

    /** What to write so that more classes are allowed, around their names, and where to write it. */
    private record Place(String opening, String separator, String closing) {
        static final Place ANYWHERE = new Place("set tidepool.allow=", ",", "");

        String addition(SortedSet<String> classNames) {
            String parent = packageOf(classNames.first());
            boolean isPackage = isOfApplication(parent)
                    && classNames.stream().allMatch(name -> packageOf(name).equals(parent));
            return opening
                    + String.join(separator, classNames)
                    + closing
                    + (isPackage ? " (for the whole package: " + parent + ".*)" : "");
        }

        /** Nobody should allow a whole package of the JDK. */
        private static boolean isOfApplication(String packageName) {
            return !packageName.isEmpty() && !packageName.startsWith("java.") && !packageName.startsWith("javax.");
        }
    }

    /**
     * Returns the list of these patterns.
     *
     * @param patterns classes, packages and named sets; none allows the JDK's value types only
     * @return the list
     * @throws IllegalArgumentException if a pattern is blank, malformed, no set, or would allow everything; the message
     *     names the pattern and the option {@code allow}
     */
    public static AllowList of(Collection<String> patterns) {
        patterns.forEach(AllowList::requireValid);
        return new AllowList(new TreeSet<>(patterns), Place.ANYWHERE);
    }

    /**
     * Returns the same list, whose refusals tell what to add to a property, and where that stands.
     *
     * @param property the property's name, such as {@code tidepool.cache.users.allow}
     * @param source what has the property, such as a file
     * @return a list that equals this one
     */
    public AllowList setBy(String property, String source) {
        return new AllowList(patterns, new Place("add " + property + "=", ",", " to " + source));
    }

    /**
     * Returns the same list, whose refusals tell which {@code allow("com.acme.User")} to add to the application's code.
     *
     * @param builder what has the method {@code allow}, in a few words
     * @return a list that equals this one
     */
    public AllowList setInCode(String builder) {
        return new AllowList(patterns, new Place("add allow(\"", "\", \"", "\") to " + builder));
    }

    /**
     * Returns a list that also allows exactly these classes, such as a cache's declared types.
     *
     * @param types the classes; an array stands for its element type
     * @return a new list
     */
    public AllowList plus(Class<?>... types) {
        SortedSet<String> all = new TreeSet<>(patterns);
        for (Class<?> type : types) {
            all.add(elementOf(type.getName()));
        }
        all.removeAll(PRIMITIVES);
        return new AllowList(all, place);
    }

    /**
     * Returns whether instances of a class may be stored.
     *
     * @param className a binary name, as {@link Class#getName()} gives it
     * @return true if the class, or the element type of the array, is allowed
     */
    public boolean allows(String className) {
        String element = elementOf(className);
        return PRIMITIVES.contains(element)
                || classes.contains(element)
                || JdkTypes.contains(element)
                || allowsPackage(packageOf(element));
    }

    /**
     * Does nothing when instances of a class may be stored.
     *
     * @param className a binary name, as {@link Class#getName()} gives it
     * @throws CodecException {@link Reason#NOT_ALLOWED}, with what to add to the list, and where, if it is not
     */
    public void check(String className) {
        if (!allows(className)) {
            throw refusal(List.of(className));
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AllowList that && patterns.equals(that.patterns);
    }

    @Override
    public int hashCode() {
        return patterns.hashCode();
    }

    /** Returns the application's patterns and sets in alphabetical order; the JDK's types are not listed. */
    @Override
    public String toString() {
        return patterns.toString();
    }

    private static void requireValid(String pattern) {
        requireNonNull(pattern, "pattern");
        if (pattern.equals("*") || pattern.equals("**")) {
            throw new IllegalArgumentException(
                    "option allow: '" + pattern + "' would allow every class; name the classes or their packages");
        }
        if (!SYNTAX.matcher(pattern).matches() && !AllowSets.names().contains(pattern)) {
            throw new IllegalArgumentException("option allow: '" + pattern
                    + "' is neither a class (com.acme.User) nor a package (com.acme.* or com.acme.**) nor a set ("
                    + String.join(", ", AllowSets.names()) + ")");
        }
    }

    private void index(String pattern) {
        if (pattern.endsWith(".**")) {
            trees.add(pattern.substring(0, pattern.length() - 3));
        } else if (pattern.endsWith(".*")) {
            packages.add(pattern.substring(0, pattern.length() - 2));
        } else {
            classes.add(pattern);
        }
    }

    private boolean allowsPackage(String name) {
        return !name.isEmpty() && (packages.contains(name) || allowsTree(name));
    }

    private boolean allowsTree(String name) {
        for (String parent = name; !parent.isEmpty(); parent = packageOf(parent)) {
            if (trees.contains(parent)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the element type of an array's name, {@code [[Lcom.acme.User;}, and any other name as it is. */
    private static String elementOf(String name) {
        int dimensions = name.lastIndexOf('[') + 1;
        if (dimensions == 0) {
            return name;
        }
        if (name.startsWith("L", dimensions) && name.endsWith(";")) {
            return name.substring(dimensions + 1, name.length() - 1);
        }
        return primitiveOf(name.substring(dimensions), name);
    }

    private static String primitiveOf(String descriptor, String name) {
        return switch (descriptor) {
            case "Z" -> "boolean";
            case "B" -> "byte";
            case "C" -> "char";
            case "S" -> "short";
            case "I" -> "int";
            case "J" -> "long";
            case "F" -> "float";
            case "D" -> "double";
            default -> name;
        };
    }

    private static String packageOf(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    /** Returns the exception for classes that are not allowed, with all the lines to add at once. */
    CodecException refusal(Collection<String> classNames) {
        SortedSet<String> elements = new TreeSet<>();
        classNames.forEach(name -> elements.add(elementOf(name)));
        boolean isOne = elements.size() == 1;
        return new CodecException(
                Reason.NOT_ALLOWED,
                (isOne ? "class " : "classes ") + String.join(", ", elements) + (isOne ? " is" : " are")
                        + " not allowed to be stored; to allow " + (isOne ? "it, " : "them, ")
                        + place.addition(elements));
    }
}
