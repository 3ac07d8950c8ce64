package dev.tidepool.examples.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The packaged jar, two nodes of it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class TwoNodesIT {
    static final List<String> JAR =
            List.of("-jar", Path.of("target", "shop.jar").toString());

    private static LocalDynamoDb dynamoDb;
    private static NodeProcess a;
    private static NodeProcess b;

    @BeforeAll
    static void start() throws Exception {
        dynamoDb = new LocalDynamoDb();
        a = NodeProcess.start("A", 0, JAR, dynamoDb.settings());
        b = NodeProcess.start("B", 0, JAR, dynamoDb.settings());
        a.ready();
        b.ready();
    }

    @AfterAll
    static void stop() throws Exception {
        a.close();
        b.close();
        dynamoDb.close();
    }

    @Test
    void cached_byOneNode_isCachedForTheOther() throws Exception {
        Visitor visitor = new Visitor();
        for (String path :
                List.of("/products/spade", "/products/anchor", "/products/spade/price?currency=USD", "/reports/2022")) {
            JsonNode first = visitor.get(a, path);
            JsonNode second = visitor.get(b, path);

            assertEquals("warehouse", first.get("from").asText(), path);
            assertEquals("cache", second.get("from").asText(), path);
            assertEquals(first.get("found"), second.get("found"), path);
        }
        visitor.send(a, "PUT", "/products/spade/offer?cents=399");
        assertEquals(
                399,
                visitor.get(b, "/products/spade/offer")
                        .get("found")
                        .get("cents")
                        .asInt());
        visitor.send(b, "DELETE", "/products/spade/offer");
        assertTrue(visitor.get(a, "/products/spade/offer").get("found").isNull());
    }

    /** What is promised across nodes: each calls the method once at most. */
    @Test
    void sync_askedOnBothNodesAtOnce_callsTheMethodOncePerNodeAtMost() throws Exception {
        List<JsonNode> answers = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = IntStream.range(0, 10)
                .mapToObj(i -> new Thread(() -> answers.add(new Visitor().get(i % 2 == 0 ? a : b, "/reports/2023"))))
                .toList();

        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(10, answers.size());
        for (String node : List.of("A", "B")) {
            assertTrue(
                    answers.stream()
                                    .filter(answer ->
                                            answer.get("node").asText().equals(node))
                                    .filter(answer ->
                                            answer.get("from").asText().equals("warehouse"))
                                    .count()
                            <= 1,
                    answers.toString());
        }
        assertEquals(
                1,
                answers.stream().map(answer -> answer.get("found")).distinct().count());
    }

    /** The last one, as it ends a node. */
    @Test
    @Order(Integer.MAX_VALUE)
    void session_livesOnWhenItsNodeIsKilled() throws Exception {
        Visitor visitor = new Visitor();
        visitor.send(a, "POST", "/cart?id=net");
        String planted = visitor.cookie();
        visitor.send(a, "POST", "/login?user=ann");
        assertNotEquals(planted, visitor.cookie());
        visitor.send(b, "POST", "/cart?id=bucket");

        a.kill();

        JsonNode visit = visitor.get(b, "/visit");
        assertEquals("B", visit.get("node").asText());
        assertEquals("ann", visit.get("user").asText());
        assertEquals(List.of("net", "bucket"), visit.get("cart").findValuesAsText("id"));
        visitor.send(b, "POST", "/logout");
        assertTrue(visitor.get(b, "/visit").get("user").isNull());
    }
}
