package dev.tidepool.cache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import org.jspecify.annotations.Nullable;

/** An expiry policy of an application's own, which gives three fixed answers and notes what it was asked. */
final class TablePolicy implements ExpiryPolicy {
    private final @Nullable Duration creation;
    private final @Nullable Duration update;
    private final @Nullable Duration access;
    private final List<String> questions = new CopyOnWriteArrayList<>();

    TablePolicy(@Nullable Duration creation, @Nullable Duration update, @Nullable Duration access) {
        this.creation = creation;
        this.update = update;
        this.access = access;
    }

    List<String> questions() {
        return List.copyOf(questions);
    }

    void forget() {
        questions.clear();
    }

    @Override
    @SuppressWarnings("NullAway") // null is what is tested
    public Duration getExpiryForCreation() {
        questions.add("creation");
        return creation;
    }

    @Override
    public @Nullable Duration getExpiryForUpdate() {
        questions.add("update");
        return update;
    }

    @Override
    public @Nullable Duration getExpiryForAccess() {
        questions.add("access");
        return access;
    }
}
