package dev.tidepool.undertow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.xnio.Buffers;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/**
 * Takes what the application writes and drops it, and sends another response in its place, whole and at once, so that
 * no client waits for an application that goes on writing. For one thread at a time.
 *
 * <p>When that response has ended, its connection may serve the next request already, and the conduits below are used
 * again: from then on nothing is passed to them, and a write fails.
 */
final class ReplacedBody extends AbstractStreamSinkConduit<StreamSinkConduit> {
    private final ReplacedResponse response;
    private final ByteBuffer body;

    /** How much the application has announced and not written; negative when it has announced nothing. */
    private long announced;

    private boolean isClosing;
    private boolean isBegun;
    private boolean isTerminated;
    private boolean isEnded;

    ReplacedBody(ReplacedResponse response, StreamSinkConduit next, byte[] body, long announced) {
        super(next);
        this.response = response;
        this.body = ByteBuffer.wrap(body);
        this.announced = announced;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = source.remaining();
        if (!take(count, false)) {
            return 0;
        }
        source.position(source.limit());
        return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return write(sources, offset, length, false);
    }

    @Override
    public int writeFinal(ByteBuffer source) throws IOException {
        int count = source.remaining();
        if (!take(count, true)) {
            return 0;
        }
        source.position(source.limit());
        return count;
    }

    @Override
    public long writeFinal(ByteBuffer[] sources, int offset, int length) throws IOException {
        return write(sources, offset, length, true);
    }

    private long write(ByteBuffer[] sources, int offset, int length, boolean isLast) throws IOException {
        long count = Buffers.remaining(sources, offset, length);
        if (!take(count, isLast)) {
            return 0;
        }
        for (int i = offset; i < offset + length; i++) {
            sources[i].position(sources[i].limit());
        }
        return count;
    }

    @Override
    public long transferFrom(FileChannel source, long position, long count) throws IOException {
        long available = Math.max(0, Math.min(count, source.size() - position));
        return take(available, false) ? available : 0;
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through) throws IOException {
        return IoUtils.transfer(source, count, through, new ConduitWritableByteChannel(this));
    }

    /** Drops what the application writes; false when it has to come again, once the client reads on. */
    private boolean take(long count, boolean isLast) throws IOException {
        if (isEnded) {
            throw new ClosedChannelException();
        }
        boolean isPart = !isLast && (announced < 0 || count < announced);
        boolean isMoreToCome = isPart && announced > 0;
        if (!isMoreToCome && (count > 0 || isLast) && !send(isPart)) {
            return false;
        }
        announced -= announced > 0 ? Math.min(count, announced) : 0;
        return true;
    }

    @Override
    public void terminateWrites() throws IOException {
        if (!isEnded) {
            isClosing = true;
            send(false);
        }
    }

    @Override
    public boolean flush() throws IOException {
        return isEnded || send(!isClosing);
    }

    /**
     * Sends as much as the client takes.
     *
     * @param isCut whether the application may have more to write, which would end its connection in the middle of a
     *     later response, as it has to fail
     * @return whether the response has ended
     */
    private boolean send(boolean isCut) throws IOException {
        if (!isBegun) {
            isBegun = true;
            response.begins(isCut);
        }
        while (body.hasRemaining()) {
            if (next.write(body) == 0) {
                return false;
            }
        }
        if (!isTerminated) {
            isTerminated = true;
            next.terminateWrites();
        }
        if (!next.flush()) {
            return false;
        }
        isEnded = true;
        response.ended();
        return true;
    }

    @Override
    public void truncateWrites() throws IOException {
        if (!isEnded) {
            isEnded = true;
            next.truncateWrites();
        }
    }

    @Override
    public boolean isWriteShutdown() {
        return isEnded || next.isWriteShutdown();
    }

    @Override
    public void resumeWrites() {
        if (!isEnded) {
            next.resumeWrites();
        }
    }

    @Override
    public void suspendWrites() {
        if (!isEnded) {
            next.suspendWrites();
        }
    }

    @Override
    public void wakeupWrites() {
        if (!isEnded) {
            next.wakeupWrites();
        }
    }

    @Override
    public boolean isWriteResumed() {
        return !isEnded && next.isWriteResumed();
    }

    @Override
    public void awaitWritable() throws IOException {
        if (!isEnded) {
            next.awaitWritable();
        }
    }

    @Override
    public void awaitWritable(long time, TimeUnit unit) throws IOException {
        if (!isEnded) {
            next.awaitWritable(time, unit);
        }
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler handler) {
        if (!isEnded) {
            next.setWriteReadyHandler(handler);
        }
    }
}
