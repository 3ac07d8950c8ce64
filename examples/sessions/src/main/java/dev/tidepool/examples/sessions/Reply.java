package dev.tidepool.examples.sessions;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What a node answers: a word, or what is in the session for the script of the demonstration. */
final class Reply {
    static final String TEXT = "text/plain; charset=utf-8";
    static final String JSON = "application/json";

    private static final JsonFactory FACTORY = new JsonFactory();

    private Reply() {}

    static boolean isForScripts(String accept) {
        return accept != null && accept.contains(JSON);
    }

    /** The contents of a session; all but the node may be null. */
    static String json(String node, String sessionId, User user, Cart cart) {
        return json(json -> {
            json.writeStringField("node", node);
            json.writeStringField("session", sessionId == null ? null : shortHash(sessionId));
            json.writeStringField("user", user == null ? null : user.name());
            json.writeArrayFieldStart("cart");
            if (cart != null) {
                for (Item item : cart.items()) {
                    json.writeStartObject();
                    json.writeStringField("name", item.name());
                    json.writeNumberField("cents", item.cents());
                    json.writeEndObject();
                }
            }
            json.writeEndArray();
        });
    }

    /** Enough to see whether it is the same session, too little to be in it. */
    static String shortHash(String sessionId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(sessionId.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What writes the fields of an object. */
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    static String json(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter failed", e);
        }
        return text.toString();
    }
}
