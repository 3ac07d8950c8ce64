package dev.tidepool.tools;

import org.jspecify.annotations.Nullable;

/** How what is known of items is written: for a person, or as JSON. */
sealed interface ReportWriter permits TextWriter, JsonWriter {
    /**
     * One item of many.
     *
     * @param key as it may be shown
     * @param codec its codec; a word in its place where it cannot be read
     * @param deadline as an instant; empty when it cannot be read
     * @param relative how long from now
     * @param bytes the length of the item
     * @param damage why it cannot be read; null when it can
     */
    record ItemLine(
            String key,
            String codec,
            String deadline,
            String relative,
            int bytes,
            @Nullable String damage) {}

    /** Writes one item. */
    void write(ItemReport report, boolean withValues);

    /** Writes one item of many. */
    void writeLine(ItemLine line);

    /** Writes what there is to say after the last of many. */
    void endLines();
}
