package dev.tidepool.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;

/** The requests that a client has sent, every attempt of one counted. */
public final class Requests implements ExecutionInterceptor {
    private final List<SdkRequest> sent = new CopyOnWriteArrayList<>();

    @Override
    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
        sent.add(context.request());
    }

    /** The names of the operations in the order in which they were sent, such as {@code GetItem}. */
    public List<String> operations() {
        return sent.stream()
                .map(request -> request.getClass().getSimpleName().replaceFirst("Request$", ""))
                .toList();
    }

    public List<SdkRequest> sent() {
        return List.copyOf(sent);
    }

    public void clear() {
        sent.clear();
    }
}
