package dev.tidepool.session;

import java.util.UUID;

/**
 * What is stored under the old id of a session whose id has changed. Immutable.
 *
 * @param incarnation the session's
 * @param version grows with each write
 * @param deadline not before the session's, in milliseconds since the epoch
 * @param movedTo the key under which the session is stored now
 */
public record Signpost(UUID incarnation, long version, long deadline, StoredKey movedTo) implements SessionEntry {}
