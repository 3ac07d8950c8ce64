package dev.tidepool.codec;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Map;

/** Finds classes through the codec's loader, and asks the gate by name before a class is loaded. */
final class CheckedObjectInputStream extends ObjectInputStream {

    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
            "boolean", boolean.class,
            "byte", byte.class,
            "char", char.class,
            "short", short.class,
            "int", int.class,
            "long", long.class,
            "float", float.class,
            "double", double.class,
            "void", void.class);

    private final ClassLoader loader;
    private final InputGate gate;

    CheckedObjectInputStream(InputStream in, ClassLoader loader, InputGate gate) throws IOException {
        super(in);
        this.loader = loader;
        this.gate = gate;
        setObjectInputFilter(gate);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass descriptor) throws ClassNotFoundException {
        Class<?> primitive = PRIMITIVES.get(descriptor.getName());
        return primitive == null ? load(descriptor.getName()) : primitive;
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

    private Class<?> load(String name) throws ClassNotFoundException {
        gate.check(name);
        return Class.forName(name, false, loader);
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
