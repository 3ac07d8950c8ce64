package dev.tidepool.cache;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The class loader of an application that has some classes itself, whether or not its parent has them, too, as DevTools
 * and servers have it.
 */
public final class CopyingLoader extends ClassLoader {
    private final String copied;

    /**
     * Makes a loader.
     *
     * @param parent finds all other classes; null for those of the JDK's base alone
     * @param copied what the names of the classes begin with that are its own
     */
    public CopyingLoader(@Nullable ClassLoader parent, Class<?> copied) {
        super(parent);
        this.copied = copied.getName();
    }

    /** Returns a loader that lacks classes which the loader of the tests has. */
    static ClassLoader without(Class<?> missing) {
        return new ClassLoader(CopyingLoader.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.startsWith(missing.getName())) {
                    throw new ClassNotFoundException(name);
                }
                return super.loadClass(name, resolve);
            }
        };
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            return name.startsWith(copied) ? defined(name) : super.loadClass(name, resolve);
        }
    }

    private Class<?> defined(String name) throws ClassNotFoundException {
        try (@Nullable InputStream in =
                        CopyingLoader.class.getClassLoader().getResourceAsStream(name.replace('.', '/') + ".class")) {
            byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }
}
