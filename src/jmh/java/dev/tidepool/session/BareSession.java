package dev.tidepool.session;

import static dev.tidepool.session.SessionBenchmark.TABLE;

import dev.tidepool.session.SessionBenchmark.SessionPages;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A session by the SDK's client alone, as attributes of an item. */
record BareSession(DynamoDbClient client) implements SessionPages {
    private static final Map<String, AttributeValue> KEY = Map.of("id", AttributeValue.fromS("id-of-the-session"));

    @Override
    public void login() {
        Map<String, AttributeValue> item = new HashMap<>(KEY);
        item.put("user", AttributeValue.fromS(SessionBenchmark.USER));
        item.put("cart", texts(List.of(SessionBenchmark.ware(0), SessionBenchmark.ware(1), SessionBenchmark.ware(2))));
        item.put("expires", deadline());
        client.putItem(request -> request.tableName(TABLE).item(item));
    }

    private Map<String, AttributeValue> read() {
        return client.getItem(request -> request.tableName(TABLE).key(KEY).consistentRead(true))
                .item();
    }

    @Override
    public Object page() {
        return read().get("user").s();
    }

    @Override
    public Object change() {
        List<String> before =
                read().get("cart").l().stream().map(AttributeValue::s).toList();
        AttributeValue cart = texts(SessionBenchmark.changed(before));
        return client.updateItem(request -> request.tableName(TABLE)
                .key(KEY)
                .updateExpression("SET cart = :cart, expires = :expires")
                .conditionExpression("attribute_exists(id)")
                .expressionAttributeValues(Map.of(":cart", cart, ":expires", deadline())));
    }

    private static AttributeValue texts(List<String> texts) {
        return AttributeValue.fromL(texts.stream().map(AttributeValue::fromS).toList());
    }

    private static AttributeValue deadline() {
        long seconds = Instant.now().getEpochSecond() + SessionBenchmark.TIMEOUT_SECONDS;
        return AttributeValue.fromN(Long.toString(seconds));
    }
}
