package dev.tidepool.examples.express;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Looks at the table from outside, as the console would. */
final class TableView implements AutoCloseable {
    /** Characters of a session id that may be shown: too few to get into the session. */
    private static final int SHOWN = 4;

    private static final String PREFIX = "sess:";
    private static final List<String> ATTRIBUTES = List.of("id", "type", "sess", "expires");

    private final DynamoDbClient client;

    TableView(URI endpoint) {
        client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .build();
    }

    /**
     * The item of a session as DynamoDB writes it in JSON, of each attribute its type and its value; null without one.
     */
    Map<String, Map<String, String>> item(String sessionId) {
        Map<String, AttributeValue> item = client.getItem(request -> request.tableName("sessions")
                        .key(Map.of("id", AttributeValue.fromS(PREFIX + sessionId)))
                        .consistentRead(true))
                .item();
        if (item.isEmpty()) {
            return null;
        }
        Map<String, Map<String, String>> shown = new LinkedHashMap<>();
        for (String name : ATTRIBUTES) {
            AttributeValue value = item.get(name);
            if (value != null) {
                shown.put(name, value.s() == null ? Map.of("N", value.n()) : Map.of("S", value.s()));
            }
        }
        shown.put("id", Map.of("S", PREFIX + sessionId.substring(0, SHOWN) + "\u2026"));
        return shown;
    }

    @Override
    public void close() {
        client.close();
    }
}
