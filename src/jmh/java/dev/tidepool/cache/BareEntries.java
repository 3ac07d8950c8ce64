package dev.tidepool.cache;

import dev.tidepool.cache.CacheBenchmark.EntryStore;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;

/** Entries by the SDK's client alone, in the attributes of a cache: the value as bytes, and a token of its version. */
record BareEntries(DynamoDbClient client) implements EntryStore {
    private static final String SET = "SET #value = :value, #etag = :etag";
    private static final Map<String, String> NAMES = Map.of("#value", "value", "#etag", "etag");

    @Override
    public Object get(String key) {
        return text(read(key));
    }

    private Map<String, AttributeValue> read(String key) {
        return client.getItem(request ->
                        request.tableName(CacheBenchmark.TABLE).key(id(key)).consistentRead(true))
                .item();
    }

    @Override
    public Object put(String key, String value) {
        return client.updateItem(request -> request.tableName(CacheBenchmark.TABLE)
                .key(id(key))
                .updateExpression(SET)
                .expressionAttributeNames(NAMES)
                .expressionAttributeValues(values(value)));
    }

    @Override
    public Object replace(String key, String value) {
        return client.updateItem(request -> request.tableName(CacheBenchmark.TABLE)
                .key(id(key))
                .updateExpression(SET)
                .conditionExpression("attribute_exists(id)")
                .expressionAttributeNames(NAMES)
                .expressionAttributeValues(values(value)));
    }

    @Override
    public Object invoke(String key, String value) {
        Map<String, AttributeValue> item = read(key);
        Map<String, AttributeValue> values = values(value);
        values.put(":before", item.get("etag"));
        client.updateItem(request -> request.tableName(CacheBenchmark.TABLE)
                .key(id(key))
                .updateExpression(SET)
                .conditionExpression("#etag = :before")
                .expressionAttributeNames(NAMES)
                .expressionAttributeValues(values));
        return text(item);
    }

    @Override
    public Object getAll(Set<String> keys) {
        List<Map<String, AttributeValue>> ids =
                keys.stream().map(BareEntries::id).toList();
        Map<String, String> all = new HashMap<>();
        client.batchGetItem(request -> request.requestItems(Map.of(
                        CacheBenchmark.TABLE,
                        KeysAndAttributes.builder()
                                .keys(ids)
                                .consistentRead(true)
                                .build())))
                .responses()
                .get(CacheBenchmark.TABLE)
                .forEach(item -> all.put(item.get("id").s(), text(item)));
        return all;
    }

    private static Map<String, AttributeValue> id(String key) {
        return Map.of("id", AttributeValue.fromS(key));
    }

    private static Map<String, AttributeValue> values(String value) {
        Map<String, AttributeValue> values = new HashMap<>();
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        values.put(":value", AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes)));
        values.put(
                ":etag",
                AttributeValue.fromN(Long.toString(ThreadLocalRandom.current().nextLong())));
        return values;
    }

    private static String text(Map<String, AttributeValue> item) {
        return new String(item.get("value").b().asByteArrayUnsafe(), StandardCharsets.UTF_8);
    }
}
