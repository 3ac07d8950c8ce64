package dev.tidepool.undertow;

import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.ErrorPage;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** The ways in which a servlet can send a response. */
enum ServletWay {
    WRITER {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.getWriter().print(BODY);
        }
    },
    CLOSED_WRITER {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            try (PrintWriter writer = response.getWriter()) {
                writer.print(BODY);
            }
        }
    },
    FLUSHED_BUFFER {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.getWriter().print(BODY);
            response.flushBuffer();
            response.getWriter().print(BODY);
        }
    },
    FLUSHED_WITHOUT_BODY {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.flushBuffer();
        }
    },
    LARGE_STREAM {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.getOutputStream().write(large());
        }
    },
    EXACT_LENGTH {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.setContentLength(BODY.length());
            response.getOutputStream().write(bytes(BODY));
        }
    },
    LARGE_STREAM_OF_KNOWN_LENGTH {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            byte[] body = large();
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    },
    NOTHING_WRITTEN {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
        }
    },
    REDIRECT {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.sendRedirect("/elsewhere");
        }

        @Override
        int status() {
            return HttpServletResponse.SC_FOUND;
        }
    },
    ERROR {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.sendError(HttpServletResponse.SC_CONFLICT, BODY);
        }

        @Override
        int status() {
            return HttpServletResponse.SC_CONFLICT;
        }
    },
    ERROR_PAGE {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.sendError(HttpServletResponse.SC_GONE);
        }

        @Override
        int status() {
            return HttpServletResponse.SC_GONE;
        }
    },
    THROWN_BY_SERVLET {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            throw new CoreWay.Refusal();
        }

        @Override
        int status() {
            return HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
        }
    },
    FORWARD {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            request.getRequestDispatcher(PAGE).forward(request, response);
        }
    },
    INCLUDE {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            request.getRequestDispatcher(PAGE).include(request, response);
        }
    },
    ASYNC_COMPLETE_ON_OTHER_THREAD {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) {
            AsyncContext context = request.startAsync();
            inThread(() -> {
                change.serve(request, response);
                context.getResponse().getWriter().print(BODY);
                context.complete();
            });
        }
    },
    ASYNC_COMPLETE_WITHOUT_BODY {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) {
            AsyncContext context = request.startAsync();
            inThread(() -> {
                change.serve(request, response);
                context.complete();
            });
        }
    },
    ASYNC_DISPATCH {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            AsyncContext context = request.startAsync();
            inThread(() -> {
                change.serve(request, response);
                context.dispatch(PAGE);
            });
        }
    },
    ASYNC_REDIRECT {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) {
            AsyncContext context = request.startAsync();
            context.start(() -> {
                run(() -> {
                    change.serve(request, response);
                    response.sendRedirect("/elsewhere");
                });
                context.complete();
            });
        }

        @Override
        int status() {
            return HttpServletResponse.SC_FOUND;
        }
    },
    WRITE_LISTENER {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            AsyncContext context = request.startAsync();
            change.serve(request, response);
            response.getOutputStream().setWriteListener(new LargeBody(context, response.getOutputStream()));
        }
    },
    UPGRADE {
        @Override
        void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change) throws Exception {
            change.serve(request, response);
            response.setHeader("Upgrade", "echo");
            request.upgrade(Echo.class);
        }

        @Override
        int status() {
            return HttpServletResponse.SC_SWITCHING_PROTOCOLS;
        }

        @Override
        String[] headers() {
            return new String[] {"Connection: Upgrade", "Upgrade: echo"};
        }
    };

    /** What stands in every body of the application, and nowhere else. */
    static final String BODY = CoreWay.BODY;

    private static final String PAGE = "/page";
    private static final String ERROR_PAGE_PATH = "/error-page";
    private static final int LARGE = 300_000;

    /** Answers in this way when something has been done. */
    abstract void send(HttpServletRequest request, HttpServletResponse response, ServletNode.Code change)
            throws Exception;

    /** The status of the response when nothing fails. */
    int status() {
        return HttpServletResponse.SC_OK;
    }

    /** What the request must have to be answered in this way. */
    String[] headers() {
        return new String[0];
    }

    /** The pages that some of the ways lead to. */
    static ServletNode.Plan pages(ServletNode.Plan plan) {
        ServletNode.Code page = (request, response) -> response.getWriter().print(BODY);
        return plan.on(PAGE, page).on(ERROR_PAGE_PATH, page).deployed(ServletWay::addErrorPage);
    }

    private static void addErrorPage(DeploymentInfo deployment) {
        deployment.addErrorPage(new ErrorPage(ERROR_PAGE_PATH, HttpServletResponse.SC_GONE));
    }

    private static byte[] large() {
        return bytes(BODY.repeat(LARGE / BODY.length()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void inThread(WatchedCache.Action action) {
        new Thread(() -> run(action), "of-the-application").start();
    }

    private static void run(WatchedCache.Action action) {
        try {
            action.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes whenever the client is ready. */
    private static final class LargeBody implements WriteListener {
        private static final int CHUNK = 10_000;

        private final AsyncContext context;
        private final ServletOutputStream out;
        private int left = LARGE;

        private LargeBody(AsyncContext context, ServletOutputStream out) {
            this.context = context;
            this.out = out;
        }

        @Override
        public void onWritePossible() throws IOException {
            while (out.isReady()) {
                if (left <= 0) {
                    context.complete();
                    return;
                }
                out.write(bytes(BODY.repeat(CHUNK / BODY.length())));
                left -= CHUNK;
            }
        }

        @Override
        public void onError(Throwable t) {
            context.complete();
        }
    }

    /** Sends back what it gets. */
    public static final class Echo implements HttpUpgradeHandler {
        @Override
        public void init(WebConnection connection) {
            inThread(() -> {
                for (int next = connection.getInputStream().read();
                        next >= 0;
                        next = connection.getInputStream().read()) {
                    connection.getOutputStream().write(next);
                    connection.getOutputStream().flush();
                }
                connection.close();
            });
        }

        @Override
        public void destroy() {
            // Nothing is held.
        }
    }
}
