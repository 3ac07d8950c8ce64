package dev.tidepool.session;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The fields of a JSON object, each as the text that stands there, so that what nobody changes is kept as it is. */
final class JsonFields {
    private static final JsonFactory JSON = new JsonFactory();

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
