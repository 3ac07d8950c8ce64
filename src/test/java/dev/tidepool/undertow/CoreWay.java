package dev.tidepool.undertow;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.server.protocol.http.HttpAttachments;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.StreamConnection;
import org.xnio.channels.StreamSinkChannel;

/** The ways in which a handler of undertow-core can send a response. */
enum CoreWay {
    BLOCKING_STREAM {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                try (OutputStream body = exchange.getOutputStream()) {
                    body.write(bytes(BODY));
                }
            });
        }
    },
    /** Nothing closes the stream but Undertow, when the handler has returned. */
    STREAM_LEFT_OPEN {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> exchange.getOutputStream().write(bytes(BODY)));
        }
    },
    FLUSHED_STREAM {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                exchange.getOutputStream().write(bytes(BODY));
                exchange.getOutputStream().flush();
                exchange.getOutputStream().write(bytes(BODY));
            });
        }
    },
    LARGE_STREAM {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> exchange.getOutputStream().write(large()));
        }
    },
    LARGE_STREAM_OF_KNOWN_LENGTH {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                byte[] body = large();
                exchange.setResponseContentLength(body.length);
                exchange.getOutputStream().write(body);
            });
        }
    },
    BLOCKING_SENDER {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> exchange.getResponseSender().send(BODY));
        }
    },
    LENGTH_BEFORE_SENDER {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                exchange.getResponseHeaders().put(Headers.CONTENT_LENGTH, BODY.length());
                exchange.getResponseSender().send(BODY);
            });
        }
    },
    /** A task of a worker that ends without a response. */
    DISPATCHED_TASK {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> exchange.dispatch(() -> {
                run(change, exchange);
                exchange.getResponseSender().send(BODY);
            });
        }
    },
    DISPATCHED_TASK_WITHOUT_BODY {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> exchange.dispatch(() -> {
                run(change, exchange);
                exchange.endExchange();
            });
        }
    },
    SENDER_ON_IO_THREAD {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                exchange.getResponseSender().send(BODY);
            };
        }
    },
    SENDER_ON_IO_THREAD_LATE {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                exchange.dispatch(
                        SameThreadExecutor.INSTANCE,
                        () -> later(exchange, () -> exchange.getResponseSender().send(BODY)));
            };
        }
    },
    SENDER_OF_BUFFERS {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                exchange.getResponseSender()
                        .send(new ByteBuffer[] {ByteBuffer.wrap(bytes(BODY)), ByteBuffer.wrap(large())});
            };
        }
    },
    FILE {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                Path file = Files.createTempFile("body", ".txt");
                Files.write(file, large());
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    exchange.getResponseSender().transferFrom(channel, io.undertow.io.IoCallback.END_EXCHANGE);
                } finally {
                    Files.delete(file);
                }
            });
        }
    },
    CHANNEL {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                StreamSinkChannel channel = exchange.getResponseChannel();
                channel.write(ByteBuffer.wrap(bytes(BODY)));
                channel.shutdownWrites();
                channel.flush();
                exchange.endExchange();
            };
        }
    },
    CHANNEL_FINAL_WRITE {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                StreamSinkChannel channel = exchange.getResponseChannel();
                channel.writeFinal(ByteBuffer.wrap(bytes(BODY)));
                channel.flush();
                exchange.endExchange();
            };
        }
    },
    END_EXCHANGE_ON_IO_THREAD {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                exchange.endExchange();
            };
        }
    },
    /** The handler returns, and Undertow ends the exchange. */
    RETURN_ON_WORKER {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {});
        }
    },
    NO_CONTENT {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> exchange.setStatusCode(StatusCodes.NO_CONTENT));
        }

        @Override
        int status() {
            return StatusCodes.NO_CONTENT;
        }
    },
    REDIRECT {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                exchange.setStatusCode(StatusCodes.FOUND);
                exchange.getResponseHeaders().put(Headers.LOCATION, "/elsewhere");
                exchange.endExchange();
            });
        }

        @Override
        int status() {
            return StatusCodes.FOUND;
        }
    },
    REDIRECT_ON_IO_THREAD {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                exchange.setStatusCode(StatusCodes.SEE_OTHER);
                exchange.getResponseHeaders().put(Headers.LOCATION, "/elsewhere");
            };
        }

        @Override
        int status() {
            return StatusCodes.SEE_OTHER;
        }
    },
    NOT_MODIFIED {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                exchange.setStatusCode(StatusCodes.NOT_MODIFIED);
                exchange.getResponseHeaders().put(Headers.ETAG, "\"1\"");
                exchange.endExchange();
            });
        }

        @Override
        int status() {
            return StatusCodes.NOT_MODIFIED;
        }
    },
    PART {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                exchange.setStatusCode(StatusCodes.PARTIAL_CONTENT);
                exchange.getResponseHeaders()
                        .put(Headers.CONTENT_RANGE, "bytes 0-" + (BODY.length() - 1) + "/" + LARGE);
                exchange.getResponseSender().send(BODY);
            });
        }

        @Override
        int status() {
            return StatusCodes.PARTIAL_CONTENT;
        }
    },
    TRAILERS {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                HeaderMap trailers = new HeaderMap();
                trailers.put(HttpString.tryFromString("X-Sum"), "1");
                exchange.putAttachment(HttpAttachments.RESPONSE_TRAILERS, trailers);
                exchange.getOutputStream().write(large());
            });
        }
    },
    THROWN_BY_HANDLER {
        @Override
        HttpHandler after(HttpHandler change) {
            return blocking(change, exchange -> {
                throw new Refusal();
            });
        }

        @Override
        int status() {
            return StatusCodes.INTERNAL_SERVER_ERROR;
        }
    },
    UPGRADE {
        @Override
        HttpHandler after(HttpHandler change) {
            return exchange -> {
                change.handleRequest(exchange);
                exchange.upgradeChannel("echo", (connection, ended) -> {
                    UPGRADED.incrementAndGet();
                    echo(connection);
                });
                exchange.endExchange();
            };
        }

        @Override
        int status() {
            return StatusCodes.SWITCHING_PROTOCOLS;
        }

        @Override
        String[] headers() {
            return new String[] {"Connection: Upgrade", "Upgrade: echo"};
        }
    };

    /** What stands in every body of the application, and nowhere else. */
    static final String BODY = "the application's body";

    /** How often a connection was handed to the application. */
    static final AtomicInteger UPGRADED = new AtomicInteger();

    private static final int LARGE = 300_000;
    private static final int LATER_MILLIS = 20;

    /** What a handler throws; Undertow logs it without a trace. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal() {
            super("thrown by the test's handler", null, false, false);
        }
    }

    /** Returns a handler that has something done, and then sends its response in this way. */
    abstract HttpHandler after(HttpHandler change);

    /** The status of the response when nothing fails. */
    int status() {
        return StatusCodes.OK;
    }

    /** What the request must have to be answered in this way. */
    String[] headers() {
        return new String[0];
    }

    private static HttpHandler blocking(HttpHandler change, HttpHandler send) {
        return new BlockingHandler(exchange -> {
            change.handleRequest(exchange);
            send.handleRequest(exchange);
        });
    }

    private static void run(HttpHandler change, HttpServerExchange exchange) {
        try {
            change.handleRequest(exchange);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void later(HttpServerExchange exchange, Runnable task) {
        exchange.getIoThread().executeAfter(task, LATER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static byte[] large() {
        byte[] body = bytes(BODY.repeat(LARGE / BODY.length()));
        return body;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void echo(StreamConnection connection) {
        ByteBuffer buffer = ByteBuffer.allocate(64);
        connection.getSourceChannel().setReadListener(source -> {
            try {
                while (source.read(buffer.clear()) > 0) {
                    connection.getSinkChannel().write(buffer.flip());
                    connection.getSinkChannel().flush();
                }
            } catch (IOException e) {
                source.suspendReads();
            }
        });
        connection.getSourceChannel().wakeupReads();
    }
}
