package dev.tidepool.cache;

import dev.tidepool.cache.CacheBenchmark.EntryStore;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Expression;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.enhanced.dynamodb.model.ReadBatch;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Entries by the SDK's enhanced client, as beans: the value as bytes. */
public final class EnhancedEntries implements EntryStore {
    private final DynamoDbEnhancedClient client;
    private final DynamoDbTable<Entry> table;

    EnhancedEntries(DynamoDbClient client) {
        this.client = DynamoDbEnhancedClient.builder().dynamoDbClient(client).build();
        this.table = this.client.table(CacheBenchmark.TABLE, TableSchema.fromBean(Entry.class));
    }

    /** An item. */
    @DynamoDbBean
    public static class Entry {
        private String id;
        private SdkBytes value;

        /** For the enhanced client. */
        public Entry() {}

        Entry(String id, String value) {
            this.id = id;
            this.value = bytes(value);
        }

        /** Returns the key. */
        @DynamoDbPartitionKey
        public String getId() {
            return id;
        }

        /** Sets the key. */
        public void setId(String id) {
            this.id = id;
        }

        /** Returns the value. */
        public SdkBytes getValue() {
            return value;
        }

        /** Sets the value. */
        public void setValue(SdkBytes value) {
            this.value = value;
        }
    }

    @Override
    public Object get(String key) {
        return text(read(key));
    }

    private Entry read(String key) {
        return table.getItem(request -> request.key(key(key)).consistentRead(true));
    }

    @Override
    public Object put(String key, String value) {
        Entry entry = new Entry(key, value);
        table.putItem(entry);
        return entry;
    }

    @Override
    public Object replace(String key, String value) {
        return put(
                new Entry(key, value),
                Expression.builder().expression("attribute_exists(id)").build());
    }

    @Override
    public Object invoke(String key, String value) {
        Entry entry = read(key);
        Expression unchanged = Expression.builder()
                .expression("#value = :before")
                .putExpressionName("#value", "value")
                .putExpressionValue(":before", AttributeValue.fromB(entry.getValue()))
                .build();
        entry.setValue(bytes(value));
        return put(entry, unchanged);
    }

    private Object put(Entry entry, Expression condition) {
        table.putItem(request -> request.item(entry).conditionExpression(condition));
        return entry;
    }

    @Override
    public Object getAll(Set<String> keys) {
        ReadBatch.Builder<Entry> batch = ReadBatch.builder(Entry.class).mappedTableResource(table);
        keys.forEach(key -> batch.addGetItem(request -> request.key(key(key)).consistentRead(true)));
        Map<String, String> all = new HashMap<>();
        client.batchGetItem(request -> request.readBatches(batch.build()))
                .resultsForTable(table)
                .forEach(entry -> all.put(entry.getId(), text(entry)));
        return all;
    }

    private static SdkBytes bytes(String value) {
        return SdkBytes.fromByteArrayUnsafe(value.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Entry entry) {
        return new String(entry.getValue().asByteArrayUnsafe(), StandardCharsets.UTF_8);
    }

    private static Key key(String key) {
        return Key.builder().partitionValue(key).build();
    }
}
