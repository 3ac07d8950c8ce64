package dev.tidepool.codec;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One text for all URIs that {@code URI.equals} takes for one: it disregards the case of the scheme, of the host and of
 * percent-encoded bytes, an empty port, an empty authority, and zeros before a port.
 */
final class KeyUris {
    private static final Pattern ENCODED_BYTE = Pattern.compile("%..");

    private KeyUris() {}

    static String text(URI uri) {
        StringBuilder out = new StringBuilder();
        if (uri.getScheme() != null) {
            out.append(uri.getScheme().toLowerCase(Locale.ROOT)).append(':');
        }
        if (uri.isOpaque()) {
            out.append(normal(uri.getRawSchemeSpecificPart()));
        } else {
            hierarchy(uri, out);
        }
        part('#', uri.getRawFragment(), out);
        if (!isText(out.toString(), uri)) {
            throw KeyErrors.refused(
                    URI.class, "this one was made by relativize(), and its text is that of another, or of none");
        }
        return out.toString();
    }

    private static boolean isText(String text, URI uri) {
        try {
            return new URI(text).equals(uri);
        } catch (URISyntaxException e) {
            return false; // nor as a cause: it quotes the text
        }
    }

    private static void hierarchy(URI uri, StringBuilder out) {
        String authority = authority(uri);
        String path = uri.getRawPath();
        // Without the slashes of an empty authority, the path would be read as something else.
        if (authority != null || path.startsWith("//") || (uri.getScheme() != null && !path.startsWith("/"))) {
            out.append("//");
        }
        out.append(authority == null ? "" : authority).append(normal(path));
        part('?', uri.getRawQuery(), out);
    }

    private static @Nullable String authority(URI uri) {
        String host = uri.getHost();
        if (host == null) {
            return uri.getRawAuthority() == null ? null : normal(uri.getRawAuthority());
        }
        String user = uri.getRawUserInfo() == null ? "" : normal(uri.getRawUserInfo()) + '@';
        return user + host.toLowerCase(Locale.ROOT) + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }

    private static void part(char introducer, @Nullable String part, StringBuilder out) {
        if (part != null) {
            out.append(introducer).append(normal(part));
        }
    }

    private static String normal(String part) {
        return ENCODED_BYTE.matcher(part).replaceAll(KeyUris::upperCase);
    }

    private static String upperCase(MatchResult encoded) {
        return encoded.group().toUpperCase(Locale.ROOT);
    }
}
