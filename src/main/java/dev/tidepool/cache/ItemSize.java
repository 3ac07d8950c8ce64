package dev.tidepool.cache;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** How DynamoDB measures an item. */
final class ItemSize {
    /** An item has at most 400 KB, the names of its attributes included (DynamoDB's limits). */
    static final int MAX_BYTES = 400 * 1024;

    private ItemSize() {}

    static int of(Map<String, AttributeValue> item) {
        int bytes = 0;
        for (Map.Entry<String, AttributeValue> attribute : item.entrySet()) {
            bytes += utf8(attribute.getKey()) + of(attribute.getValue());
        }
        return bytes;
    }

    private static int of(AttributeValue value) {
        return switch (value.type()) {
            case S -> utf8(value.s());
            case B -> value.b().asByteArrayUnsafe().length;
            // A number takes a byte for each two significant digits and one more (DynamoDB's capacity calculation).
            case N -> (value.n().length() + 1) / 2 + 1;
            default -> 1;
        };
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
