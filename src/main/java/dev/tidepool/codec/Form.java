package dev.tidepool.codec;

/** How {@code fst} writes the objects of one class. */
sealed interface Form permits BuiltIn, ValueType, ContainerType, WrapperType, FieldsForm {}
