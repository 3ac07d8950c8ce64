/** What threads and nodes were told of one entry, and whether any order of their operations explains it. */
@NullMarked
package dev.tidepool.cache.history;

import org.jspecify.annotations.NullMarked;
