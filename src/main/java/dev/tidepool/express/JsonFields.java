package dev.tidepool.express;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fields of a JSON object, each as the text that stands there, so that what nobody changes is kept as it is. */
final class JsonFields {
    /** An item bounds all; how deep and long a single attribute may be is up to who reads it. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private JsonFields() {}

    /**
     * Parts an object.
     *
     * @return the fields in their order; of two of one name the later, as in JavaScript
     * @throws IOException when the text is not one JSON object; its message quotes nothing
     */
    static Map<String, byte[]> read(byte[] json) throws IOException {
        Map<String, byte[]> fields = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is JSON, but no object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                int from = Math.toIntExact(parser.currentTokenLocation().getByteOffset());
                parser.skipChildren();
                parser.finishToken();
                int to = Math.toIntExact(parser.currentLocation().getByteOffset());
                fields.put(name, Arrays.copyOfRange(json, from, to));
            }
            if (parser.nextToken() != null) {
                throw new IOException("something follows the object");
            }
            return fields;
        } catch (JacksonException e) { // whose message quotes the text
            JsonLocation at = e.getLocation();
            throw new IOException(
                    at == null
                            ? "it goes beyond what a JSON parser takes"
                            : "it is not JSON, from byte " + at.getByteOffset() + " on");
        }
    }

    /**
     * Reads a value that is neither object nor array.
     *
     * @param type the type that is wanted; for {@code byte[]} a text is taken for Base64, if it is that
     * @return null for null
     * @throws CodecException when it is an object or an array
     */
    static @Nullable Object scalar(byte[] json, Class<?> type) {
        try (JsonParser parser = JSON.createParser(json)) {
            return switch (requireNonNull(parser.nextToken())) {
                case VALUE_STRING -> type == byte[].class ? base64(parser.getText()) : parser.getText();
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
                case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
                case VALUE_NULL -> null;
                default -> throw new CodecException(Reason.CLASS_CHANGED, "it is an object or an array");
            };
        } catch (IOException e) {
            throw new CodecException(Reason.CORRUPT, "it is not JSON");
        }
    }

    private static Object base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    /** Returns an object with the given fields. */
    static byte[] write(Map<String, byte[]> fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator generator = JSON.createGenerator(bytes)) {
            generator.writeStartObject();
            for (var field : fields.entrySet()) {
                generator.writeFieldName(field.getKey());
                generator.writeRawValue(new String(field.getValue(), StandardCharsets.UTF_8));
            }
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("an array cannot fail", e);
        }
        return bytes.toByteArray();
    }
}
