package dev.tidepool.examples.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Somebody at a page of a demonstration, which marks itself busy from a click to its end. */
final class Browser implements AutoCloseable {
    /** How wide a window and a phone are. */
    static final List<Integer> WIDTHS = List.of(1280, 390);

    private static final Path TARGET = Path.of("target");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * Selenium warns that it does not know the newest browsers' own protocol, which only a window's size needs here.
     */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    static {
        SELENIUM.setLevel(Level.SEVERE);
    }

    private final ChromeDriver driver;

    private Browser(Path chromedriver, Path chromium) throws Exception {
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
                "--user-data-dir=" + Files.createTempDirectory(TARGET.toAbsolutePath(), "chromium"));
        driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(chromedriver.toFile())
                        .usingAnyFreePort()
                        .build(),
                options);
        resize(WIDTHS.get(0));
    }

    /** Skips the test where there is no browser. */
    static Browser start() throws Exception {
        Optional<Path> chromium = find("chromium", "chromium-browser", "google-chrome");
        Optional<Path> driver = find("chromedriver");
        assumeTrue(
                chromium.isPresent() && driver.isPresent(),
                "no chromium and chromedriver on the PATH (on Debian: apt-get install chromium chromium-driver)");
        return new Browser(driver.get(), chromium.get());
    }

    private static Optional<Path> find(String... names) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .flatMap(folder -> Stream.of(names).map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** A window cannot be as narrow as a phone. */
    void resize(int width) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 1500, "deviceScaleFactor", 1, "mobile", false));
    }

    void open(String address) {
        driver.get(address);
        awaitAnswer();
    }

    void reload() {
        driver.navigate().refresh();
        awaitAnswer();
    }

    void click(String selector) {
        begin(selector);
        awaitAnswer();
    }

    /** Clicks, and looks at the page while it is busy. */
    void begin(String selector) {
        driver.findElement(By.cssSelector(selector)).click();
    }

    /** One click after another, whether the page is busy or not. */
    void clickInOneGo(String... selectors) {
        driver.executeScript(
                "for (const selector of arguments) document.querySelector(selector).click();", (Object[]) selectors);
        awaitAnswer();
    }

    /** Goes to another server's page. */
    void follow(String selector, String verdict) {
        driver.findElement(By.cssSelector(selector)).click();
        new WebDriverWait(driver, PATIENCE)
                .until(browser -> text("verdict").equals(verdict)
                        && browser.findElements(By.cssSelector("[aria-busy]")).isEmpty());
    }

    void clickUntilText(String selector, String id, String text) {
        new WebDriverWait(driver, PATIENCE).until(browser -> {
            click(selector);
            return text(id).equals(text);
        });
    }

    void awaitAnswer() {
        new WebDriverWait(driver, PATIENCE)
                .until(browser ->
                        browser.findElements(By.cssSelector("[aria-busy]")).isEmpty());
    }

    String text(String id) {
        return driver.findElement(By.id(id)).getText();
    }

    List<String> texts(String selector) {
        return driver.findElements(By.cssSelector(selector)).stream()
                .map(WebElement::getText)
                .toList();
    }

    String cookie(String name) {
        return driver.manage().getCookieNamed(name).getValue();
    }

    String source() {
        return driver.getPageSource();
    }

    /** Nothing is wider than the page, and what is said is not squeezed by the button that belongs to it. */
    void assertFits(String button, Path screenshots, String name) throws Exception {
        for (int width : WIDTHS) {
            resize(width);
            Files.write(screenshots.resolve(name + "-" + width + ".png"), driver.getScreenshotAs(OutputType.BYTES));
            assertEquals((long) width, number("document.documentElement.scrollWidth"), name);
            assertEquals(
                    width < 736 ? 1L : 0L,
                    number("+(document.querySelector('" + button + "').getBoundingClientRect().top"
                            + " >= document.getElementById('verdict').parentElement.getBoundingClientRect().bottom)"),
                    name + ": is the button below the words at " + width);
        }
        resize(WIDTHS.get(0));
    }

    private long number(String expression) {
        return ((Number) driver.executeScript("return " + expression)).longValue();
    }

    /** What the browser wrote to its console since it was asked last: errors of scripts, what is missing or refused. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(entry -> entry.getMessage())
                .toList();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
