package dev.tidepool.codec;

import org.jspecify.annotations.Nullable;

/** A class that a value names, as it is found here. */
final class WrittenClass {

    private final String name;
    private final @Nullable Class<?> type;
    private final @Nullable ClassNotFoundException absence;
    private @Nullable ObjectPlan plan;

    private WrittenClass(String name, @Nullable Class<?> type, @Nullable ClassNotFoundException absence) {
        this.name = name;
        this.type = type;
        this.absence = absence;
    }

    /** Asks the gate, then loads the class if it is there. */
    static WrittenClass find(String name, KnownClasses known, InputGate gate, long bytesRead) {
        try {
            Class<?> type = known.find(name, gate);
            gate.checkLoaded(type, bytesRead);
            return new WrittenClass(name, type, null);
        } catch (ClassNotFoundException e) {
            return new WrittenClass(name, null, e);
        }
    }

    /** A class that nobody looks for. */
    static WrittenClass named(String name) {
        return new WrittenClass(name, null, null);
    }

    String name() {
        return name;
    }

    /** Returns the class, null when it is not on the class path. */
    @Nullable Class<?> type() {
        return type;
    }

    /** Returns how its objects are laid out, null until the first one was read. */
    @Nullable ObjectPlan plan() {
        return plan;
    }

    void plan(ObjectPlan known) {
        this.plan = known;
    }

    /** Returns what to throw when an object of a class that is not there is needed. */
    CodecException missing() {
        return DecodeFailure.missing(name, absence == null ? new ClassNotFoundException(name) : absence);
    }
}
