package dev.tidepool.codec;

/** The forms that need no more to be known of the class. */
enum BuiltIn implements Form {
    STRING,
    INTEGER,
    LONG,
    BOOLEAN,
    ENUM,
    ARRAY,
    CLASS,
    /** Left to Java's own serialization: classes of the JDK without a form here, and those with hooks of their own. */
    EMBEDDED
}
