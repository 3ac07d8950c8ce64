package dev.tidepool.tools;

import dev.tidepool.cache.TableItems.Attribute;
import dev.tidepool.cache.TableItems.Item;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.ValueNode;
import dev.tidepool.codec.ValueOutline;
import dev.tidepool.express.ConnectCookie;
import dev.tidepool.session.SessionContent;
import dev.tidepool.session.SessionEntry;
import dev.tidepool.session.SessionOutline;
import dev.tidepool.session.Signpost;
import dev.tidepool.tools.ShownKeys.Kind;
import dev.tidepool.undertow.SingleSignOnOutline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * All that is said of one item, in the order in which it is said; values are secrets until somebody asks for them. For
 * one thread.
 */
final class ItemReport {
    static final String SESSION = "session";
    private static final String SINGLE_SIGN_ON = "single-sign-on";

    private final Item item;
    private final ShownKeys keys;
    private final long now;
    private final List<Fact> facts = new ArrayList<>();
    private final List<SessionAttribute> attributes = new ArrayList<>();
    private @Nullable ValueNode value;
    private boolean isSession;

    private ItemReport(Item item, ShownKeys keys, long now) {
        this.item = item;
        this.keys = keys;
        this.now = now;
    }

    /**
     * One thing that is known.
     *
     * @param name in JSON
     * @param value a {@code String}, number or {@code Boolean} for JSON; null for a secret
     * @param text for a person; empty for what another fact has told
     */
    record Fact(String name, @Nullable Object value, String text) {
        /** Returns the name in words, without the unit that the text has. */
        String label() {
            return name.contains(".")
                    ? name
                    : name.replaceAll("(Bytes|Seconds)$", "")
                            .replaceAll("([A-Z])", " $1")
                            .toLowerCase(Locale.ROOT);
        }
    }

    /**
     * An attribute of a session.
     *
     * @param codec the codec that wrote it
     * @param bytes how long it is, before the compression of the whole
     * @param value what it is; null when that is not known
     * @param damage why it cannot be read; null when it can
     */
    record SessionAttribute(
            String name,
            String codec,
            int bytes,
            @Nullable ValueNode value,
            @Nullable String damage) {
        String type() {
            return value == null ? "?" : value.type();
        }
    }

    /**
     * Reads an item.
     *
     * @throws CacheException when it is damaged, or another program's
     * @throws CodecException when its value is damaged
     */
    static ItemReport of(Item item, String table, ShownKeys keys, long now) {
        ItemReport report = new ItemReport(item, keys, now);
        byte[] stored = item.value();
        if (item.isOfConnect()) {
            report.addConnect(table, stored);
        } else {
            report.addNative(table, ValueOutline.read(stored));
        }
        return report;
    }

    List<Fact> facts() {
        return facts;
    }

    /** Returns the attributes of the session, the largest first. */
    List<SessionAttribute> attributes() {
        return attributes;
    }

    boolean isSession() {
        return isSession;
    }

    List<Attribute> itemAttributes() {
        return item.attributes();
    }

    /** Returns the value of an ordinary cache; null for a session, and for what only the application can read. */
    @Nullable ValueNode value() {
        return value;
    }

    long damaged() {
        return attributes.stream()
                .filter(attribute -> attribute.damage() != null)
                .count();
    }

    /** Says that the id was taken from a cookie as it is. */
    void addUnverifiedCookie() {
        add("cookieSignature", "not verified");
    }

    private void add(String name, @Nullable Object json, String text) {
        facts.add(new Fact(name, json, text));
    }

    private void add(String name, String text) {
        add(name, text, text);
    }

    private void addTime(String name, long millis) {
        String instant = Times.instant(millis);
        add(name, instant, instant + Times.relative(millis, now));
    }

    private Kind kind() {
        return Kind.of(item, isSession);
    }

    private void addHead(String table, String codec) {
        add("key", keys.of(item.id(), kind()));
        add("table", table);
        add("codec", codec);
        long deadline = item.deadline();
        String instant = Times.instant(deadline);
        boolean isExpired = deadline <= now;
        add(
                "deadline",
                instant,
                instant + Times.relative(deadline, now) + (isExpired ? ": the entry counts as absent" : ""));
        add("expired", isExpired, "");
    }

    private void addSizes(int stored, int payload, boolean compressed) {
        add("itemBytes", item.bytes(), Texts.bytes(item.bytes()) + " of the 409,600 that an item can have");
        add("valueBytes", stored, Texts.bytes(stored));
        add("compressed", compressed, compressed ? "from " + Texts.bytes(payload) : "no");
        add("payloadBytes", payload, "");
    }

    private void addNative(String table, ValueOutline outline) {
        isSession = outline.codec().equals(SESSION);
        addHead(table, outline.codec());
        if (isSession) {
            addSession(SessionOutline.read(outline.payload()));
        } else if (outline.codec().equals(SINGLE_SIGN_ON)) {
            addSingleSignOn(SingleSignOnOutline.read(outline.payload()));
        } else {
            value = outline.tree();
            add("class", value == null ? "known to the codec alone" : value.type());
        }
        addSizes(outline.storedBytes(), outline.payloadBytes(), outline.isCompressed());
    }

    private void addSingleSignOn(SingleSignOnOutline login) {
        add("mechanism", login.mechanism());
        if (keys.withValues()) {
            add("user", login.user());
            add("roles", String.join(", ", login.roles()));
        }
        add(
                "sessions",
                login.members().stream()
                        .map(member -> member.deployment() + " " + keys.of(member.id(), Kind.PLAIN_ID))
                        .collect(Collectors.joining(", ")));
    }

    private void addConnect(String table, byte[] stored) {
        isSession = true;
        addHead(table, "json");
        addSession(SessionOutline.read(stored));
        addSizes(stored.length, stored.length, false);
    }

    private void addSession(SessionOutline session) {
        add("format", session.format());
        addTime("sessionEnds", session.entry().deadline());
        if (session.entry() instanceof Signpost signpost) {
            add("movedTo", keys.of(signpost.movedTo().text(), kind()));
        } else if (session.entry() instanceof SessionContent content) {
            addTimes(content, session.entry());
            content.attributes().forEach((name, bytes) -> attributes.add(attribute(session, name, bytes)));
            attributes.sort(
                    Comparator.comparingInt(SessionAttribute::bytes).reversed().thenComparing(SessionAttribute::name));
        }
    }

    private void addTimes(SessionContent content, SessionEntry entry) {
        boolean isExact = content.fields().isVersioned();
        if (isExact) {
            addTime("created", content.creationTime());
            add("incarnation", entry.incarnation().toString());
            add("version", content.version(), Long.toString(content.version()));
        }
        if (isExact || content.lastAccessedTime() > 0) {
            addTime("lastAccessed", content.lastAccessedTime());
        }
        int seconds = content.maxInactiveInterval();
        add("maxInactiveSeconds", seconds, seconds <= 0 ? "none" : Times.duration(Duration.ofSeconds(seconds)));
        if (content.movedFrom() != null) {
            add("movedFrom", keys.of(content.movedFrom().text(), kind()));
        }
        if (content.fields() instanceof ConnectCookie cookie) {
            cookie.fields().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(field -> addOfCookie(field.getKey(), field.getValue()));
        }
    }

    /** What the application has put into the cookie may be as secret as an attribute. */
    private void addOfCookie(String field, String json) {
        boolean isShown = keys.withValues() || ConnectCookie.isOfExpress(field);
        add("cookie." + field, isShown ? json : null, isShown ? json : "shown with --values");
    }

    private static SessionAttribute attribute(SessionOutline session, String name, byte[] bytes) {
        String codec = "json";
        try {
            if (!session.format().equals("native")) {
                return new SessionAttribute(name, codec, bytes.length, ValueOutline.ofJson(bytes), null);
            }
            codec = "?";
            ValueOutline outline = ValueOutline.read(bytes);
            codec = outline.codec();
            return new SessionAttribute(name, codec, bytes.length, outline.tree(), null);
        } catch (CodecException e) {
            return new SessionAttribute(name, codec, bytes.length, null, String.valueOf(e.getMessage()));
        }
    }
}
