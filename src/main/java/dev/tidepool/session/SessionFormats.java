package dev.tidepool.session;

import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The formats that there are. Thread-safe. */
final class SessionFormats {
    private static final SessionFormat TIDEPOOL = new TidepoolFormat();

    private static final List<SessionFormat> OTHERS =
            ServiceLoader.load(SessionFormat.class, SessionFormat.class.getClassLoader()).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList();

    private SessionFormats() {}

    static SessionFormat named(String name) {
        return all().filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The class path has no SessionFormat '" + name
                        + "', only " + all().map(SessionFormat::name).collect(Collectors.joining(", "))
                        + ": set the option 'format' to one of these, or keep the file META-INF/services/"
                        + SessionFormat.class.getName() + " where jars are merged"));
    }

    private static Stream<SessionFormat> all() {
        return Stream.concat(Stream.of(TIDEPOOL), OTHERS.stream());
    }

    static SessionFormat reading(byte[] bytes) {
        for (SessionFormat format : OTHERS) {
            if (format.reads(bytes)) {
                return format;
            }
        }
        return TIDEPOOL;
    }
}
