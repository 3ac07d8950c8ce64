package dev.tidepool.codec;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one value that Java's own serialization writes. Each stream holds one object; those it refers to stand
 * outside, where {@code fst} writes them, if it has a form for them. So an object has one place, and keeps its
 * identity.
 */
final class EmbeddedObjects {

    private final Forms forms;
    private final ReadBack written;
    private final IdentityNumbers handles;

    /** What is in a stream, and can no longer be referred to. */
    private final IdentityHashMap<Object, Object> inside = new IdentityHashMap<>();

    private boolean crossed;

    /**
     * Without objects yet.
     *
     * @param written takes the classes of the streams
     * @param handles the objects that were written outside, as they come
     */
    EmbeddedObjects(Forms forms, ReadBack written, IdentityNumbers handles) {
        this.forms = forms;
        this.written = written;
        this.handles = handles;
    }

    /** Writes an object, and adds those it refers to and that have to be written before it. */
    byte[] write(Object root, List<Object> outside) {
        IdentityHashMap<Object, Outside> places = new IdentityHashMap<>();
        boolean[] begun = {false};
        byte[] bytes = JdkStream.write(root, written, object -> {
            if (!begun[0] || object == root || staysInside(object)) {
                // First the object itself, or what its writeReplace puts in its place.
                begun[0] = true;
                return object;
            }
            return places.computeIfAbsent(object, found -> {
                outside.add(found);
                return new Outside(outside.size() - 1);
            });
        });
        requireNotCrossed();
        return bytes;
    }

    /** Returns the one object that a view is of, null when there are several. */
    @Nullable Object onlyObjectIn(Object view) {
        List<Object> found = new ArrayList<>();
        boolean[] begun = {false};
        JdkStream.write(view, written, object -> {
            if (!begun[0]) {
                begun[0] = true;
                return object;
            }
            found.add(object);
            return null;
        });
        return found.size() == 1 ? found.get(0) : null;
    }

    /** Refuses a second reference to what only a stream holds. */
    void requireNotInside(Object object) {
        if (!inside.isEmpty()) {
            crossed |= inside.containsKey(object);
            requireNotCrossed();
        }
    }

    private boolean staysInside(Object object) {
        Form form = forms.of(object.getClass());
        if (form == BuiltIn.EMBEDDED && !handles.contains(object)) {
            crossed |= inside.put(object, object) != null;
            return true;
        }
        return form instanceof ValueType type
                ? type.isImmutable() && type.suits(object)
                : form instanceof BuiltIn && form != BuiltIn.ARRAY && form != BuiltIn.EMBEDDED;
    }

    /** Throws only where no code of the application can catch it. */
    private void requireNotCrossed() {
        if (crossed) {
            throw new OutsideException();
        }
    }
}
