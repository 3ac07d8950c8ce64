package dev.tidepool.codec;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.codec.ValueNode.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads JSON as the nodes of a value; how deep it may be nested is Jackson's limit. */
final class JsonOutline {
    private static final JsonFactory JSON = new JsonFactory();

    private final JsonParser parser;
    private final ValueNodes nodes;

    private JsonOutline(JsonParser parser, ValueNodes nodes) {
        this.parser = parser;
        this.nodes = nodes;
    }

    static ValueNode read(byte[] json, ValueNodes nodes) {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() == null) {
                throw Frame.corrupt("it is empty");
            }
            ValueNode node = new JsonOutline(parser, nodes).value();
            if (parser.nextToken() != null) {
                throw Frame.corrupt("something follows the JSON");
            }
            return node;
        } catch (IOException e) { // whose message quotes the text
            throw new CodecException(Reason.CORRUPT, "it is not JSON, or beyond what a JSON parser takes");
        }
    }

    private ValueNode value() throws IOException {
        int start = position();
        return switch (requireNonNull(parser.currentToken())) {
            case START_OBJECT -> object(start);
            case START_ARRAY -> array(start);
            case VALUE_STRING -> {
                String text = parser.getText();
                yield nodes.scalar("string", text, bytesFrom(start));
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                Number number = parser.getNumberValue();
                yield nodes.scalar("number", number, bytesFrom(start));
            }
            case VALUE_TRUE, VALUE_FALSE -> nodes.scalar("boolean", parser.getBooleanValue(), bytesFrom(start));
            case VALUE_NULL -> nodes.nothing();
            default -> throw new IOException("no value");
        };
    }

    private int position() {
        return (int) parser.currentTokenLocation().getByteOffset();
    }

    private int bytesFrom(int start) {
        return (int) parser.currentLocation().getByteOffset() - start;
    }

    private ValueNode object(int start) throws IOException {
        List<Part> parts = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            parts.add(Part.field(name, value()));
        }
        return nodes.object("object", 0, bytesFrom(start), parts);
    }

    private ValueNode array(int start) throws IOException {
        List<Part> parts = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            parts.add(Part.element(value()));
        }
        return nodes.object("array", 0, bytesFrom(start), parts);
    }
}
