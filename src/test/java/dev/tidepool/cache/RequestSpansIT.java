package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidepool.DynamoDbLocal;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.Tags;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/** The observations that Micrometer makes spans of. */
@ExtendWith(DynamoDbLocal.class)
final class RequestSpansIT {
    private static final String KEY = "somebody@example.org";

    private final ObservationRegistry registry = ObservationRegistry.create();
    private final List<Observation.Context> ended = new CopyOnWriteArrayList<>();
    private final List<String> current = new CopyOnWriteArrayList<>();
    private final Node node = Node.over(Watched::new);
    private final String table = Node.freshTable();
    private volatile boolean denies;

    /** Sees in which observation a request is sent, and may refuse reads. */
    private final class Watched extends Transport {
        Watched(SdkHttpClient server) {
            super(server);
        }

        @Override
        HttpExecuteResponse call(String operation, HttpExecuteRequest request) throws IOException {
            Observation observation = registry.getCurrentObservation();
            if (observation != null) {
                current.add(requireNonNull(observation.getContext().getContextualName()));
            }
            return denies ? refusal("AccessDeniedException", "as the test wants") : pass(request);
        }
    }

    private final class Collecting implements ObservationHandler<Observation.Context> {
        @Override
        public void onStop(Observation.Context context) {
            ended.add(context);
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    @AfterEach
    void close() {
        node.close();
    }

    private Cache<String, String> users() {
        return node.cache(
                "users",
                DynamoDbConfiguration.builder(String.class, String.class).table(table));
    }

    private Cache<String, String> observedUsers() {
        registry.observationConfig().observationHandler(new Collecting());
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        return users();
    }

    /** What a span has of one observation: its names, and what it is tagged with. */
    private static String told(Observation.Context context) {
        return context.getName() + " '" + context.getContextualName() + "' "
                + context.getAllKeyValues().stream()
                        .map(RequestSpansIT::text)
                        .sorted()
                        .collect(Collectors.joining(", "));
    }

    private static String text(KeyValue tag) {
        return tag.getKey() + "=" + tag.getValue();
    }

    private static @Nullable Throwable error(Observation.Context context) {
        return context.getError();
    }

    @Test
    void request_observed_tellsCacheOperationAndOutcomeAndNoKey() {
        Cache<String, String> users = observedUsers();

        users.get(KEY);
        users.putIfAbsent(KEY, "Ann");
        users.putIfAbsent(KEY, "Bob");

        assertThat(ended)
                .extracting(RequestSpansIT::told)
                .containsExactly(
                        "tidepool.request 'GetItem users' cache=users, operation=GetItem, outcome=success",
                        "tidepool.request 'PutItem users' cache=users, operation=PutItem, outcome=success",
                        "tidepool.request 'PutItem users' cache=users, operation=PutItem, outcome=refused");
        assertThat(ended).allSatisfy(context -> assertThat(error(context)).isNull());
    }

    @Test
    void request_thatFails_hasItsErrorWithoutTheKey() {
        Cache<String, String> users = observedUsers();
        denies = true;

        assertThatThrownBy(() -> users.get(KEY)).isInstanceOf(CacheException.class);

        Observation.Context failed = ended.get(ended.size() - 1);
        assertThat(told(failed)).endsWith("outcome=failed");
        assertThat(error(failed))
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("dynamodb:GetItem")
                .hasMessageNotContaining(KEY);
    }

    @Test
    void request_insideOfAnotherObservation_isItsChildAndTheParentOfWhatTheSdkDoes() {
        Cache<String, String> users = observedUsers();
        Observation page = Observation.start("page", registry);

        page.scoped(() -> users.get(KEY));

        Observation.Context request = ended.get(ended.size() - 1);
        assertThat(request.getParentObservation()).isEqualTo(page);
        assertThat(current).endsWith("GetItem users");
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void bindTo_tags_areOnEachObservation() {
        registry.observationConfig().observationHandler(new Collecting());
        new CacheRequestMetrics(node.manager(), Tags.of("shop", "north")).bindTo(registry);

        users().get(KEY);

        assertThat(ended).extracting(RequestSpansIT::told).allMatch(told -> told.contains("shop=north"));
    }

    @Test
    void bindTo_twice_makesOneObservationOfEachRequest() {
        registry.observationConfig().observationHandler(new Collecting());
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        Cache<String, String> users = observedUsers();
        ended.clear();

        users.get(KEY);

        assertThat(Set.copyOf(ended)).hasSize(1);
    }

    /** As the scopes of one thread are within one another, the last that was begun ends first. */
    @Test
    void bindTo_twiceWithOtherTags_makesTwoThatEndInTheOrderOfTheirNesting() {
        registry.observationConfig().observationHandler(new Collecting());
        new CacheRequestMetrics(node.manager(), Tags.of("shop", "north")).bindTo(registry);
        new CacheRequestMetrics(node.manager(), Tags.of("shop", "south")).bindTo(registry);
        Cache<String, String> users = users();
        ended.clear();

        users.get(KEY);

        assertThat(ended).hasSize(2);
        assertThat(requireNonNull(ended.get(0).getParentObservation()).getContextView())
                .isSameAs(ended.get(1));
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void bindTo_handlerThatComesLater_isTold() {
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        Cache<String, String> users = users();
        registry.observationConfig().observationHandler(new Collecting());

        users.get(KEY);

        assertThat(ended)
                .extracting(RequestSpansIT::told)
                .containsExactly("tidepool.request 'GetItem users' cache=users, operation=GetItem, outcome=success");
    }

    /** Who listens makes each request ask for its consumption. */
    @Test
    void bindTo_registryThatObservesNothing_leavesRequestsAsTheyAre() {
        new CacheRequestMetrics(node.manager()).bindTo(ObservationRegistry.NOOP);
        Cache<String, String> users = users();

        users.get(KEY);

        assertThat(node.requests().sent())
                .allSatisfy(request -> assertThat(request.getValueForField("ReturnConsumedCapacity", String.class))
                        .isEmpty());
    }

    /** What fails at the beginning of a request, when the thread enters its span, and when it leaves it. */
    private enum Failing implements ObservationHandler<Observation.Context> {
        ON_START {
            @Override
            public void onStart(Observation.Context context) {
                throw new IllegalStateException("as the test wants");
            }
        },
        ON_SCOPE_OPENED {
            @Override
            public void onScopeOpened(Observation.Context context) {
                throw new IllegalStateException("as the test wants");
            }
        },
        ON_SCOPE_CLOSED {
            @Override
            public void onScopeClosed(Observation.Context context) {
                throw new IllegalStateException("as the test wants");
            }
        };

        @Override
        public boolean supportsContext(Observation.Context context) {
            return true;
        }
    }

    @ParameterizedTest
    @EnumSource(Failing.class)
    void request_handlerThatFails_isMadeAllTheSameAndLeavesTheThreadInNoSpan(Failing failing) {
        registry.observationConfig().observationHandler(failing);
        new CacheRequestMetrics(node.manager()).bindTo(registry);
        try (CapturedLog log = new CapturedLog()) {
            Cache<String, String> users = users();

            users.put(KEY, "Ann");

            assertThat(users.get(KEY)).isEqualTo("Ann");
            assertThat(log.warningsWith("'users'")).hasSize(1);
            assertThat(registry.getCurrentObservation()).isNull();
        }
    }
}
