package dev.tidepool.session;

/** What a format keeps of a session besides what all of them have. Immutable. */
public interface FormatFields {
    /** Those of Tidepool's own format, which keeps nothing else. */
    FormatFields NONE = new FormatFields() {
        @Override
        public FormatFields next(int interval, boolean intervalChanged, long accessed) {
            return this;
        }

        @Override
        public long storable(long deadline) {
            return deadline;
        }

        @Override
        public boolean isVersioned() {
            return true;
        }

        @Override
        public String toString() {
            return "none";
        }
    };

    /**
     * Returns the fields of the session as it is written next.
     *
     * @param interval how long the session lives without an access, in seconds; zero or less for ever
     * @param intervalChanged whether that is another interval than before
     * @param accessed the last access, in milliseconds since the epoch
     * @return the fields
     */
    FormatFields next(int interval, boolean intervalChanged, long accessed);

    /**
     * Returns the first deadline that the format can say and that is not before a given one.
     *
     * @param deadline in milliseconds since the epoch, or {@link SessionEntry#NEVER}
     * @return a deadline in milliseconds since the epoch, or {@link SessionEntry#NEVER}
     */
    long storable(long deadline);

    /**
     * Whether the format stores versions and exact times. Where it does not, the node counts its own readings, and two
     * writes of the same content have the same bytes.
     *
     * @return true when the version that was read is one that was written
     */
    boolean isVersioned();
}
