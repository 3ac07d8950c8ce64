package dev.tidepool.bench;

import static java.util.Objects.requireNonNull;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.CookieImpl;
import io.undertow.server.session.SecureRandomSessionIdGenerator;
import io.undertow.server.session.SessionIdGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The pages of the shop without a library for sessions: what one would write for this shop alone, on the AWS SDK. It
 * makes the requests that cannot be saved, and neither merges what requests at the same time have changed, nor keeps
 * any class but texts, nor ends a session when its time has come.
 */
final class SdkPages implements HttpHandler {
    private static final String COOKIE = "id";
    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    /** A session as it is stored. */
    private record Item(Map<String, AttributeValue> attributes) {
        AttributeValue get(String name) {
            return requireNonNull(attributes.get(name), name);
        }
    }

    private final DynamoDbClient client;
    private final String table;
    private final SessionIdGenerator ids = new SecureRandomSessionIdGenerator();

    SdkPages(DynamoDbClient client, String table) {
        this.client = client;
        this.table = table;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.getResponseSender().send(answer(exchange));
    }

    private String answer(HttpServerExchange exchange) {
        return switch (exchange.getRelativePath()) {
            case "/login" -> login(exchange);
            case "/page" -> read(id(exchange)).get("user").s();
            case "/add" -> add(id(exchange));
            case "/logout" -> logout(id(exchange));
            default -> exchange.getRelativePath();
        };
    }

    private String login(HttpServerExchange exchange) {
        String id = ids.createSessionId();
        client.updateItem(request -> request.tableName(table)
                .key(key(id))
                .updateExpression("SET #user = :user, cart = :cart, expires = :expires")
                .conditionExpression("attribute_not_exists(id)")
                .expressionAttributeNames(Map.of("#user", "user"))
                .expressionAttributeValues(Map.of(
                        ":user", AttributeValue.fromS(Step.USER),
                        ":cart", AttributeValue.fromL(List.of()),
                        ":expires", expires())));
        exchange.setResponseCookie(new CookieImpl(COOKIE, id).setPath("/").setHttpOnly(true));
        return Step.USER;
    }

    private Item read(String id) {
        Item item = new Item(
                client.getItem(request -> request.tableName(table).key(key(id)).consistentRead(true))
                        .item());
        if (Long.parseLong(item.get("expires").n()) <= Instant.now().getEpochSecond()) {
            throw new IllegalStateException("The session is over");
        }
        return item;
    }

    private String add(String id) {
        List<AttributeValue> cart = new ArrayList<>(read(id).get("cart").l());
        cart.add(AttributeValue.fromS(Step.ware(cart.size())));
        client.updateItem(request -> request.tableName(table)
                .key(key(id))
                .updateExpression("SET cart = :cart, expires = :expires")
                .conditionExpression("attribute_exists(id)")
                .expressionAttributeValues(Map.of(":cart", AttributeValue.fromL(cart), ":expires", expires())));
        return String.valueOf(cart.size());
    }

    private String logout(String id) {
        read(id);
        client.deleteItem(request -> request.tableName(table).key(key(id)));
        return Step.BYE;
    }

    private static String id(HttpServerExchange exchange) {
        return exchange.getRequestCookie(COOKIE).getValue();
    }

    private static Map<String, AttributeValue> key(String id) {
        return Map.of("id", AttributeValue.fromS(id));
    }

    private static AttributeValue expires() {
        return AttributeValue.fromN(String.valueOf(Instant.now().plus(TIMEOUT).getEpochSecond()));
    }
}
