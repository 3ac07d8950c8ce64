package dev.tidepool.tools;

/**
 * What visitors do, and what their sessions ask of a table for it.
 *
 * @param visitors how many are on the site at the same time
 * @param pages how many pages each asks for in a minute
 * @param changing the part of pages that change the session, from 0 to 1
 * @param bytes the size of a session's item
 * @param visitMinutes how long a visit lasts, from the first page to the last
 * @param logins the part of visits in which the session gets a new id, from 0 to 1
 * @param timeoutMinutes how long a session lives after the last page
 * @param touchSeconds how long accesses are not written after one that was
 */
record SessionLoad(
        double visitors,
        double pages,
        double changing,
        double bytes,
        double visitMinutes,
        double logins,
        double timeoutMinutes,
        double touchSeconds) {

    private static final double SECONDS = 60;
    private static final double BYTES_PER_READ_UNIT = 4_096;
    private static final double BYTES_PER_WRITE_UNIT = 1_024;

    private static final int READS_OF_LOGIN = 1;
    private static final int WRITES_OF_LOGIN = 3;

    private double pagesPerSecond() {
        return visitors * pages / SECONDS;
    }

    private double visitsPerSecond() {
        return visitors / (visitMinutes * SECONDS);
    }

    /** Returns how many accesses are written for themselves in a second, at most. */
    private double touchesPerSecond() {
        double pagesThatRead = pagesPerSecond() * (1 - changing);
        return touchSeconds == 0 ? pagesThatRead : Math.min(pagesThatRead, visitors / touchSeconds);
    }

    /** Returns how many sessions there are at a time: those in use, and those that have not timed out yet. */
    double sessions() {
        return visitors * (1 + timeoutMinutes / visitMinutes);
    }

    /** Returns the requests in a second that read: each page, the end of each session, and logins. */
    double reads() {
        return pagesPerSecond() + visitsPerSecond() * (1 + READS_OF_LOGIN * logins);
    }

    /** Returns the requests in a second that write: changes, accesses, begin and end of each session, and logins. */
    double writes() {
        return pagesPerSecond() * changing + touchesPerSecond() + visitsPerSecond() * (2 + WRITES_OF_LOGIN * logins);
    }

    double readUnits() {
        return reads() * Math.ceil(bytes / BYTES_PER_READ_UNIT);
    }

    double writeUnits() {
        return writes() * Math.ceil(bytes / BYTES_PER_WRITE_UNIT);
    }
}
