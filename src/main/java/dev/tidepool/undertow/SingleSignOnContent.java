package dev.tidepool.undertow;

import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of one single sign-on. Immutable; equal contents have equal bytes. It knows nothing of Undertow, so
 * that an item can be read without it.
 *
 * @param user the name of the account's principal
 * @param roles the account's roles when the user logged in
 * @param mechanism the name of the mechanism that the user logged in by
 * @param deadline when it ends at the latest, in milliseconds since the epoch; {@link #NEVER} when it does not
 * @param members the sessions that belong to it, the oldest first
 */
record SingleSignOnContent(
        String user, SortedSet<String> roles, String mechanism, long deadline, List<Member> members) {

    static final long NEVER = Long.MAX_VALUE;

    /** A client that drops the cookies of its sessions would have the entry grow without end. */
    static final int MAX_MEMBERS = 100;

    private static final int FORMAT = 1;

    /** A session of one deployment. */
    record Member(String deployment, String sessionId) {
        /** Names the deployment; an id is a secret. */
        @Override
        public String toString() {
            return "Member[" + deployment + "]";
        }
    }

    SingleSignOnContent {
        roles = Collections.unmodifiableSortedSet(new TreeSet<>(roles));
        members = List.copyOf(members);
    }

    /** Returns the content of a login that has no session yet. */
    static SingleSignOnContent begin(String user, Collection<String> roles, String mechanism) {
        return new SingleSignOnContent(user, new TreeSet<>(roles), mechanism, Long.MIN_VALUE, List.of());
    }

    boolean isExpired(long now) {
        return deadline <= now;
    }

    /** Returns the same with a session more, which is not to end before it. */
    SingleSignOnContent with(Member member, long until) {
        List<Member> more = members;
        if (!members.contains(member)) {
            more = new ArrayList<>(members.subList(Math.max(0, members.size() + 1 - MAX_MEMBERS), members.size()));
            more.add(member);
        }
        return new SingleSignOnContent(user, roles, mechanism, Math.max(deadline, until), more);
    }

    SingleSignOnContent without(Member member) {
        List<Member> less = new ArrayList<>(members);
        less.remove(member);
        return new SingleSignOnContent(user, roles, mechanism, deadline, less);
    }

    SingleSignOnContent renamed(Member before, Member after) {
        List<Member> renamed = new ArrayList<>(members);
        renamed.replaceAll(member -> member.equals(before) ? after : member);
        return new SingleSignOnContent(user, roles, mechanism, deadline, renamed);
    }

    byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(FORMAT);
            write(out, user);
            write(out, mechanism);
            out.writeLong(deadline);
            out.writeInt(roles.size());
            for (String role : roles) {
                write(out, role);
            }
            out.writeInt(members.size());
            for (Member member : members) {
                write(out, member.deployment());
                write(out, member.sessionId());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * Reads what {@link #encode} has written.
     *
     * @throws CodecException when it is nothing of the kind
     */
    static SingleSignOnContent decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.get() != FORMAT) {
                throw corrupt("has an unknown format", null);
            }
            String user = text(in);
            String mechanism = text(in);
            long deadline = in.getLong();
            SortedSet<String> roles = new TreeSet<>();
            for (int left = in.getInt(); left > 0; left--) {
                roles.add(text(in));
            }
            List<Member> members = new ArrayList<>();
            for (int left = in.getInt(); left > 0; left--) {
                members.add(new Member(text(in), text(in)));
            }
            if (in.hasRemaining()) {
                throw corrupt("has bytes behind its end", null);
            }
            return new SingleSignOnContent(user, roles, mechanism, deadline, members);
        } catch (BufferUnderflowException e) {
            throw corrupt("ends too early", e);
        }
    }

    private static String text(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw corrupt("has a text of an impossible length", null);
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static CodecException corrupt(String what, @Nullable Throwable cause) {
        return new CodecException(Reason.CORRUPT, "A stored single sign-on " + what, cause);
    }

    /** Says how many sessions there are, and whose they are not. */
    @Override
    public String toString() {
        return "SingleSignOnContent[" + members.size() + " sessions]";
    }
}
