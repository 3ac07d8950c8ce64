package dev.tidepool.cache;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** DynamoDB's limits, and how it measures what they are about. */
final class DynamoDbLimits {
    /** The length of an item, the names of its attributes included. */
    static final int ITEM_BYTES = 400 * 1024;

    /** The length of a partition key. */
    static final int KEY_BYTES = 2048;

    /** How many keys a BatchGetItem may have. */
    static final int BATCH_GET = 100;

    /** How many items a BatchWriteItem may have. */
    static final int BATCH_WRITE = 25;

    private DynamoDbLimits() {}

    /** Returns the length of an item, or of some of its attributes. */
    static int sizeOf(Map<String, AttributeValue> attributes) {
        return attributes.entrySet().stream()
                .mapToInt(attribute -> utf8(attribute.getKey()) + sizeOf(attribute.getValue()))
                .sum();
    }

    private static int sizeOf(AttributeValue value) {
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
