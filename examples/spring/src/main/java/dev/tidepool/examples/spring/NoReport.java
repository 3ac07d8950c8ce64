package dev.tidepool.examples.spring;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ResponseStatus;

/** The shop is not that old. */
@ResponseStatus(HttpStatus.NOT_FOUND)
final class NoReport extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoReport(int year) {
        super("There is no report on " + year);
    }
}
