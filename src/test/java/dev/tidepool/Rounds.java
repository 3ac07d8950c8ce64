package dev.tidepool;

/**
 * How long tests go on that find more the longer they run: for a short while in every build, for long in {@code mvn
 * -Pslow verify}, which runs them alone. Who asks has the tag {@link #LONG}.
 */
public final class Rounds {
    /** The tag of classes whose tests last as long as this class says. */
    public static final String LONG = "long";

    private static final int FACTOR = Integer.getInteger("test.rounds", 1);

    private Rounds() {}

    /** So many rounds in every build, and a multiple of them where that is asked for. */
    public static int of(int few) {
        return of(few, Integer.MAX_VALUE);
    }

    /** As {@link #of(int)}, where more than so many would find nothing else. */
    public static int of(int few, int most) {
        return (int) Math.min((long) few * FACTOR, most);
    }
}
