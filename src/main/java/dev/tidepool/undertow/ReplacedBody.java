package dev.tidepool.undertow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.IoUtils;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitWritableByteChannel;
import org.xnio.conduits.Conduits;
import org.xnio.conduits.StreamSinkConduit;

/** Takes what the application writes and drops it, and sends another body in its place. For one thread at a time. */
final class ReplacedBody extends AbstractStreamSinkConduit<StreamSinkConduit> {
    private final ByteBuffer body;
    private boolean isEnding;
    private boolean isEnded;

    ReplacedBody(StreamSinkConduit next, byte[] body) {
        super(next);
        this.body = ByteBuffer.wrap(body);
    }

    @Override
    public int write(ByteBuffer source) {
        int dropped = source.remaining();
        source.position(source.limit());
        return dropped;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        long dropped = 0;
        for (int i = offset; i < offset + length; i++) {
            dropped += write(sources[i]);
        }
        return dropped;
    }

    @Override
    public int writeFinal(ByteBuffer source) throws IOException {
        return Conduits.writeFinalBasic(this, source);
    }

    @Override
    public long writeFinal(ByteBuffer[] sources, int offset, int length) throws IOException {
        return Conduits.writeFinalBasic(this, sources, offset, length);
    }

    @Override
    public long transferFrom(FileChannel source, long position, long count) throws IOException {
        return source.transferTo(position, count, new ConduitWritableByteChannel(this));
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through) throws IOException {
        return IoUtils.transfer(source, count, through, new ConduitWritableByteChannel(this));
    }

    @Override
    public void terminateWrites() throws IOException {
        isEnding = true;
        sendBody();
    }

    @Override
    public boolean flush() throws IOException {
        if (isEnding && !sendBody()) {
            return false;
        }
        return next.flush();
    }

    private boolean sendBody() throws IOException {
        while (body.hasRemaining()) {
            if (next.write(body) == 0) {
                return false;
            }
        }
        if (!isEnded) {
            isEnded = true;
            next.terminateWrites();
        }
        return true;
    }
}
