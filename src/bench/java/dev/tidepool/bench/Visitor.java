package dev.tidepool.bench;

import java.io.IOException;
import java.net.URI;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.cookie.BasicCookieStore;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.BasicHttpClientConnectionManager;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.ParseException;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.Timeout;

/** A browser with one connection that is kept, and the cookies of one session. Used by one thread at a time. */
final class Visitor implements AutoCloseable {
    private final URI server;
    private final BasicCookieStore cookies = new BasicCookieStore();
    private final CloseableHttpClient client = HttpClients.custom()
            .setConnectionManager(new BasicHttpClientConnectionManager())
            .setDefaultCookieStore(cookies)
            .setDefaultRequestConfig(RequestConfig.custom()
                    .setResponseTimeout(Timeout.ofMinutes(1))
                    .build())
            .disableAutomaticRetries()
            .disableContentCompression()
            .build();

    private int next;

    Visitor(URI server) {
        this.server = server;
    }

    /**
     * Takes the next step of a journey; after its last one another journey begins, in a new session.
     *
     * @throws IOException when the server does not answer, or not what it should
     */
    void step() throws IOException {
        Step step = Step.JOURNEY.get(next);
        String answer = client.execute(new HttpGet(server.resolve(step.path())), Visitor::text);
        if (!answer.equals(step.answer())) {
            throw new IOException(step.path() + " answered '" + answer + "' instead of '" + step.answer() + "'");
        }
        next = (next + 1) % Step.JOURNEY.size();
        if (next == 0) {
            cookies.clear();
        }
    }

    private static String text(ClassicHttpResponse response) throws IOException, ParseException {
        String text = EntityUtils.toString(response.getEntity());
        return response.getCode() == HttpStatus.SC_OK ? text : response.getCode() + " " + text;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
