package dev.tidepool;

import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a cache manager and of each of its caches, gathered from the three places where they can stand.
 *
 * <p>A later place wins: the file {@code tidepool.properties} on the class path, or instead of it the file that the
 * manager's URI names; the system properties; the {@code Properties} given for the manager. Within all of them what is
 * said of one cache ({@code tidepool.cache.<cache name>.<option>}) wins over what is said of all. Lists of classes
 * ({@link Option#ALLOW}) win over nothing: those of all places hold together, and so do two lines of a file. Immutable.
 */
public final class ManagerSettings {
    private static final String PREFIX = "tidepool.";
    private static final String CACHE_PREFIX = PREFIX + "cache.";
    private static final String DEFAULT_FILE = "tidepool.properties";
    private static final Pattern DIGITS = Pattern.compile("[0-9]+");

    /** What a line of JSON can begin with, and the name of no property does. */
    private static final String JSON = "{}[]\"";

    private final Settings common;
    private final Map<String, Settings> byCache;

    private ManagerSettings(Settings common, Map<String, Settings> byCache) {
        this.common = common;
        this.byCache = Map.copyOf(byCache);
    }

    /**
     * Gathers the settings of a manager.
     *
     * @param uri the manager's URI; with the scheme {@code classpath}, {@code file} or {@code jar} it names a
     *     properties file, else it is only a name
     * @param loader finds files on the class path
     * @param given the properties given for the manager
     * @return the settings
     * @throws IllegalArgumentException that names the option and its value unless that may be a secret, or the file,
     *     when an option is unknown, a value does not suit, or the file that the URI names cannot be read
     */
    public static ManagerSettings load(URI uri, ClassLoader loader, Properties given) {
        Gatherer gatherer = new Gatherer();
        URL file = file(uri, loader);
        String source = file == null ? DEFAULT_FILE + " on the class path" : file.toString();
        gatherer.common = gatherer.common.at(Option.ALLOW, new Settings.Place(PREFIX + Option.ALLOW, source));
        if (file != null) {
            gatherer.addFile(file);
        }
        gatherer.addPrefixed(System.getProperties(), "the system properties");
        refuseWithoutPrefix(given);
        gatherer.addPrefixed(given, "the properties of the cache manager");
        return new ManagerSettings(gatherer.common, gatherer.byCache);
    }

    /**
     * Returns what holds for all caches.
     *
     * @return the manager's settings
     */
    public Settings common() {
        return common;
    }

    /**
     * Returns what holds for one cache.
     *
     * @param cacheName the cache's name
     * @return the manager's settings, overridden by the cache's own
     */
    public Settings of(String cacheName) {
        return common.overriddenBy(byCache.getOrDefault(cacheName, Settings.none()));
    }

    /**
     * Returns the caches that have settings of their own.
     *
     * @return the names, whether or not there are such caches; unmodifiable
     */
    public Set<String> cacheNames() {
        return byCache.keySet();
    }

    /**
     * Returns the names under which the settings of a cache stand that has none under its own, if somebody misspelt it.
     *
     * @param cacheName the cache's name
     * @return those of {@link #cacheNames()} that are nearly the same; none when the cache's own is among them, and
     *     none that differs in digits alone, as caches may be numbered
     */
    public List<String> cacheNamesLike(String cacheName) {
        return byCache.containsKey(cacheName)
                ? List.of()
                : byCache.keySet().stream()
                        .filter(name -> NearName.of(name, List.of(cacheName)) != null)
                        .filter(name -> !withoutDigits(name).equals(withoutDigits(cacheName)))
                        .sorted()
                        .toList();
    }

    private static String withoutDigits(String name) {
        return DIGITS.matcher(name).replaceAll("");
    }

    private static void refuseWithoutPrefix(Properties given) {
        for (Option<?> option : Option.all()) {
            if (given.containsKey(option.name()) || given.getProperty(option.name()) != null) {
                throw new IllegalArgumentException("'" + option.name()
                        + "' in the properties of the cache manager has no effect: write " + PREFIX + option.name());
            }
        }
    }

    private static @Nullable URL file(URI uri, ClassLoader loader) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme();
        return switch (scheme) {
            case "classpath" -> onClassPath(uri, loader);
            case "file", "jar" -> url(uri);
            default -> {
                if (uri.toString().endsWith(".properties")) {
                    throw new IllegalArgumentException("The cache manager's URI " + uri
                            + " looks like a properties file: write classpath:, file: or jar: before it");
                }
                yield loader.getResource(DEFAULT_FILE);
            }
        };
    }

    private static URL onClassPath(URI uri, ClassLoader loader) {
        String path = uri.getSchemeSpecificPart().replaceFirst("^/+", "");
        URL url = loader.getResource(path);
        if (url == null) {
            throw new IllegalArgumentException(
                    "The file of the cache manager's URI " + uri + " is not on the class path of its class loader");
        }
        return url;
    }

    /** A directory could be read too, as a list of the files in it. */
    private static URL url(URI uri) {
        if (new File(uri.getSchemeSpecificPart()).isDirectory()) {
            throw new IllegalArgumentException("The cache manager's URI " + uri + " names a directory, not a file");
        }
        try {
            return uri.toURL();
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("The cache manager's URI " + uri + " names no file", e);
        }
    }

    private static Properties read(URL file) {
        Properties properties = new Lines();
        try {
            URLConnection connection = file.openConnection();
            connection.setUseCaches(false); // a cached jar would stay open, and stale, after a redeployment
            try (Reader reader = new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8)) {
                properties.load(reader);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("The properties file " + file + " cannot be read", e);
        }
        return properties;
    }

    /** The properties of a file. Of two lines with one name the later holds, or both where lists unite. */
    private static final class Lines extends Properties {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized @Nullable Object put(Object name, Object value) {
            Option<?> option = Option.named(NearName.lastPart((String) name));
            Object earlier = option != null && option.unites() ? get(name) : null;
            return super.put(name, earlier == null ? value : earlier + "," + value);
        }
    }

    /** Takes the sources in the order in which the later wins. */
    private static final class Gatherer {
        private Settings common = Settings.none();
        private final Map<String, Settings> byCache = new HashMap<>();

        /** A file is ours alone, so a name without the prefix in it can only be a mistake. */
        private void addFile(URL file) {
            Properties properties = read(file);
            for (String name : properties.stringPropertyNames()) {
                refuseForeign(name, file.toString());
            }
            addPrefixed(properties, file.toString());
        }

        private static void refuseForeign(String name, String source) {
            if (!name.isEmpty() && JSON.indexOf(name.charAt(0)) >= 0) {
                throw new IllegalArgumentException("A line of " + source + " begins as JSON does, and not with a name:"
                        + " a value of several lines has a backslash at the end of each but the last");
            }
            if (!name.startsWith(PREFIX)) {
                throw new IllegalArgumentException("'" + name + "' in " + source
                        + " is not an option: every name begins with '" + PREFIX + "'"
                        + NearName.question(meant(withoutFirst("tidepool", name))));
            }
        }

        /**
         * Properties that are shared with others hold names of theirs, which are none of our business. What one source
         * says is gathered before it overrides the earlier ones, as options exclude each other within a source only.
         */
        private void addPrefixed(Properties properties, String source) {
            Map<Object, Object> all = new HashMap<>(properties);
            properties.stringPropertyNames().forEach(name -> all.putIfAbsent(name, properties.getProperty(name)));
            Gatherer gathered = new Gatherer();
            all.forEach((key, value) -> {
                if (key instanceof String name && name.startsWith(PREFIX)) {
                    gathered.add(name, value, source);
                }
            });
            common = common.overriddenBy(gathered.common);
            gathered.byCache.forEach((cache, settings) -> byCache.merge(cache, settings, Settings::overriddenBy));
        }

        private void add(String name, Object value, String source) {
            if (name.startsWith(CACHE_PREFIX)) {
                addForCache(name, value, source);
            } else {
                Option<?> option = option(name.substring(PREFIX.length()), name, source);
                common = with(common, option, value, new Settings.Place(name, source));
            }
        }

        /** A cache's name may have dots, an option's has none: the last dot parts them. */
        private void addForCache(String name, Object value, String source) {
            int dot = name.lastIndexOf('.');
            if (dot < CACHE_PREFIX.length()) {
                throw new IllegalArgumentException(
                        "'" + name + "' in " + source + " lacks the option: " + CACHE_PREFIX + "<cache name>.<option>");
            }
            String cacheName = name.substring(CACHE_PREFIX.length(), dot);
            Option<?> option = option(name.substring(dot + 1), name, source);
            Settings settings = byCache.getOrDefault(cacheName, Settings.none());
            byCache.put(cacheName, with(settings, option, value, new Settings.Place(name, source)));
        }

        private static Settings with(Settings settings, Option<?> option, Object value, Settings.Place place) {
            try {
                return settings.with(option, value).at(option, place);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(e.getMessage() + " (in " + place.source() + ")", e.getCause());
            }
        }

        private static Option<?> option(String shortName, String name, String source) {
            Option<?> option = Option.named(shortName);
            if (option == null) {
                String meant = meant(name.substring(PREFIX.length()));
                throw new IllegalArgumentException("'" + name + "' in " + source + " is not an option"
                        + (meant == null
                                ? "; " + Option.class.getName() + " lists them all"
                                : NearName.question(meant)));
            }
            return option;
        }

        /** Returns the property that is most like a name, which has the prefix no more; null when none is like it. */
        private static @Nullable String meant(String name) {
            List<String> options = Option.all().stream().map(Option::name).toList();
            String ofAll = NearName.of(name, options);
            String ofCache = NearName.of(NearName.lastPart(name), options);
            int dot = name.lastIndexOf('.');
            if (ofAll != null || ofCache == null || dot < 0) {
                return ofAll == null ? null : PREFIX + ofAll;
            }
            return CACHE_PREFIX + withoutFirst("cache", name.substring(0, dot)) + "." + ofCache;
        }

        /** Returns a name without its first part, if that is like another. */
        private static String withoutFirst(String part, String name) {
            int dot = name.indexOf('.');
            return dot > 0 && NearName.of(name.substring(0, dot), List.of(part)) != null
                    ? name.substring(dot + 1)
                    : name;
        }
    }
}
