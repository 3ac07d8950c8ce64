package dev.tidepool.codec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the objects of one class are laid out in a value, and which field here takes the place of each written one.
 *
 * @param written the class by its name then
 * @param form the class here; null when it is gone, so that its objects can only be passed over
 * @param steps what was written for each object, in order
 */
record ObjectPlan(WrittenClass written, @Nullable FieldsForm form, List<Step> steps) {

    private static final String CODES = "ZBCSIJFDL";

    /**
     * One written field.
     *
     * @param code its type then, as in a class file, {@code L} for any reference
     * @param name its name then, null where the class promised nothing
     * @param field the field here, null when it was removed
     */
    record Step(char code, @Nullable String name, @Nullable FieldSlot field) {}

    /** What was written of one class of the hierarchy, without its fields. */
    private record Head(String name, boolean declared, long version, int fields) {}

    /** Finds the name of a class in the value. */
    interface Names {
        String next() throws IOException;
    }

    /**
     * Reads a description, and compares it with the class here.
     *
     * @throws CodecException if they do not fit
     */
    static ObjectPlan read(FstInput in, WrittenClass written, @Nullable FieldsForm form, Names names)
            throws IOException {
        int count = in.readLength(1);
        List<Step> steps = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        boolean promised = false;
        for (int i = 1; i <= count; i++) {
            Head head = readHead(in, i == count ? written.name() : names.next());
            FieldsForm.Level level = form == null ? null : form.find(head.name());
            if (form != null && (!seen.add(head.name()) || !fits(head, level))) {
                throw DecodeFailure.changed(written.name(), null);
            }
            readFields(in, head, level, steps);
            promised = head.declared();
        }
        if (form != null && !promised && !(seen.size() == form.levels().size() && hasAll(form, seen))) {
            throw DecodeFailure.changed(written.name(), null);
        }
        return new ObjectPlan(written, form, List.copyOf(steps));
    }

    private static Head readHead(FstInput in, String name) throws IOException {
        int fields = in.readFInt();
        boolean declared = fields < 0;
        long version = declared ? in.readFLong() : in.readPlainInt();
        int count = declared ? -1 - fields : fields;
        if (count > in.remaining()) {
            throw Frame.corrupt("a class with " + count + " fields");
        }
        return new Head(name, declared, version, count);
    }

    /**
     * A class that was taken out of the hierarchy is passed over. Versions of a record are compatible by their fields.
     */
    private static boolean fits(Head head, FieldsForm.@Nullable Level level) {
        if (level == null) {
            return true;
        }
        return head.declared()
                ? level.type().isRecord() || level.version() == head.version()
                : level.fingerprint() == (int) head.version();
    }

    private static boolean hasAll(FieldsForm form, Set<String> names) {
        return form.levels().stream()
                .allMatch(level -> names.contains(level.type().getName()));
    }

    private static void readFields(FstInput in, Head head, FieldsForm.@Nullable Level level, List<Step> steps)
            throws IOException {
        for (int i = 0; i < head.fields(); i++) {
            char code = (char) in.readFByte();
            if (CODES.indexOf(code) < 0) {
                throw Frame.corrupt("a field of no type");
            }
            String name = head.declared() ? in.readStringUTF() : null;
            FieldSlot field = level == null ? null : name == null ? at(i, head, level) : level.find(name);
            if (field != null && field.code() != code) {
                throw DecodeFailure.changed(head.name(), null);
            }
            steps.add(new Step(code, name, field));
        }
    }

    /** The fingerprint says that the fields are the same. */
    private static FieldSlot at(int position, Head head, FieldsForm.Level level) {
        if (head.fields() != level.fields().size()) {
            throw DecodeFailure.changed(head.name(), null);
        }
        return level.fields().get(position);
    }
}
