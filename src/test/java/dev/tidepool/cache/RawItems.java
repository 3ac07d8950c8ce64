package dev.tidepool.cache;

import dev.tidepool.codec.AllowList;
import dev.tidepool.codec.JdkCodec;
import dev.tidepool.codec.ValueFormat;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The items of a table as another program writes and reads them, past every cache. */
public record RawItems(DynamoDbClient client, String table) {
    private static final ValueFormat VALUES =
            new ValueFormat(new JdkCodec(RawItems.class.getClassLoader(), AllowList.of(List.of())), List.of());

    /** Returns a value as the library stores it. */
    static AttributeValue encoded(Object value) {
        return binary(VALUES.write(value));
    }

    static AttributeValue binary(byte[] bytes) {
        return AttributeValue.fromB(SdkBytes.fromByteArray(bytes));
    }

    public static AttributeValue number(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    /** Writes an item of these attributes, whatever was there. */
    public void put(String id, Map<String, AttributeValue> attributes) {
        Map<String, AttributeValue> item = new HashMap<>(attributes);
        item.put("id", AttributeValue.fromS(id));
        client.putItem(request -> request.tableName(table).item(item));
    }

    /** Returns all attributes of an item; none when there is no such item. */
    public Map<String, AttributeValue> get(String id) {
        return client.getItem(request -> request.tableName(table)
                        .key(Map.of("id", AttributeValue.fromS(id)))
                        .consistentRead(true))
                .item();
    }

    public boolean contains(String id) {
        return !get(id).isEmpty();
    }

    public void delete(String id) {
        client.deleteItem(request -> request.tableName(table).key(Map.of("id", AttributeValue.fromS(id))));
    }

    /** Returns the items whose ids begin with a prefix. */
    public List<Map<String, AttributeValue>> all(String prefix) {
        return client
                .scanPaginator(request -> request.tableName(table)
                        .consistentRead(true)
                        .filterExpression("begins_with(id, :prefix)")
                        .expressionAttributeValues(Map.of(":prefix", AttributeValue.fromS(prefix))))
                .items()
                .stream()
                .toList();
    }
}
