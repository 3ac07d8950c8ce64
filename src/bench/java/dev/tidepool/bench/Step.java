package dev.tidepool.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A page that a visitor asks for.
 *
 * @param path of the page
 * @param answer what the page must say; anything else is a failure of the measurement
 */
record Step(String path, String answer) {
    static final String USER = "Ada Lovelace";
    static final String BYE = "Bye";

    private static final int WARES = 5;
    private static final int PAGES_FOR_EACH_WARE = 4;

    /**
     * A visit from login to logout: between them five wares are put into the cart, and before each four pages are read.
     */
    static final List<Step> JOURNEY = journey();

    private static List<Step> journey() {
        List<Step> journey = new ArrayList<>();
        journey.add(new Step("/login", USER));
        for (int ware = 1; ware <= WARES; ware++) {
            for (int page = 0; page < PAGES_FOR_EACH_WARE; page++) {
                journey.add(new Step("/page", USER));
            }
            journey.add(new Step("/add", String.valueOf(ware)));
        }
        journey.add(new Step("/logout", BYE));
        return List.copyOf(journey);
    }

    /** The ware that goes into a cart. */
    static String ware(int number) {
        return "Tide tables, volume " + number;
    }
}
