package dev.tidepool.examples.sessions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A person tries the demonstration, in a real browser. */
final class DemoBrowserIT {
    private static final Path TARGET = Path.of("target");

    /** Selenium warns that it does not know the newest browsers' own protocol, which nobody here speaks. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    @BeforeAll
    static void quietSelenium() {
        SELENIUM.setLevel(Level.SEVERE);
    }

    @Test
    void session_whenTheNodeThatAnsweredIsKilled_livesOn() throws Exception {
        Optional<Path> chromium = find("chromium", "chromium-browser", "google-chrome");
        Optional<Path> driver = find("chromedriver");
        assumeTrue(
                chromium.isPresent() && driver.isPresent(),
                "no chromium and chromedriver on the PATH (on Debian: apt-get install chromium chromium-driver)");
        try (RunningJar demo = new RunningJar("--demo", "--port", "0");
                Browser browser = new Browser(driver.get(), chromium.get())) {
            browser.open(demo.address().toString());
            assertEquals("anonymous", browser.text("user"));

            browser.click("#login");
            assertEquals("Ada Lovelace", browser.text("user"));
            browser.click("[data-item='Tide tables']");
            browser.click("[data-item='Rubber boots']");
            browser.click("[data-item='Bucket']");
            assertEquals(
                    List.of("Tide tables\n9.50", "Rubber boots\n39.00", "Bucket\n6.00", "Total\n54.50"),
                    browser.lines("cart"));
            assertEquals(List.of("id", "value", "expires", "expiresAt", "etag"), browser.attributesOfItem());
            assertEquals("1 GetItem, 1 PutItem", browser.text("cost"));

            String killed = browser.text("last");
            browser.click("[data-node='" + killed + "']");
            assertEquals("Node " + killed + " is dead.", browser.text("verdict"));
            browser.reload();
            String living = browser.text("last");
            assertNotEquals(killed, living);
            assertEquals("Ada Lovelace", browser.text("user"));
            assertEquals("3 items", browser.text("count"));
            assertTrue(browser.text("detail").endsWith("is dead. The session lived on."), browser.text("detail"));
            browser.saveScreenshot(TARGET.resolve("demo.png"));
            browser.click("[data-item='Dip net']");
            assertEquals("4 items", browser.text("count"));
            browser.click("#again");
            assertEquals(living, browser.text("last"));

            browser.click("[data-node='" + killed + "']");
            assertEquals("Node " + killed + " is back.", browser.text("verdict"));
            browser.clickUntilAnsweredBy(killed);
            assertEquals("4 items", browser.text("count"));
            assertEquals("Ada Lovelace", browser.text("user"));

            browser.assertSessionIdIsNotShown();
            browser.click("#logout");
            assertEquals("anonymous", browser.text("user"));
            assertEquals("There is no item for this browser.", browser.text("item"));
            assertEquals(List.of(), browser.complaints());
        }
    }

    private static Optional<Path> find(String... names) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(folder -> Stream.of(names).map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static final class Browser implements AutoCloseable {
        private static final Duration PATIENCE = Duration.ofSeconds(60);

        private final ChromeDriver driver;

        private Browser(Path chromedriver, Path chromium) throws Exception {
            Path profile = Files.createTempDirectory(TARGET.toAbsolutePath(), "chromium");
            ChromeOptions options = new ChromeOptions();
            options.setBinary(chromium.toFile());
            options.addArguments(
                    "--headless",
                    "--hide-scrollbars",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--user-data-dir=" + profile);
            driver = new ChromeDriver(
                    new ChromeDriverService.Builder()
                            .usingDriverExecutable(chromedriver.toFile())
                            .usingAnyFreePort()
                            .build(),
                    options);
            driver.manage().window().setSize(new Dimension(1120, 1200));
        }

        private void open(String address) {
            driver.get(address);
            awaitAnswer();
        }

        private void reload() {
            driver.navigate().refresh();
            awaitAnswer();
        }

        private void click(String selector) {
            driver.findElement(By.cssSelector(selector)).click();
            awaitAnswer();
        }

        private void clickUntilAnsweredBy(String node) {
            new WebDriverWait(driver, PATIENCE).until(browser -> {
                click("#again");
                return text("last").equals(node);
            });
        }

        /** The page marks itself busy from a click to its end, and from its start until a node has answered. */
        private void awaitAnswer() {
            new WebDriverWait(driver, PATIENCE)
                    .until(browser ->
                            browser.findElements(By.cssSelector("[aria-busy]")).isEmpty());
        }

        private String text(String id) {
            return driver.findElement(By.id(id)).getText();
        }

        private List<String> lines(String id) {
            return driver.findElements(By.cssSelector("#" + id + " li")).stream()
                    .map(WebElement::getText)
                    .toList();
        }

        private List<String> attributesOfItem() {
            return driver.findElements(By.cssSelector("#item tbody th")).stream()
                    .map(WebElement::getText)
                    .toList();
        }

        private void assertSessionIdIsNotShown() {
            String id = driver.manage().getCookieNamed("JSESSIONID").getValue();
            assertFalse(driver.getPageSource().contains(id));
            assertFalse(driver.findElement(By.id("item")).getText().contains(id.substring(0, 8)));
        }

        /** What the browser wrote to its console: errors of scripts, resources that are missing or refused. */
        private List<String> complaints() {
            return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                    .map(entry -> entry.getMessage())
                    .toList();
        }

        private void saveScreenshot(Path file) throws Exception {
            Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        }

        @Override
        public void close() {
            driver.quit();
        }
    }
}
