package dev.tidepool.examples.sessions;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.core.JsonGenerator;
import io.undertow.server.handlers.Cookie;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
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

    private static final List<String> ORDER = List.of("id", "value", "expires", "expiresAt", "etag");

    private final String table;
    private final DynamoDbClient client;

    TableView(URI endpoint, String table) {
        this.table = table;
        client = DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .overrideConfiguration(override -> override.putHeader(LocalDynamoDb.UNCOUNTED, "true"))
                .build();
    }

    /** Writes the item of a session, if there is one. */
    void writeItem(JsonGenerator json, Cookie session) throws IOException {
        if (session == null || !session.getValue().matches("[A-Za-z0-9_-]{1,100}")) {
            return;
        }
        AttributeValue id = AttributeValue.fromS("sess:" + Node.APPLICATION + ":" + session.getValue());
        Map<String, AttributeValue> item = client.getItem(request ->
                        request.tableName(table).key(Map.of("id", id)).consistentRead(true))
                .item();
        if (item.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("item");
        json.writeArrayFieldStart("attributes");
        int bytes = 0;
        for (String name :
                item.keySet().stream().sorted(comparing(ORDER::indexOf)).toList()) {
            AttributeValue value = item.get(name);
            int size = size(name, value);
            bytes += size;
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeStringField("type", value.type().name());
            json.writeNumberField("bytes", size);
            json.writeStringField("shown", shown(name, value));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNumberField("bytes", bytes);
        json.writeEndObject();
    }

    /** As DynamoDB counts: the name, and the value in UTF-8, in bytes, or a byte for two digits and one more. */
    private static int size(String name, AttributeValue value) {
        return name.getBytes(StandardCharsets.UTF_8).length
                + switch (value.type()) {
                    case S -> value.s().getBytes(StandardCharsets.UTF_8).length;
                    case B -> value.b().asByteArrayUnsafe().length;
                    case N -> (value.n().replace("-", "").length() + 1) / 2 + 1;
                    default -> throw new IllegalStateException(name + " is of a type that no item here has");
                };
    }

    private static String shown(String name, AttributeValue value) {
        return switch (value.type()) {
            case S -> {
                int id = value.s().lastIndexOf(':') + 1;
                yield value.s().substring(0, Math.min(id + SHOWN, value.s().length())) + "\u2026";
            }
            case N ->
                name.equals("expires")
                        ? Instant.ofEpochSecond(Long.parseLong(value.n())).toString()
                        : value.n();
            default -> "encoded session";
        };
    }

    @Override
    public void close() {
        client.close();
    }
}
