package dev.tidepool.undertow;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One connection of HTTP/1.1 that is kept open, so that a test sees every byte, a response that never comes and a
 * connection that is dropped. Used by one thread at a time.
 */
final class Wire implements AutoCloseable {
    private static final int HANG_MILLIS = 20_000;

    /** What came back, and nothing that was made of it. */
    record Answer(int status, List<Map.Entry<String, String>> headers, String body) {
        Optional<String> header(String name) {
            return headers.stream()
                    .filter(header -> header.getKey().equalsIgnoreCase(name))
                    .map(Map.Entry::getValue)
                    .findFirst();
        }

        /** Whether the server has said that the connection ends with this response. */
        boolean isLast() {
            return header("Connection").filter("close"::equalsIgnoreCase).isPresent();
        }

        /** The value of the session cookie that the response sets; empty when it clears it. */
        Optional<String> sessionCookie() {
            return headers.stream()
                    .filter(header -> header.getKey().equalsIgnoreCase("Set-Cookie"))
                    .map(Map.Entry::getValue)
                    .filter(value -> value.startsWith("JSESSIONID="))
                    .map(value -> value.contains("Expires=Thu, 01-Jan-1970")
                            ? ""
                            : value.substring("JSESSIONID=".length(), value.indexOf(';')))
                    .findFirst();
        }
    }

    private final Socket socket;
    private final InputStream in;
    private volatile Runnable onFirstByte = () -> {};

    Wire(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(HANG_MILLIS);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
    }

    /** Runs something when the first byte of the next responses is there. */
    void onFirstByte(Runnable action) {
        onFirstByte = action;
    }

    Answer get(String path, String... headers) throws IOException {
        return send("GET", path, headers);
    }

    Answer send(String method, String path, String... headers) throws IOException {
        return send(method, path, List.of(headers), "");
    }

    /** Sends a form, as browsers do. */
    Answer post(String path, String form, String... headers) throws IOException {
        List<String> all = new ArrayList<>(List.of(headers));
        all.add("Content-Type: application/x-www-form-urlencoded");
        all.add("Content-Length: " + form.length());
        return send("POST", path, all, form);
    }

    private Answer send(String method, String path, List<String> headers, String content) throws IOException {
        StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        socket.getOutputStream()
                .write(request.append("\r\n").append(content).toString().getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        String line = line(in.read());
        while (line.startsWith("HTTP/1.1 100")) {
            line = line(in.read());
        }
        int status = Integer.parseInt(line.substring(9, 12));
        List<Map.Entry<String, String>> fields = new ArrayList<>();
        for (String field = line(in.read()); !field.isEmpty(); field = line(in.read())) {
            int colon = field.indexOf(':');
            fields.add(Map.entry(
                    field.substring(0, colon), field.substring(colon + 1).trim()));
        }
        Answer head = new Answer(status, fields, "");
        boolean empty = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
        return empty ? head : new Answer(status, fields, body(head));
    }

    private String body(Answer head) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        Optional<String> length = head.header("Content-Length");
        if (head.header("Transfer-Encoding")
                .filter(value -> value.toLowerCase(Locale.ROOT).contains("chunked"))
                .isPresent()) {
            for (int size = chunk(); size > 0; size = chunk()) {
                body.write(in.readNBytes(size));
                line(in.read());
            }
            line(in.read());
        } else if (length.isPresent()) {
            int expected = Integer.parseInt(length.get());
            byte[] bytes = in.readNBytes(expected);
            if (bytes.length < expected) {
                throw new EOFException("the body ended after " + bytes.length + " of " + expected + " bytes");
            }
            body.write(bytes);
        } else {
            body.write(in.readAllBytes());
        }
        return body.toString(StandardCharsets.ISO_8859_1);
    }

    private int chunk() throws IOException {
        return Integer.parseInt(line(in.read()).trim(), 16);
    }

    private String line(int first) throws IOException {
        if (first < 0) {
            throw new EOFException("the connection was closed instead of a response");
        }
        onFirstByte.run();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = first; next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the connection was closed within a line");
            }
            line.write(next);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.substring(0, text.length() - 1);
    }

    /** Sends bytes after an upgrade, and returns as many. */
    String echo(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return new String(in.readNBytes(text.length()), StandardCharsets.ISO_8859_1);
    }

    /** Closes the connection when the server has; nothing may come before. */
    void awaitEnd() throws IOException {
        int next = in.read();
        if (next >= 0) {
            throw new IOException("a byte came after the last response: " + next);
        }
        close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
