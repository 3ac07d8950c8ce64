package dev.tidepool.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * A transport to a table that is short of capacity: of each batch it takes some elements and hands the others back as
 * unprocessed, as DynamoDB does.
 */
final class ShortOfCapacity implements SdkHttpClient {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SdkHttpClient transport;
    private final int capacity;
    private final int every;
    private final String starved;
    private final AtomicInteger batches = new AtomicInteger();

    /**
     * Wraps a transport.
     *
     * @param capacity how many elements of a batch get through
     */
    ShortOfCapacity(SdkHttpClient transport, int capacity) {
        this(transport, capacity, 1, "");
    }

    private ShortOfCapacity(SdkHttpClient transport, int capacity, int every, String starved) {
        this.transport = transport;
        this.capacity = capacity;
        this.every = every;
        this.starved = starved;
    }

    /**
     * Wraps a transport so that some elements of a batch never get through, and the others at once.
     *
     * @param starved what stands in those elements
     */
    static ShortOfCapacity starving(SdkHttpClient transport, String starved) {
        return new ShortOfCapacity(transport, Integer.MAX_VALUE, 1, starved);
    }

    /**
     * Wraps a transport to a table that is short of capacity now and then, so that who writes to it does not slow down
     * more and more.
     *
     * @param every one batch in so many is short
     */
    static ShortOfCapacity nowAndThen(SdkHttpClient transport, int capacity, int every) {
        return new ShortOfCapacity(transport, capacity, every, "");
    }

    /** How many batches have been sent. */
    int batches() {
        return batches.get();
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        String target =
                request.httpRequest().firstMatchingHeader("X-Amz-Target").orElse("");
        if (target.endsWith(".BatchWriteItem") || target.endsWith(".BatchGetItem")) {
            boolean isShort = batches.incrementAndGet() % every == 0;
            return new Batch(request, target.endsWith(".BatchGetItem"), isShort ? capacity : Integer.MAX_VALUE);
        }
        return transport.prepareRequest(request);
    }

    /** One batch on its way. */
    private final class Batch implements ExecutableHttpRequest {
        private final HttpExecuteRequest request;
        private final boolean gets;
        private final int capacity;

        private Batch(HttpExecuteRequest request, boolean gets, int capacity) {
            this.request = request;
            this.gets = gets;
            this.capacity = capacity;
        }

        @Override
        public HttpExecuteResponse call() throws IOException {
            ObjectNode body = (ObjectNode)
                    JSON.readTree(request.contentStreamProvider().orElseThrow().newStream());
            ObjectNode unprocessed = JSON.createObjectNode();
            body.withObjectProperty("RequestItems")
                    .properties()
                    .forEach(table -> unprocessed.set(
                            table.getKey(),
                            gets ? cutKeys((ObjectNode) table.getValue()) : cut((ArrayNode) table.getValue())));
            if (isEmpty((ObjectNode) body.get("RequestItems"))) {
                ObjectNode answer = JSON.createObjectNode();
                answer.set(gets ? "UnprocessedKeys" : "UnprocessedItems", unprocessed);
                return response(SdkHttpResponse.builder().statusCode(200).build(), answer);
            }
            HttpExecuteResponse answer = transport.prepareRequest(with(body)).call();
            ObjectNode answered =
                    (ObjectNode) JSON.readTree(answer.responseBody().orElseThrow());
            if (answer.httpResponse().isSuccessful() && !isEmpty(unprocessed)) {
                answered.set(gets ? "UnprocessedKeys" : "UnprocessedItems", unprocessed);
            }
            return response(answer.httpResponse(), answered);
        }

        private ObjectNode cutKeys(ObjectNode wanted) {
            ObjectNode rest = wanted.deepCopy();
            rest.set("Keys", cut((ArrayNode) wanted.get("Keys")));
            return rest;
        }

        /** Leaves what gets through, and returns the rest. */
        private ArrayNode cut(ArrayNode elements) {
            ArrayNode rest = JSON.createArrayNode();
            for (int i = elements.size() - 1; i >= 0; i--) {
                boolean isStarved =
                        !starved.isEmpty() && elements.get(i).toString().contains(starved);
                if (isStarved || elements.size() > capacity) {
                    rest.add(elements.remove(i));
                }
            }
            return rest;
        }

        private boolean isEmpty(ObjectNode elements) {
            return gets
                    ? elements.findPath("Keys").isEmpty()
                    : elements.elements().next().isEmpty();
        }

        private HttpExecuteRequest with(ObjectNode body) throws JsonProcessingException {
            byte[] bytes = bytes(body);
            SdkHttpRequest shorter = request.httpRequest()
                    .copy(http -> http.putHeader("Content-Length", Integer.toString(bytes.length)));
            return HttpExecuteRequest.builder()
                    .request(shorter)
                    .contentStreamProvider(() -> stream(bytes))
                    .build();
        }

        @Override
        public void abort() {
            // Nothing is under way outside call().
        }
    }

    private static HttpExecuteResponse response(SdkHttpResponse head, ObjectNode body) throws JsonProcessingException {
        byte[] bytes = bytes(body);
        Map<String, java.util.List<String>> headers =
                Map.of("Content-Length", java.util.List.of(Integer.toString(bytes.length)));
        return HttpExecuteResponse.builder()
                .response(SdkHttpResponse.builder()
                        .statusCode(head.statusCode())
                        .headers(headers)
                        .build())
                .responseBody(AbortableInputStream.create(stream(bytes)))
                .build();
    }

    private static byte[] bytes(ObjectNode body) throws JsonProcessingException {
        return JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
    }

    private static InputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }

    @Override
    public void close() {
        transport.close();
    }
}
