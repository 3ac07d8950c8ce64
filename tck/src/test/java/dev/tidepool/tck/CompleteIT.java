package dev.tidepool.tck;

import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.Test;
import org.w3c.dom.Element;

/** Counts what surefire ran: a part of the TCK that is not found would fail no test. */
public final class CompleteIT {
    @Test
    public void allTestsOfTheTckRan() throws IOException {
        int ran = reports().stream().mapToInt(CompleteIT::ran).sum();
        int expected = Integer.getInteger("tck.tests");
        assertTrue("Of " + expected + " tests of the TCK only " + ran + " ran", ran >= expected);
    }

    private static List<Path> reports() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("tck.reports")))) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .toList();
        }
    }

    private static int ran(Path report) {
        try {
            Element suite = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(report.toFile())
                    .getDocumentElement();
            return Integer.parseInt(suite.getAttribute("tests")) - Integer.parseInt(suite.getAttribute("skipped"));
        } catch (Exception e) {
            throw new IllegalStateException("Cannot read " + report, e);
        }
    }
}
