package dev.tidepool.codec;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object that is being read, and whose fields are set all at once. What refers to it meanwhile finds the fields that
 * have been read so far, as it does in objects whose fields are set one by one.
 */
final class LateFields {
    private final FieldsForm form;
    private final Object owner;
    private final Values setter;
    private final @Nullable Object[] values;
    private boolean referred;

    LateFields(FieldsForm form, Object owner, Values setter) {
        this.form = form;
        this.owner = owner;
        this.setter = setter;
        this.values = new @Nullable Object[form.late()];
    }

    /** Takes the value of a field, which is of its type. */
    void put(FieldSlot field, @Nullable Object value) {
        if (!field.isLate()) {
            field.set(owner, value);
            return;
        }
        values[field.position()] = value;
        if (referred) {
            settle();
        }
    }

    /** Takes what comes next as the value of a field of a primitive type. */
    void readPrimitive(FstInput in, FieldSlot field) throws IOException {
        if (field.isLate()) {
            put(field, FieldSlot.readPrimitive(in, field.code()));
        } else {
            field.readPrimitive(in, owner);
        }
    }

    /** Returns the object to one that refers to it. */
    Object refer() {
        referred = true;
        return settle();
    }

    /** Returns the object with its fields as far as they have been read. */
    Object settle() {
        for (FieldsForm.Level level : form.levels()) {
            FinalFields finals = level.finals();
            if (finals != null) {
                setter.set(finals, owner, level.fields(), values);
            }
        }
        return owner;
    }

    /** The values of the fields of one class, in whichever object comes next. */
    static final class Values implements FinalFields.Values {
        private final FinalFields.Source source = FinalFields.Source.create();
        private List<FieldSlot> fields = List.of();
        private @Nullable Object[] values = {};
        private int next;

        private void set(FinalFields finals, Object owner, List<FieldSlot> newFields, @Nullable Object[] newValues) {
            fields = newFields;
            values = newValues;
            next = 0;
            finals.set(owner, this, source);
        }

        /** The JDK asks in the order of the list, which is that of its own; but it does not promise so. */
        @Override
        public @Nullable Object of(String field) {
            if (next == fields.size() || !fields.get(next).name().equals(field)) {
                next = 0;
                while (!fields.get(next).name().equals(field)) {
                    next++;
                }
            }
            return values[fields.get(next++).position()];
        }
    }
}
