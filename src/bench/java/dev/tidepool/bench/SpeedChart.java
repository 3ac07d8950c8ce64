package dev.tidepool.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * The figures as bars, a row for each server and a column for each figure, in SVG. A thin line is the spread of the
 * rounds. It follows whether the reader's pages are light or dark.
 */
final class SpeedChart {
    private static final int WIDTH = 960;
    private static final int TITLES = 300;
    private static final int COLUMN = 220;
    private static final int BAR = 140;
    private static final int TOP = 108;
    private static final int ROW = 34;
    private static final int BAR_HEIGHT = 16;
    private static final int FOOT = 84;
    private static final int LINE = 18;
    private static final int MARGIN = 16;

    private static final String STYLE = """
            text { font: 14px system-ui, sans-serif; fill: #1f2328 }
            .head { font-weight: 600 }
            .small { font-size: 12px; fill: #59636e }
            .bar { fill: #8c959f }
            .ours { fill: #0969da }
            .spread { stroke: #1f2328; stroke-width: 1.5 }
            @media (prefers-color-scheme: dark) {
              text { fill: #f0f6fc }
              .small { fill: #9198a1 }
              .bar { fill: #656c76 }
              .ours { fill: #4493f8 }
              .spread { stroke: #f0f6fc }
            }
            """;

    private record Column(String title, String unit, int digits, Function<Result, Spread> figure) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("CPU, warm", "ms of the server for each request", 2, Result::warmCpuMillis),
            new Column("CPU, cold", "ms for each of the first requests", 2, Result::coldCpuMillis),
            new Column("Latency, 99 of 100", "ms, warm", 1, Result::p99Millis));

    private final Report report;
    private final StringBuilder svg = new StringBuilder();

    SpeedChart(Report report) {
        this.report = report;
    }

    String svg() {
        List<Result> results = report.results();
        int bottom = TOP + results.size() * ROW;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
                WIDTH, bottom + FOOT, description());
        add("<style>%n%s</style>%n", STYLE);
        text(MARGIN, LINE + MARGIN, "head", "Sessions in DynamoDB, measured side by side");
        for (int row = 0; row < results.size(); row++) {
            text(MARGIN, TOP + row * ROW + BAR_HEIGHT, "title", results.get(row).title());
        }
        for (int column = 0; column < COLUMNS.size(); column++) {
            column(COLUMNS.get(column), TITLES + column * COLUMN);
        }
        foot(bottom + LINE);
        add("</svg>%n");
        return svg.toString();
    }

    /** For those who do not see it. */
    private String description() {
        StringBuilder text = new StringBuilder("CPU time of a server for each request, warm:");
        for (Result result : report.results()) {
            text.append(String.format(
                    Locale.ROOT,
                    " %s %.2f ms;",
                    result.title(),
                    result.warmCpuMillis().median()));
        }
        return escaped(text.toString());
    }

    private void column(Column column, int x) {
        List<Spread> spreads = report.results().stream().map(column.figure()).toList();
        double most = spreads.stream().mapToDouble(Spread::highest).max().orElseThrow();
        text(x, TOP - MARGIN - LINE, "head", column.title());
        text(x, TOP - MARGIN, "small", column.unit());
        for (int row = 0; row < spreads.size(); row++) {
            boolean ours = report.results().get(row).title().startsWith("Tidepool");
            bar(spreads.get(row), x, TOP + row * ROW, BAR / most, ours ? "bar ours" : "bar", column.digits());
        }
    }

    private void bar(Spread spread, int x, int y, double scale, String style, int digits) {
        add(
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>%n",
                style, x, y + 3, spread.median() * scale, BAR_HEIGHT);
        double middle = y + 3 + BAR_HEIGHT / 2.0;
        add(
                "<line class=\"spread\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
                x + spread.lowest() * scale, x + spread.highest() * scale, middle, middle);
        String figure = String.format(Locale.ROOT, "%." + digits + "f", spread.median());
        text(x + (int) (spread.highest() * scale) + MARGIN / 2, y + BAR_HEIGHT, "figure", figure);
    }

    private void foot(int y) {
        Machine machine = report.machine();
        List<String> versions = machine.versions().entrySet().stream()
                .map(version -> version.getKey() + " " + version.getValue())
                .toList();
        int half = versions.size() / 2;
        List<String> lines = List.of(
                report.options(),
                machine.cpu() + ", " + machine.cores() + " cores; " + machine.os() + "; " + machine.jdk(),
                String.join("; ", versions.subList(0, half)),
                String.join("; ", versions.subList(half, versions.size())));
        for (int line = 0; line < lines.size(); line++) {
            text(MARGIN, y + line * LINE, "small", lines.get(line));
        }
    }

    private void text(int x, int y, String style, String text) {
        add("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>%n", style, x, y, escaped(text));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
