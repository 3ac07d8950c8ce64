/**
 * What is run from a command line, by a person who looks after a table and does not have the application:
 * {@link dev.tidepool.tools.Show} tells what is in an item, {@link dev.tidepool.tools.Cost} what sessions cost. Nothing
 * of the library uses it.
 */
@NullMarked
package dev.tidepool.tools;

import org.jspecify.annotations.NullMarked;
