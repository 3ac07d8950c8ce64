package dev.tidepool.tools;

import dev.tidepool.ManagerSettings;
import dev.tidepool.Option;
import dev.tidepool.Settings;
import java.net.URI;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a command line asks for. */
record ShowOptions(CommandLine line) {
    static final String ID = "--id";
    static final String KEY = "--key";
    static final String ALL = "--all";
    static final String VALUES = "--values";
    static final String JSON = "--json";
    static final String HELP = CommandLine.HELP;
    static final String CACHE = "--cache";
    static final String APPLICATION = "--application";
    static final String SESSIONS_PREFIX = "sess:";
    static final String SINGLE_SIGN_ONS_PREFIX = "sso:";
    private static final String SESSIONS = "sessions";

    /** What the library's own caches have where nobody says otherwise. */
    private static final Map<String, Settings> OF_CACHES = Map.of(
            SESSIONS,
            inSessions().with(Option.PREFIX, SESSIONS_PREFIX),
            "single-sign-on",
            inSessions().with(Option.PREFIX, SINGLE_SIGN_ONS_PREFIX));

    /** The options that set one of the library's. */
    private static final Map<String, Option<?>> SETTINGS = Map.of(
            "--table", Option.TABLE,
            "--endpoint", Option.ENDPOINT,
            "--region", Option.REGION,
            "--prefix", Option.PREFIX,
            "--key-attribute", Option.HASH_KEY);

    private static final Set<String> TEXTS = Set.of(ID, KEY, CACHE, APPLICATION);
    private static final Set<String> FLAGS = Set.of(ALL, VALUES, JSON, HELP);

    static final String USAGE = """
            Shows what stands in an item of a table, to a person. Reads only, and loads no class of the application.

              java -cp <tidepool and its dependencies> dev.tidepool.tools.Show <what> [options]

            what, one of:
              --id ID            the item of a session: its id, or the cookie as the browser has it (JSESSIONID with or
                                 without route, connect.sid of Express, whose signature is not verified)
              --key KEY          the item of a key: the whole key as it stands in the table; with --cache or --prefix also
                                 the cache's key, a String or its text such as ~i:1 for the Integer 1
              --all              one line for each item of the table, or of the --prefix; reads the whole table (Scan)

            options:
              --table NAME       default: sessions with --id and for the caches sessions and single-sign-on, else
                                 tidepool
              --cache NAME       the cache, whose name and a colon its keys begin with; those of sessions begin with
                                 sess: and those of single-sign-on with sso:
              --prefix TEXT      what its keys begin with, if that is something else
              --application NAME what session keys have before the id (sess:<application>:<id>), most often the name of
                                 the deployment; without it, it is looked for in the first page of the table (Scan, at
                                 most 1 MB)
              --key-attribute A  the table's hash key, default: id
              --region REGION, --endpoint URL
              --values           also what is inside: values may be secrets. Ids of sessions are shown whole, too, and so are
                                 the keys of a cache with the option secretKeys
              --json             one JSON object for each item
              --help

            The options of Tidepool hold as well, in tidepool.properties on the class path or as system properties.
            Region and credentials come from the AWS SDK's default chain. The permission dynamodb:GetItem is needed, and
            dynamodb:Scan where it says so. The exit code is 0, 1 when there is no such item or it cannot be read, 2 for a
            mistake in the command line.
            """;

    /**
     * Reads a command line.
     *
     * @throws IllegalArgumentException that says what is wrong with it
     */
    static ShowOptions parse(List<String> arguments) {
        Set<String> withValue = new HashSet<>(TEXTS);
        withValue.addAll(SETTINGS.keySet());
        ShowOptions options = new ShowOptions(CommandLine.parse(arguments, withValue, FLAGS));
        options.requireOneQuestion();
        return options;
    }

    private void requireOneQuestion() {
        int asked = (isGiven(ID) ? 1 : 0) + (isGiven(KEY) ? 1 : 0) + (has(ALL) ? 1 : 0);
        if (asked != 1 && !has(HELP)) {
            throw new IllegalArgumentException("one of --id, --key and --all is needed");
        }
    }

    boolean has(String flag) {
        return line.has(flag);
    }

    @Nullable String text(String name) {
        return line.text(name);
    }

    private boolean isGiven(String name) {
        return text(name) != null;
    }

    private static Settings inSessions() {
        return Settings.none().with(Option.TABLE, SESSIONS);
    }

    /** With an id, the prefix is left open: it may be that of a session or of a single sign-on. */
    private Settings defaults() {
        return isGiven(ID) ? inSessions() : OF_CACHES.getOrDefault(cache(), Settings.none());
    }

    /** Returns the name of the cache, empty when that is not known. */
    private String cache() {
        return line.texts().getOrDefault(CACHE, isGiven(ID) ? SESSIONS : "");
    }

    /**
     * Returns what was set, here or for the library.
     *
     * @throws IllegalArgumentException for a value that does not suit
     */
    Settings settings(InstantSource clock) {
        Settings given = Settings.none();
        for (var setting : SETTINGS.entrySet()) {
            String text = text(setting.getKey());
            given = text == null ? given : given.with(setting.getValue(), text);
        }
        ManagerSettings library =
                ManagerSettings.load(URI.create("show"), ShowOptions.class.getClassLoader(), new Properties());
        Settings all = defaults().overriddenBy(library.of(cache())).overriddenBy(given);
        return all.with(Option.TABLE, all.tableOf(cache())).with(Option.CLOCK, clock);
    }

    /** Returns what the keys of the cache begin with; null when neither it nor the cache was named. */
    @Nullable String prefix(Settings settings) {
        String prefix = settings.find(Option.PREFIX);
        String cache = text(CACHE);
        return prefix == null && cache != null && !isGiven(ID) ? settings.prefixOf(cache) : prefix;
    }
}
