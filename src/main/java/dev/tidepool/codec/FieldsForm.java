package dev.tidepool.codec;

import java.lang.reflect.Constructor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The form of the application's own classes: their fields, class by class from the top of the hierarchy.
 *
 * @param type the class
 * @param constructor the record's, or one that makes an object without running the constructors of serializable classes
 * @param levels the serializable classes of the hierarchy, the topmost first; of a record only itself
 * @param late how many fields of an object are set together with others, those of all levels
 */
record FieldsForm(Class<?> type, Constructor<?> constructor, List<Level> levels, int late) implements Form {

    /**
     * One class of the hierarchy.
     *
     * @param type the class
     * @param declared whether it promises by a {@code serialVersionUID} that its versions are compatible
     * @param version the {@code serialVersionUID}, declared or computed
     * @param fingerprint of the names and types of its fields
     * @param fields in an order that does not depend on the source's
     * @param finals sets all fields together; null when each is set by itself
     */
    record Level(
            Class<?> type,
            boolean declared,
            long version,
            int fingerprint,
            List<FieldSlot> fields,
            @Nullable FinalFields finals) {

        /** Returns the field that takes the place of a written one, null when it was removed. */
        @Nullable FieldSlot find(String name) {
            for (FieldSlot field : fields) {
                if (field.name().equals(name)) {
                    return field;
                }
            }
            return null;
        }
    }

    /** Returns the class of this name in the hierarchy, null when there is none. */
    @Nullable Level find(String className) {
        for (Level level : levels) {
            if (level.type().getName().equals(className)) {
                return level;
            }
        }
        return null;
    }

    /** Returns the arguments of a record's constructor for the case that none was written. */
    @Nullable Object[] absentComponents() {
        List<FieldSlot> components = levels.get(0).fields();
        @Nullable Object[] arguments = new Object[components.size()];
        for (FieldSlot component : components) {
            arguments[component.position()] = component.absent();
        }
        return arguments;
    }
}
