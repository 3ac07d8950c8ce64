package dev.tidepool.examples.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A person tries the demonstrations, in a real browser, which is as wide as a window and as a phone. */
final class PagesIT {
    private static final Path TARGET = Path.of("target");

    private static List<Path> resources(String ending) throws IOException {
        try (Stream<Path> files = Files.walk(ProjectCopy.PROJECT.resolve("examples"))) {
            return files.filter(file -> file.toString().contains("src/main/resources"))
                    .filter(file -> !file.toString().contains("target"))
                    .filter(file -> file.toString().endsWith(ending))
                    .toList();
        }
    }

    @Test
    void style_ofAllPages_isTheSame() throws Exception {
        assertEquals(
                List.of(ProjectCopy.PROJECT.resolve("examples/demo/src/main/resources/demo.css")), resources(".css"));

        List<Path> pages = resources(".html");
        assertEquals(3, pages.size());
        for (Path page : pages) {
            String text = Files.readString(page);
            assertTrue(text.contains("<link rel=\"stylesheet\" href=\"demo.css\">"), page.toString());
            assertFalse(text.contains("<style"), page.toString());
        }
    }

    @Test
    void sessions_whenItsNodesAreKilled_livesOn() throws Exception {
        try (Browser browser = Browser.start();
                RunningMaven maven = ProjectCopy.maven("-q -Pdemo", "-Ddemo.port=0")) {
            browser.open(maven.awaitAddress("The demonstration is at ").toString());
            assertEquals("anonymous", browser.text("user"));

            shop(browser);
            String killed = killTheOneThatAnswered(browser);
            assertEquals(List.of(), browser.complaints());
            killTheOther(browser, killed);
            assertSessionIdIsNotShown(browser, browser.cookie("JSESSIONID"));
            browser.click("#logout");
            assertEquals("anonymous", browser.text("user"));
            assertEquals("There is no item for this browser.", browser.text("item"));
        }
    }

    private static void shop(Browser browser) {
        browser.click("#login");
        assertEquals("Ada Lovelace", browser.text("user"));
        browser.clickInOneGo("[data-item='Tide tables']", "[data-item='Rubber boots']", "[data-item='Bucket']");
        assertEquals(
                List.of("Tide tables\n9.50", "Rubber boots\n39.00", "Bucket\n6.00", "Total\n54.50"),
                browser.texts("#cart li"));
        assertEquals(List.of("id", "value", "expires", "expiresAt", "etag"), browser.texts("#item tbody th"));
        assertEquals("1 GetItem, 1 PutItem", browser.text("cost"));
    }

    private static String killTheOneThatAnswered(Browser browser) throws Exception {
        String killed = browser.text("last");
        browser.click("[data-node='" + killed + "']");
        assertEquals("Node " + killed + " is dead.", browser.text("verdict"));
        browser.reload();
        assertNotEquals(killed, browser.text("last"));
        assertEquals("Ada Lovelace", browser.text("user"));
        assertEquals("3 items", browser.text("count"));
        assertTrue(browser.text("detail").endsWith("is dead. The session lived on."), browser.text("detail"));
        browser.assertFits("#again", TARGET, "sessions");
        browser.click("[data-item='Dip net']");
        assertEquals("4 items", browser.text("count"));
        return killed;
    }

    private static void killTheOther(Browser browser, String killed) {
        String last = browser.text("last");
        browser.click("[data-node='" + last + "']");
        assertEquals("Node " + last + " is dead, and no node is left.", browser.text("verdict"));
        assertEquals("Start one: the session waits in the table.", browser.text("detail"));
        assertEquals(List.of(), browser.texts(".node.answered"));
        browser.reload();
        assertEquals("No node is left.", browser.text("verdict"));

        browser.begin("[data-node='" + killed + "']");
        assertEquals("A new process, which takes some seconds.", browser.text("detail"));
        browser.awaitAnswer();
        assertEquals("Node " + killed + " answered: Ada Lovelace, 4 items.", browser.text("verdict"));
        assertEquals("4 items", browser.text("count"));
        browser.click("[data-node='" + last + "']");
        browser.clickUntilText("#again", "last", last);
        assertEquals("Ada Lovelace", browser.text("user"));
    }

    private static void assertSessionIdIsNotShown(Browser browser, String id) {
        assertFalse(browser.source().contains(id));
        assertFalse(browser.text("item").contains(id.substring(0, 8)));
    }

    @Test
    void spring_onBothNodes_sharesCachesAndSession() throws Exception {
        try (Browser browser = Browser.start();
                RunningMaven maven =
                        ProjectCopy.maven("-q -Pdemo -Ddemo=spring", "-Ddemo.port=0", "-Ddemo.other.port=0")) {
            browser.open(maven.awaitAddress("Node A is at ").toString());
            maven.awaitAddress("Node B is at ");
            assertEquals("Node A answers.", browser.text("verdict"));

            browser.click("#login");
            browser.clickInOneGo(
                    "[data-path='/products/{product}']", "[data-path^='/cart']", "[data-path^='/reports']");
            assertEquals(
                    List.of(
                            "Report: 6000 pieces sold in 2025\nfrom the warehouse",
                            "Product, Bucket: 6.00\nfrom the warehouse"),
                    browser.texts("#answers li"));
            browser.assertFits("#other", TARGET, "spring");
            browser.follow("#other", "Node B answers.");
            assertEquals("Ada", browser.text("user"));
            assertEquals(List.of("Bucket\n6.00"), browser.texts("#cart li"));
            browser.click("[data-path^='/reports']");
            assertEquals(List.of("Report: 6000 pieces sold in 2025\nfrom the cache"), browser.texts("#answers li"));
            assertOneVisit(browser);
            browser.click("[data-path='/refresh']");
            assertEquals(
                    "Products forgotten; bestsellers: Landing net, Bucket\nfrom the warehouse",
                    browser.texts("#answers li").get(0));
            assertEquals(List.of(), browser.complaints());
        }
    }

    /** The page asks for its table after each click, which is no visit. */
    private static void assertOneVisit(Browser browser) {
        int before = hitsOfSessions(browser);
        browser.click("[data-path^='/reports']");
        assertEquals(before + 1, hitsOfSessions(browser));
    }

    private static int hitsOfSessions(Browser browser) {
        return Integer.parseInt(
                browser.texts("#counts tr:last-child td:nth-child(2)").get(0));
    }

    @Test
    void express_onBothServers_sharesTheItem() throws Exception {
        DemonstrationsIT.requireNode();
        try (Browser browser = Browser.start();
                RunningMaven maven =
                        ProjectCopy.maven("-q -Pdemo -Ddemo=express", "-Ddemo.port=0", "-Ddemo.express.port=0")) {
            URI express = maven.awaitAddress("Express is at ");
            browser.open(express.toString());
            assertEquals("Express answers.", browser.text("verdict"));
            assertEquals("There is no item for this browser.", browser.text("item"));

            browser.clickInOneGo("#login", "[data-add='Bucket']", "[data-add='Dip net']");
            browser.follow("#other", "Undertow answers.");
            assertEquals("Ada Lovelace", browser.text("user"));
            browser.click("[data-remove='Bucket']");
            assertEquals(List.of("id", "type", "sess", "expires"), browser.texts("#item tbody th"));
            String item = browser.text("item");
            assertTrue(item.contains("Ada Lovelace") && item.contains("Dip net") && !item.contains("Bucket"), item);
            browser.assertFits("#other", TARGET, "express");
            browser.follow("#other", "Express answers.");
            assertEquals(List.of("Dip net", "Total"), browser.texts("#cart li > :first-child"));
            String id = browser.cookie("connect.sid");
            assertSessionIdIsNotShown(browser, id.substring("s%3A".length(), id.indexOf('.')));
            assertEquals(List.of(), browser.complaints());
        }
    }
}
