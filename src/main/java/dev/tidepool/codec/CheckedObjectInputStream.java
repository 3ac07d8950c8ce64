package dev.tidepool.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds classes through the codec's loader, and asks the gate by name before a class is loaded. */
final class CheckedObjectInputStream extends ObjectInputStream {

    private final ClassLoader loader;
    private final InputGate gate;
    private final UnaryOperator<Object> outside;

    CheckedObjectInputStream(InputStream in, ClassLoader loader, InputGate gate, UnaryOperator<Object> outside)
            throws IOException {
        super(in);
        this.outside = outside;
        this.loader = loader;
        this.gate = gate;
        setObjectInputFilter(gate);
        enableResolveObject(true);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass descriptor) throws ClassNotFoundException {
        return load(descriptor.getName());
    }

    @Override
    @SuppressWarnings("deprecation") // getProxyClass: the stream wants the class, and makes the instance itself
    protected Class<?> resolveProxyClass(String[] names) throws ClassNotFoundException {
        Class<?>[] faces = new Class<?>[names.length];
        for (int i = 0; i < names.length; i++) {
            faces[i] = load(names[i]);
        }
        try {
            return Proxy.getProxyClass(definingLoader(faces), faces);
        } catch (IllegalArgumentException e) {
            throw new ClassNotFoundException("a proxy of " + String.join(", ", names), e);
        }
    }

    @Override
    protected @Nullable Object resolveObject(@Nullable Object object) {
        if (object == null) {
            return null; // what an object's readResolve may give
        }
        gate.weigh(object);
        Object resolved = outside.apply(object);
        if (resolved != object) {
            gate.expectOutside();
        }
        return resolved;
    }

    private Class<?> load(String name) throws ClassNotFoundException {
        gate.check(name);
        return ClassNames.find(name, loader);
    }

    /** Returns the loader of the interface that is not public, since its proxy must share the package. */
    private ClassLoader definingLoader(Class<?>[] faces) {
        for (Class<?> face : faces) {
            if (!Modifier.isPublic(face.getModifiers()) && face.getClassLoader() != null) {
                return face.getClassLoader();
            }
        }
        return loader;
    }
}
