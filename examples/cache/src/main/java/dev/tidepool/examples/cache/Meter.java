package dev.tidepool.examples.cache;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchWriteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/** Counts the requests of a client and asks DynamoDB for the capacity units that each consumed. */
final class Meter implements ExecutionInterceptor {
    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
    private final DoubleAdder readUnits = new DoubleAdder();
    private final DoubleAdder writeUnits = new DoubleAdder();

    @Override
    public SdkRequest modifyRequest(Context.ModifyRequest context, ExecutionAttributes attributes) {
        ReturnConsumedCapacity total = ReturnConsumedCapacity.TOTAL;
        SdkRequest request = context.request();
        if (request instanceof GetItemRequest get) {
            return get.copy(copy -> copy.returnConsumedCapacity(total));
        } else if (request instanceof PutItemRequest put) {
            return put.copy(copy -> copy.returnConsumedCapacity(total));
        } else if (request instanceof UpdateItemRequest update) {
            return update.copy(copy -> copy.returnConsumedCapacity(total));
        } else if (request instanceof DeleteItemRequest delete) {
            return delete.copy(copy -> copy.returnConsumedCapacity(total));
        } else if (request instanceof BatchGetItemRequest batch) {
            return batch.copy(copy -> copy.returnConsumedCapacity(total));
        } else if (request instanceof BatchWriteItemRequest batch) {
            return batch.copy(copy -> copy.returnConsumedCapacity(total));
        } else if (request instanceof ScanRequest scan) {
            return scan.copy(copy -> copy.returnConsumedCapacity(total));
        }
        return request;
    }

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        String operation = context.request().getClass().getSimpleName().replaceFirst("Request$", "");
        requests.computeIfAbsent(operation, name -> new LongAdder()).increment();
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        SdkResponse response = context.response();
        if (response instanceof GetItemResponse get) {
            addTo(readUnits, get.consumedCapacity());
        } else if (response instanceof ScanResponse scan) {
            addTo(readUnits, scan.consumedCapacity());
        } else if (response instanceof BatchGetItemResponse batch) {
            batch.consumedCapacity().forEach(capacity -> addTo(readUnits, capacity));
        } else if (response instanceof PutItemResponse put) {
            addTo(writeUnits, put.consumedCapacity());
        } else if (response instanceof UpdateItemResponse update) {
            addTo(writeUnits, update.consumedCapacity());
        } else if (response instanceof DeleteItemResponse delete) {
            addTo(writeUnits, delete.consumedCapacity());
        } else if (response instanceof BatchWriteItemResponse batch) {
            batch.consumedCapacity().forEach(capacity -> addTo(writeUnits, capacity));
        }
    }

    private static void addTo(DoubleAdder units, ConsumedCapacity capacity) {
        if (capacity != null && capacity.capacityUnits() != null) {
            units.add(capacity.capacityUnits());
        }
    }

    /** Runs a step and prints what it cost. */
    void measure(String step, Runnable work) {
        requests.clear();
        readUnits.reset();
        writeUnits.reset();
        work.run();
        System.out.printf(
                "  %-42s %6.1f %6.1f   %s%n", step, readUnits.doubleValue(), writeUnits.doubleValue(), summary());
    }

    private String summary() {
        return new TreeMap<>(requests)
                .entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .collect(Collectors.joining(", "));
    }
}
