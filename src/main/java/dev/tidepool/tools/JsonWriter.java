package dev.tidepool.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.tidepool.cache.TableItems.Attribute;
import dev.tidepool.codec.ValueNode;
import dev.tidepool.codec.ValueNode.Part;
import dev.tidepool.tools.ItemReport.Fact;
import dev.tidepool.tools.ItemReport.SessionAttribute;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes reports as JSON, an object on a line for each item, in ASCII whatever the values have. */
final class JsonWriter implements ReportWriter {
    /** Three levels for each of the nested objects that a value can have. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .streamWriteConstraints(
                    StreamWriteConstraints.builder().maxNestingDepth(10_000).build())
            .build();

    private final PrintStream out;

    JsonWriter(PrintStream out) {
        this.out = out;
    }

    private interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    private void object(Content content) {
        try (JsonGenerator json = JSON.createGenerator((OutputStream) out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println();
    }

    @Override
    public void write(ItemReport report, boolean withValues) {
        object(json -> {
            for (Fact fact : report.facts()) {
                json.writeFieldName(fact.name());
                writeScalar(json, fact.value());
            }
            json.writeArrayFieldStart("itemAttributes");
            for (Attribute attribute : report.itemAttributes()) {
                writeAttribute(json, attribute, withValues);
            }
            json.writeEndArray();
            if (report.isSession()) {
                writeAttributes(json, report.attributes(), withValues);
            }
            if (withValues && report.value() != null) {
                json.writeObjectFieldStart("value");
                writeNode(json, report.value());
                json.writeEndObject();
            }
        });
    }

    private static void writeAttribute(JsonGenerator json, Attribute attribute, boolean withValues) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", attribute.name());
        json.writeStringField("type", attribute.type());
        json.writeNumberField("bytes", attribute.bytes());
        if (withValues && attribute.isOther() && attribute.value() != null) {
            json.writeFieldName("value");
            Object value = attribute.value();
            writeScalar(json, value instanceof byte[] array ? Texts.hex(array) : value);
        }
        json.writeEndObject();
    }

    private static void writeAttributes(JsonGenerator json, List<SessionAttribute> attributes, boolean withValues)
            throws IOException {
        json.writeArrayFieldStart("attributes");
        for (SessionAttribute attribute : attributes) {
            writeAttribute(json, attribute, withValues);
        }
        json.writeEndArray();
    }

    private static void writeAttribute(JsonGenerator json, SessionAttribute attribute, boolean withValues)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("name", attribute.name());
        json.writeStringField("codec", attribute.codec());
        json.writeNumberField("bytes", attribute.bytes());
        if (attribute.damage() != null) {
            json.writeStringField("damage", attribute.damage());
        }
        ValueNode value = attribute.value();
        if (value != null) {
            json.writeStringField("class", value.type());
            if (withValues) {
                json.writeObjectFieldStart("value");
                writeNode(json, value);
                json.writeEndObject();
            }
        }
        json.writeEndObject();
    }

    /** Writes the fields of the object that a node is. */
    private static void writeNode(JsonGenerator json, ValueNode node) throws IOException {
        json.writeStringField("class", node.type());
        if (node.isReference()) {
            json.writeNumberField("reference", node.number());
            return;
        }
        if (node.number() > 0) {
            json.writeNumberField("number", node.number());
        }
        json.writeNumberField("bytes", node.bytes());
        if (node.scalar() instanceof byte[] array) {
            json.writeNumberField("length", array.length);
            json.writeStringField("hex", Texts.hex(array));
        } else if (node.scalar() != null || node.type().equals("null")) {
            json.writeFieldName("value");
            writeScalar(json, node.scalar());
        } else {
            writeParts(json, node);
        }
    }

    private static void writeParts(JsonGenerator json, ValueNode node) throws IOException {
        json.writeArrayFieldStart("parts");
        for (Part part : node.parts()) {
            json.writeStartObject();
            if (part.name() != null) {
                json.writeStringField("name", part.name());
            } else if (part.key() != null) {
                json.writeObjectFieldStart("key");
                writeNode(json, part.key());
                json.writeEndObject();
            }
            writeNode(json, part.node());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeScalar(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof BigInteger number) {
            json.writeNumber(number);
        } else if (value instanceof BigDecimal number) {
            json.writeNumber(number);
        } else if (value instanceof Double || value instanceof Float) {
            json.writeNumber(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else {
            json.writeString((String) value);
        }
    }

    @Override
    public void writeLine(ItemLine line) {
        object(json -> {
            json.writeStringField("key", line.key());
            json.writeStringField("codec", line.codec());
            json.writeStringField("deadline", line.deadline());
            json.writeNumberField("itemBytes", line.bytes());
            if (line.damage() != null) {
                json.writeStringField("damage", line.damage());
            }
        });
    }

    /** Nothing: each line is an object of its own. */
    @Override
    public void endLines() {}
}
