package dev.tidepool.undertow;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands on the way to a server. While it stalls, it accepts connections and bytes, and hands nothing on; a connection
 * that was used meanwhile stays silent for ever. Thread-safe.
 */
final class StallingProxy implements AutoCloseable {
    private final URI server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isStalling;
    private volatile ServerSocket listener;

    StallingProxy(URI server) throws IOException {
        this.server = server;
        this.listener = listen(0);
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    void stall(boolean isToStall) {
        isStalling = isToStall;
    }

    /** Closes the port and all connections. */
    void goAway() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    /** Listens again on the same port. */
    void comeBack() throws IOException {
        listener = listen(listener.getLocalPort());
    }

    private ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        start(() -> accept(socket));
        return socket;
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "stalling-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket at) {
        while (!at.isClosed()) {
            try {
                Socket client = at.accept();
                Socket behind = new Socket(server.getHost(), server.getPort());
                open.add(client);
                open.add(behind);
                if (at.isClosed()) { // whoever has closed it did not see these
                    client.close();
                    behind.close();
                }
                start(() -> pump(client, behind));
                start(() -> pump(behind, client));
            } catch (IOException e) {
                if (!at.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[16_384];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            boolean isSilent = false;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                isSilent |= isStalling;
                if (!isSilent) {
                    out.write(buffer, 0, read);
                }
            }
        } catch (IOException e) {
            // One side has gone, and the other one goes with it.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    @Override
    public void close() throws IOException {
        goAway();
    }
}
