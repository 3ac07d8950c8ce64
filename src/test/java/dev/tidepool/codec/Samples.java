package dev.tidepool.codec;

import java.io.CharConversionException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Classes to store. Those called Secret are the ones that a strict allow-list leaves out. */
final class Samples {

    private Samples() {}

    record User(String name, int age, @Nullable Object extra) implements Serializable {}

    record SecretRecord(String name) implements Serializable {}

    enum Color {
        RED,
        GREEN {
            @Override
            String shade() {
                return "lime";
            }
        };

        String shade() {
            return "plain";
        }
    }

    enum SecretColor {
        RED,
        GREEN {}
    }

    interface Face {
        String name();
    }

    interface SecretFace {
        String name();
    }

    /** A class of its own with a field of any type, equal by content. */
    static class Holder implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        @SuppressWarnings("serial") // whatever the test puts here
        @Nullable Object content;

        Holder(@Nullable Object content) {
            this.content = content;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Holder that && Objects.deepEquals(content, that.content);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(content);
        }
    }

    static class Secret implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;
    }

    static final class ChildOfSecret extends Secret {
        @Serial
        private static final long serialVersionUID = 1;
    }

    static final class NotSerializable {}

    /** Writes and reads a forbidden object, and hides that it could not. */
    static final class Hiding implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            try {
                out.writeObject(new Secret());
            } catch (RuntimeException e) {
                out.writeInt(0);
            }
        }

        @Serial
        private void readObject(ObjectInputStream in) {
            try {
                in.readObject();
            } catch (Exception e) {
                // Dropped, as careless code does.
            }
        }
    }

    /** Fails while it is read if it was told to, with a message that holds a value. */
    static final class Failing implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        private final boolean failing;

        Failing(boolean failing) {
            this.failing = failing;
        }

        @Serial
        private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
            in.defaultReadObject();
            if (failing) {
                throw new IllegalStateException("token-0123");
            }
        }
    }

    /** Fails while it is written, with an exception that is not on the allow-list. */
    static final class FailingWriter implements Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        @Serial
        private void writeObject(ObjectOutputStream out) throws IOException {
            throw new CharConversionException("token-0123");
        }
    }

    static class Handler implements InvocationHandler, Serializable {
        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
            return method.getReturnType() == String.class ? "handled" : null;
        }
    }

    static final class SecretHandler extends Handler {
        @Serial
        private static final long serialVersionUID = 1;
    }

    static Object proxy(InvocationHandler handler, Class<?>... faces) {
        return Proxy.newProxyInstance(Samples.class.getClassLoader(), faces, handler);
    }

    /** Returns holders in each other, so many deep. */
    static Holder nested(int depth) {
        Holder holder = new Holder(null);
        for (int i = 1; i < depth; i++) {
            holder = new Holder(holder);
        }
        return holder;
    }

    static AllowList permissive() {
        return AllowList.of(List.of("dev.tidepool.codec.*"));
    }

    static JdkCodec permissiveCodec() {
        return new JdkCodec(Samples.class.getClassLoader(), permissive());
    }

    /** Allows the sample classes whose names have no Secret, and {@link ChildOfSecret}. */
    static AllowList strict() {
        return AllowList.of(List.of())
                .plus(User.class, Color.class, Face.class, Holder.class, Hiding.class, Failing.class, Handler.class)
                .plus(ChildOfSecret.class);
    }
}
