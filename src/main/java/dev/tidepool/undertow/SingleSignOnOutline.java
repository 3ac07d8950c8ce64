package dev.tidepool.undertow;

import dev.tidepool.codec.CodecException;
import java.util.List;
import java.util.SortedSet;

/**
 * A stored single sign-on for a person who looks at its item; it can be read without Undertow. Not for applications.
 * Immutable.
 *
 * @param user the name of the account's principal
 * @param roles the account's roles when the user logged in
 * @param mechanism the name of the mechanism that the user logged in by
 * @param members the sessions that belong to it, the oldest first
 */
public record SingleSignOnOutline(String user, SortedSet<String> roles, String mechanism, List<Member> members) {
    /**
     * A session.
     *
     * @param deployment the name of its deployment
     * @param id its id, which is a secret
     */
    public record Member(String deployment, String id) {
        /** Shows nothing of the id. */
        @Override
        public String toString() {
            return "Member[" + deployment + "]";
        }
    }

    /**
     * Reads what the codec {@code single-sign-on} wrote.
     *
     * @param payload the bytes
     * @return the single sign-on
     * @throws CodecException when it is none
     */
    public static SingleSignOnOutline read(byte[] payload) {
        SingleSignOnContent content = SingleSignOnContent.decode(payload);
        return new SingleSignOnOutline(
                content.user(),
                content.roles(),
                content.mechanism(),
                content.members().stream()
                        .map(member -> new Member(member.deployment(), member.sessionId()))
                        .toList());
    }

    /** Says how many sessions belong to it, and nothing that it holds. */
    @Override
    public String toString() {
        return "SingleSignOnOutline[" + members.size() + " sessions]";
    }
}
