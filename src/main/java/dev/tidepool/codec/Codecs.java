package dev.tidepool.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The codecs of the library for one class loader and allow-list, and the application's by the name of their class. */
final class Codecs {
    private static final Logger LOG = LoggerFactory.getLogger(Codecs.class);

    private Codecs() {}

    /** Returns the codecs that can run on this JVM, but for the one of a name. */
    static List<Codec> besides(Codec writer, ClassLoader loader, AllowList allowed) {
        List<Codec> others = new ArrayList<>();
        if (writer.id() != JdkCodec.ID) {
            others.add(new JdkCodec(loader, allowed));
        }
        if (writer.id() != FstCodec.ID) {
            try {
                others.add(new FstCodec(loader, allowed));
            } catch (IllegalStateException e) {
                LOG.debug("Values that fst wrote cannot be read here", e);
            }
        }
        return others;
    }

    /**
     * Makes a codec.
     *
     * @param name {@code fst}, {@code jdk}, or the name of a class
     * @throws IllegalArgumentException when there is none of that name
     * @throws IllegalStateException when fst cannot run on this JVM
     */
    static Codec named(String name, ClassLoader loader, AllowList allowed) {
        return switch (name) {
            case "fst" -> new FstCodec(loader, allowed);
            case "jdk" -> new JdkCodec(loader, allowed);
            default -> instance(name, Codec.class, "fst and jdk", loader);
        };
    }

    /**
     * Makes a codec of keys.
     *
     * @param name {@code content}, or the name of a class
     * @throws IllegalArgumentException when there is none of that name
     */
    static KeyCodec<?> ofKeysNamed(String name, ClassLoader loader, AllowList allowed, Consumer<Class<?>> narrow) {
        return name.equals("content")
                ? new ContentKeyCodec(loader, allowed, narrow)
                : instance(name, KeyCodec.class, "content", loader);
    }

    private static <T> T instance(String className, Class<T> type, String ofLibrary, ClassLoader loader) {
        try {
            return Class.forName(className, true, loader)
                    .asSubclass(type)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(
                    "there is no codec and no class of that name (the library has " + ofLibrary + ")", e);
        } catch (ClassCastException e) {
            throw new IllegalArgumentException("the class does not implement " + type.getName(), e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalArgumentException("no instance can be made by a public constructor without parameters", e);
        }
    }
}
