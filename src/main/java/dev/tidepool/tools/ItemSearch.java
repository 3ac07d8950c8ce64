package dev.tidepool.tools;

import dev.tidepool.Settings;
import dev.tidepool.cache.TableItems;
import dev.tidepool.cache.TableItems.Item;
import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.ContentKeyCodec;
import dev.tidepool.express.SignedCookie;
import dev.tidepool.session.SessionIds;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the item that a person asks for by what is at hand: a cookie, or a key, but neither the application's name nor
 * whether ids are hashed.
 */
final class ItemSearch {
    private static final int MAX_ID = 512;
    private static final int MAX_APPLICATIONS = 20;

    /** The key of a session: what it begins with, and an id, or the hash of one. */
    private static final Pattern KEY_OF_SESSION =
            Pattern.compile("(.*:)?(?:[A-Za-z0-9_-]{40}|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})");

    private static final Pattern COOKIE = Pattern.compile("(?:[A-Za-z0-9_.-]+=)?\"?([^\";]*)\"?(?:;.*)?");

    private final TableItems items;
    private final ShowOptions options;
    private final Settings settings;
    private boolean unverified;

    ItemSearch(TableItems items, ShowOptions options, Settings settings) {
        this.items = items;
        this.options = options;
        this.settings = settings;
    }

    /**
     * Finds the item.
     *
     * @throws NotFound when there is none
     * @throws CacheException when a request fails
     */
    Item find() {
        String key = options.text(ShowOptions.KEY);
        if (key != null) {
            return first(
                    keys(key),
                    "there is no item of this key in table '" + items.table() + "'"
                            + (options.prefix(settings) == null
                                    ? "; is it the whole key as it stands there, with the prefix? Otherwise name the cache (--cache)"
                                    : ""));
        }
        return session(ids(options.text(ShowOptions.ID)));
    }

    /** Whether the item was found by a cookie that anybody may have signed. */
    boolean isUnverified() {
        return unverified;
    }

    /** There is no such item. */
    static final class NotFound extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotFound(String message) {
            super(message);
        }
    }

    private Item first(Collection<String> ids, String otherwise) {
        Item found = firstOf(ids);
        if (found == null) {
            throw new NotFound(otherwise);
        }
        return found;
    }

    private @Nullable Item firstOf(Collection<String> ids) {
        for (String id : ids) {
            Item found = items.find(id);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private Set<String> keys(String key) {
        String prefix = options.prefix(settings);
        if (prefix == null) {
            return Set.of(key);
        }
        Set<String> ids = new LinkedHashSet<>();
        if (key.startsWith("~")) {
            ids.add(items.id(prefix, key));
        }
        ids.add(items.id(
                prefix, new ContentKeyCodec(ItemSearch.class.getClassLoader(), AllowList.of(List.of())).encode(key)));
        if (!key.isEmpty()) {
            ids.add(items.id("", key)); // it may be the whole key, although the prefix is known
        }
        return ids;
    }

    /** Returns what a cookie's value may be the id in. */
    private List<String> ids(@Nullable String cookie) {
        Matcher matcher = COOKIE.matcher(cookie == null ? "" : cookie.strip());
        String value = matcher.matches() ? matcher.group(1) : "";
        if (value.isEmpty() || value.length() > MAX_ID) {
            throw new IllegalArgumentException("what follows --id is neither an id nor a cookie");
        }
        String ofExpress = SignedCookie.unverifiedId(value);
        if (ofExpress != null) {
            unverified = true;
            return List.of(ofExpress);
        }
        int route = value.indexOf('.');
        return route > 0 ? List.of(value.substring(0, route), value) : List.of(value);
    }

    private Item session(List<String> ids) {
        String prefix = options.prefix(settings);
        String begin = prefix == null ? ShowOptions.SESSIONS_PREFIX : prefix;
        String application = options.text(ShowOptions.APPLICATION);
        if (application != null) {
            return first(keys(Set.of(begin + application + ":"), ids), missing("this id in this application"));
        }
        Item direct = firstOf(keys(List.of(begin, ShowOptions.SINGLE_SIGN_ONS_PREFIX), ids));
        if (direct != null) {
            return direct;
        }
        List<String> applications = applications(prefix);
        return first(
                keys(applications, ids),
                missing("this id"
                        + (applications.isEmpty() ? "" : ", whether behind " + String.join(", ", applications))
                        + "; name the application (--application) if it is another"));
    }

    private String missing(String what) {
        return "table '" + items.table() + "' has no session of " + what;
    }

    private static Set<String> keys(Collection<String> heads, List<String> ids) {
        Set<String> keys = new LinkedHashSet<>();
        for (String head : heads) {
            for (String id : ids) {
                keys.add(head + id);
                keys.add(head + SessionIds.hash(id));
            }
        }
        return keys;
    }

    /** Returns what the keys of sessions begin with, as some items of the table tell, the most frequent first. */
    private List<String> applications(@Nullable String prefix) {
        Map<String, Integer> heads = new TreeMap<>();
        for (String id : someIds()) {
            Matcher matcher = KEY_OF_SESSION.matcher(id);
            if (matcher.matches() && (prefix == null || id.startsWith(prefix))) {
                heads.merge(matcher.group(1) == null ? "" : matcher.group(1), 1, Integer::sum);
            }
        }
        return heads.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .limit(MAX_APPLICATIONS)
                .map(Map.Entry::getKey)
                .toList();
    }

    private List<String> someIds() {
        try {
            return items.someIds();
        } catch (CacheException e) {
            throw new CacheException(
                    missing(
                                    "this id without an application, whose name cannot be looked for; give it (--application): ")
                            + e.getMessage(),
                    e);
        }
    }
}
