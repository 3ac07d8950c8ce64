package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who sets which fields. That the JDK sets them right is shown by the values that are read. */
final class FinalFieldsTest {

    /** On JDK 17 fields are set by reflection, final or not. */
    @Test
    void of_classWithFinalField_isThereWhereTheJdkHasIt() throws Exception {
        boolean present = Runtime.version().feature() >= 24;

        assertThat(FinalFields.of(OddSamples.Finals.class) != null).isEqualTo(present);
        assertThat(FinalFields.of(OddSamples.FinalAgain.class) != null).isEqualTo(present);
    }

    @Test
    void of_classWhoseOwnFieldsAreNotFinal_isNull() throws Exception {
        assertThat(FinalFields.of(Samples.Holder.class)).isNull();
        assertThat(FinalFields.of(OddSamples.Changing.class)).isNull();
    }

    /** Java's serialization leaves those to their initializers, which do not run. */
    @Test
    void of_classWithFinalTransientField_isNull() throws Exception {
        assertThat(FinalFields.of(Transient.class)).isNull();
    }

    @Test
    void form_ofClassWithFinalField_countsTheFieldsThatAreSetTogether() {
        FieldsForm form = (FieldsForm) new Forms().of(OddSamples.FinalAgain.class);

        assertThat(form.late()).isEqualTo(Runtime.version().feature() >= 24 ? 10 : 0);
    }

    private static final class Transient implements java.io.Serializable {
        private static final long serialVersionUID = 1;
        private final transient int none = Integer.parseInt("1");
        private int some = none;

        @Override
        public String toString() {
            return "" + some;
        }
    }
}
