package dev.tidepool.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * The program that visits servers. Each line of standard input asks for some load: a server's address, how many
 * requests at most, and how many seconds at most. A line of {@link Load} answers when it is over. A visitor asks for a
 * page as soon as the one before has been answered.
 */
final class LoadGenerator {
    private static final int SIGNIFICANT_DIGITS = 3;

    private final URI server;
    private final AtomicLong left;
    private final long end;

    private LoadGenerator(URI server, long requests, long seconds) {
        this.server = server;
        this.left = new AtomicLong(requests);
        this.end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    /**
     * Answers requests for load until standard input ends.
     *
     * @param arguments how many visitors there are
     */
    public static void main(String[] arguments) throws Exception {
        int visitors = Integer.parseInt(arguments[0]);
        ExecutorService threads = Executors.newFixedThreadPool(visitors);
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", -1);
            LoadGenerator generator =
                    new LoadGenerator(URI.create(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
            System.out.println(generator.load(threads, visitors));
        }
        threads.shutdownNow();
    }

    private Load load(ExecutorService threads, int visitors) throws Exception {
        long begin = System.nanoTime();
        List<Future<Histogram>> all = new ArrayList<>();
        for (int visitor = 0; visitor < visitors; visitor++) {
            all.add(threads.submit(this::visit));
        }
        Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
        for (Future<Histogram> each : all) {
            latencies.add(each.get());
        }
        return new Load(System.nanoTime() - begin, latencies);
    }

    private Histogram visit() throws IOException {
        Histogram latencies = new Histogram(SIGNIFICANT_DIGITS);
        try (Visitor visitor = new Visitor(server)) {
            long begin = System.nanoTime();
            while (left.getAndDecrement() > 0 && begin - end < 0) {
                visitor.step();
                long answered = System.nanoTime();
                latencies.recordValue(answered - begin);
                begin = answered;
            }
        }
        return latencies;
    }
}
