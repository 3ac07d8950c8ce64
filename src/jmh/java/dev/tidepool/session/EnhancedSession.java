package dev.tidepool.session;

import dev.tidepool.session.SessionBenchmark.SessionPages;
import java.time.Instant;
import java.util.List;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbEnhancedClient;
import software.amazon.awssdk.enhanced.dynamodb.DynamoDbTable;
import software.amazon.awssdk.enhanced.dynamodb.Key;
import software.amazon.awssdk.enhanced.dynamodb.TableSchema;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** A session by the SDK's enhanced client, as a bean. */
public final class EnhancedSession implements SessionPages {
    private static final Key KEY =
            Key.builder().partitionValue("id-of-the-session").build();

    private final DynamoDbTable<Item> table;

    EnhancedSession(DynamoDbClient client) {
        table = DynamoDbEnhancedClient.builder()
                .dynamoDbClient(client)
                .build()
                .table(SessionBenchmark.TABLE, TableSchema.fromBean(Item.class));
    }

    /** An item. */
    @DynamoDbBean
    public static class Item {
        private String id;
        private String user;
        private List<String> cart;
        private Long expires;

        /** Returns the key. */
        @DynamoDbPartitionKey
        public String getId() {
            return id;
        }

        /** Sets the key. */
        public void setId(String id) {
            this.id = id;
        }

        /** Returns the name. */
        public String getUser() {
            return user;
        }

        /** Sets the name. */
        public void setUser(String user) {
            this.user = user;
        }

        /** Returns the wares. */
        public List<String> getCart() {
            return cart;
        }

        /** Sets the wares. */
        public void setCart(List<String> cart) {
            this.cart = cart;
        }

        /** Returns the deadline, in seconds since the epoch. */
        public Long getExpires() {
            return expires;
        }

        /** Sets the deadline. */
        public void setExpires(Long expires) {
            this.expires = expires;
        }
    }

    @Override
    public void login() {
        Item item = new Item();
        item.setId("id-of-the-session");
        item.setUser(SessionBenchmark.USER);
        item.setCart(List.of(SessionBenchmark.ware(0), SessionBenchmark.ware(1), SessionBenchmark.ware(2)));
        item.setExpires(Instant.now().getEpochSecond() + SessionBenchmark.TIMEOUT_SECONDS);
        table.putItem(item);
    }

    private Item read() {
        return table.getItem(request -> request.key(KEY).consistentRead(true));
    }

    @Override
    public Object page() {
        return read().getUser();
    }

    @Override
    public Object change() {
        Item item = read();
        item.setCart(SessionBenchmark.changed(item.getCart()));
        item.setExpires(Instant.now().getEpochSecond() + SessionBenchmark.TIMEOUT_SECONDS);
        return table.updateItem(item);
    }
}
