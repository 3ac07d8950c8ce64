package dev.tidepool.cache;

import dev.tidepool.Option;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.Codec;
import dev.tidepool.codec.JdkCodec;
import dev.tidepool.codec.ValueFormat;
import java.util.List;

/** Finds the codec that a configuration asks for, and installs the library's others beside it as readers. */
final class ValueCodecs {
    private ValueCodecs() {}

    static ValueFormat format(DynamoDbConfiguration<?, ?> configuration, ClassLoader loader, AllowList allowed) {
        Codec jdk = new JdkCodec(loader, allowed);
        if (configuration.codec() != null) {
            return new ValueFormat(configuration.codec(), List.of(jdk));
        }
        String name = configuration.settings().get(Option.CODEC);
        return "jdk".equals(name) ? new ValueFormat(jdk, List.of()) : format(name, instance(name, loader), jdk);
    }

    private static ValueFormat format(String className, Codec writer, Codec reader) {
        try {
            return new ValueFormat(writer, List.of(reader));
        } catch (IllegalArgumentException e) {
            throw refused(className, String.valueOf(e.getMessage()), e);
        }
    }

    private static Codec instance(String className, ClassLoader loader) {
        try {
            return Class.forName(className, true, loader)
                    .asSubclass(Codec.class)
                    .getConstructor()
                    .newInstance();
        } catch (ClassNotFoundException e) {
            throw refused(className, "there is no codec and no class of that name (the library has jdk)", e);
        } catch (ClassCastException e) {
            throw refused(className, "the class does not implement " + Codec.class.getName(), e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw refused(className, "no instance can be made by a public constructor without parameters", e);
        }
    }

    private static IllegalArgumentException refused(String className, String why, Throwable cause) {
        return new IllegalArgumentException(
                "Option '" + Option.CODEC + "' cannot be '" + className + "': " + why, cause);
    }
}
