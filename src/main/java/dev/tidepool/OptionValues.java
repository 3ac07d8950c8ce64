package dev.tidepool;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.cache.configuration.Factory;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;

/** How the values of options are written, and what they may be. All fail with an {@link IllegalArgumentException}. */
final class OptionValues {
    private static final Pattern TABLE_NAME = Pattern.compile("[A-Za-z0-9_.-]{3,255}");
    private static final Pattern NOT_OF_TABLE_NAME = Pattern.compile("[^A-Za-z0-9_.-]");
    private static final Pattern TIME = Pattern.compile("(\\d{1,18})\\s*(ms|s|m|h|)");
    private static final Map<String, ChronoUnit> TIME_UNITS = Map.of(
            "", ChronoUnit.MILLIS,
            "ms", ChronoUnit.MILLIS,
            "s", ChronoUnit.SECONDS,
            "m", ChronoUnit.MINUTES,
            "h", ChronoUnit.HOURS);

    private static final Map<String, Function<javax.cache.expiry.Duration, Factory<ExpiryPolicy>>> POLICIES = Map.of(
            "created", CreatedExpiryPolicy::factoryOf,
            "modified", ModifiedExpiryPolicy::factoryOf,
            "accessed", AccessedExpiryPolicy::factoryOf,
            "touched", TouchedExpiryPolicy::factoryOf);

    /** The name of a key attribute has at most 255 bytes (DynamoDB's limits). */
    private static final int MAX_HASH_KEY_BYTES = 255;

    static final String NATIVE_FORMAT = "native";
    static final String CONNECT_FORMAT = "connect";

    static final String THROW = "throw";
    static final String MISS = "miss";

    private static final String ETERNAL = "eternal";

    private static final Set<String> OTHER_ATTRIBUTES = Set.of("value", "expires", "expiresAt", "etag", "key");

    private OptionValues() {}

    @SuppressWarnings("unchecked") // there is no class of lists of texts; texts() looks at the elements
    static Class<List<String>> listOfTexts() {
        return (Class<List<String>>) (Class<?>) List.class;
    }

    /** Returns what a cache's own name puts into the name of its table. */
    static String partOfTableName(String cacheName) {
        return NOT_OF_TABLE_NAME.matcher(cacheName).replaceAll("_");
    }

    /** A name may have a part that each cache fills with its own name. */
    static String tableName(String text) {
        if (!TABLE_NAME.matcher(text.replace(Option.CACHE_NAME, "cache")).matches()) {
            throw new IllegalArgumentException("a table's name has 3 to 255 letters, digits, '_', '.' or '-'");
        }
        return text;
    }

    static String hashKey(String text) {
        if (OTHER_ATTRIBUTES.contains(text)) {
            throw new IllegalArgumentException("items have another attribute of that name");
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_HASH_KEY_BYTES) {
            throw new IllegalArgumentException("the name of a key has at most " + MAX_HASH_KEY_BYTES + " bytes");
        }
        return notEmpty(text);
    }

    static String format(String text) {
        if (!text.equals(NATIVE_FORMAT) && !text.equals(CONNECT_FORMAT)) {
            throw new IllegalArgumentException("it is native or connect");
        }
        return text;
    }

    static String onStoreFailure(String text) {
        if (!text.equals(THROW) && !text.equals(MISS)) {
            throw new IllegalArgumentException("it is throw or miss");
        }
        return text;
    }

    @SuppressWarnings("unchecked") // a class literal has no type arguments, and nobody can ask a factory what it makes
    static Class<Factory<ExpiryPolicy>> factoryOfExpiryPolicies() {
        return (Class<Factory<ExpiryPolicy>>) (Class<?>) Factory.class;
    }

    static Factory<ExpiryPolicy> expiry(String text) {
        String policy = text.strip();
        if (policy.equals(ETERNAL)) {
            return EternalExpiryPolicy.factoryOf();
        }
        int colon = policy.indexOf(':');
        Function<javax.cache.expiry.Duration, Factory<ExpiryPolicy>> factory =
                POLICIES.get(policy.substring(0, Math.max(0, colon)).strip());
        if (factory == null) {
            throw new IllegalArgumentException(
                    "it is created:10m, modified:10m, accessed:10m, touched:10m (with any time) or eternal");
        }
        Duration time = positive(time(policy.substring(colon + 1)));
        return factory.apply(new javax.cache.expiry.Duration(TimeUnit.MILLISECONDS, time.toMillis()));
    }

    static String notEmpty(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("it is empty");
        }
        return text;
    }

    static boolean truth(String text) {
        return switch (text.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("it is true or false");
        };
    }

    static long whole(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("it is a whole number", e);
        }
    }

    static <N extends Number> N positive(N number) {
        if (number.longValue() <= 0) {
            throw new IllegalArgumentException("it is greater than 0");
        }
        return number;
    }

    static <N extends Number> N notNegative(N number) {
        if (number.longValue() < 0) {
            throw new IllegalArgumentException("it is not negative");
        }
        return number;
    }

    static Duration time(String text) {
        Matcher matcher = TIME.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("it is a time such as 500ms, 2s, 5m or 1h");
        }
        try {
            return Duration.of(Long.parseLong(matcher.group(1)), TIME_UNITS.get(matcher.group(2)));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("it is too long", e);
        }
    }

    static Duration positive(Duration time) {
        if (time.toMillis() <= 0) {
            throw new IllegalArgumentException("it is at least 1ms");
        }
        return time;
    }

    /** Whatever counts it in milliseconds must be able to; an overflow is an ArithmeticException. */
    static Duration notNegative(Duration time) {
        if (time.toMillis() < 0) {
            throw new IllegalArgumentException("it is not negative");
        }
        return time;
    }

    static URI uri(String text) {
        try {
            return new URI(text.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e.getReason() + ", character " + (e.getIndex() + 1), e);
        }
    }

    static URI httpUrl(URI uri) {
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
            throw new IllegalArgumentException("it is a URL such as http://127.0.0.1:8000");
        }
        return uri;
    }

    static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    /** Returns a copy; a list that came as an object may hold anything, whatever its type says. */
    static List<String> texts(List<?> list) {
        if (!list.stream().allMatch(String.class::isInstance)) {
            throw new IllegalArgumentException("it is a list of texts");
        }
        return list.stream().map(String.class::cast).toList();
    }

    /** Returns what is in either list, once. */
    static List<?> union(Object earlier, Object later) {
        return Stream.of((List<?>) earlier, (List<?>) later)
                .flatMap(List::stream)
                .distinct()
                .toList();
    }

    @SuppressWarnings("unchecked") // there is no class of lists of special keys; specialKeys() looks at the elements
    static Class<List<SpecialKey>> listOfSpecialKeys() {
        return (Class<List<SpecialKey>>) (Class<?>) List.class;
    }

    static List<SpecialKey> specialKeys(String text) {
        return specialKeys(list(text));
    }

    /** Returns a copy; texts among the elements are read. */
    static List<SpecialKey> specialKeys(List<?> list) {
        List<SpecialKey> keys = list.stream().map(OptionValues::specialKey).toList();
        requireDifferent("name", keys.stream().map(SpecialKey::name));
        requireDifferent("index", keys.stream().map(SpecialKey::index).filter(Objects::nonNull));
        return keys;
    }

    private static SpecialKey specialKey(Object element) {
        if (element instanceof SpecialKey key) {
            return key;
        }
        if (element instanceof String text) {
            return SpecialKey.of(text);
        }
        throw new IllegalArgumentException("it is a list of texts such as userId:S:by-user");
    }

    private static void requireDifferent(String what, Stream<String> names) {
        Set<String> seen = new HashSet<>();
        names.filter(name -> !seen.add(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("two special keys have the " + what + " '" + name + "'");
        });
    }

    static IllegalArgumentException noText() {
        return new IllegalArgumentException("it is an object, given to the Properties of a cache manager or to the "
                + "builder of DynamoDbConfiguration, and not a text");
    }
}
