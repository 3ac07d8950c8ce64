package dev.tidepool.express;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.util.ClassUtil;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tidepool.codec.CodecException;
import dev.tidepool.codec.CodecException.Reason;
import dev.tidepool.express.JsonAttributes.UnmappableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The attributes whose types were declared, mapped by Jackson. No class is ever named by the JSON. This class alone
 * needs databind, which is optional. Thread-safe.
 */
final class DeclaredTypes {
    private final Map<String, Declared> byName;

    private DeclaredTypes(Map<String, Declared> byName) {
        this.byName = byName;
    }

    /** Makes the mapping of the given types, by the attributes' names. */
    static DeclaredTypes of(Map<String, Type> types) {
        ObjectMapper mapper = JsonMapper.builder()
                .addModule(new JavaTimeModule())
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
                // The same object has the same bytes in every JVM.
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .enable(MapperFeature.SORT_CREATOR_PROPERTIES_BY_DECLARATION_ORDER)
                .enable(MapperFeature.BLOCK_UNSAFE_POLYMORPHIC_BASE_TYPES)
                .build();
        Map<String, Declared> byName = new HashMap<>();
        types.forEach((name, type) -> byName.put(name, new Declared(mapper, boxed(mapper, type))));
        return new DeclaredTypes(byName);
    }

    /** Returns the type of the object: an attribute is never a primitive. */
    private static JavaType boxed(ObjectMapper mapper, Type type) {
        JavaType known = mapper.constructType(type);
        return known.isPrimitive() ? mapper.constructType(ClassUtil.wrapperType(known.getRawClass())) : known;
    }

    /** Returns how an attribute is mapped, or null when its type was not declared. */
    @Nullable Declared find(String name) {
        return byName.get(name);
    }

    /** One declared type. */
    static final class Declared {
        private final JavaType type;
        private final ObjectWriter writer;
        private final ObjectReader reader;

        private Declared(ObjectMapper mapper, JavaType type) {
            this.type = type;
            this.writer = mapper.writerFor(type);
            this.reader = mapper.readerFor(type);
        }

        private String name() {
            return type.toCanonical();
        }

        /**
         * Writes an object.
         *
         * @throws UnmappableException when it is of another type, or Jackson finds no way to write it
         */
        byte[] write(Object value) {
            if (!type.getRawClass().isInstance(value)) {
                throw new UnmappableException("its type was declared to be " + name());
            }
            try {
                return writer.writeValueAsBytes(value);
            } catch (JsonProcessingException e) {
                throw new UnmappableException(reason(e), e);
            }
        }

        /**
         * Reads an object.
         *
         * @return null for a null
         * @throws CodecException when the JSON is not one of the type's; the message quotes nothing of it
         */
        @Nullable Object read(byte[] bytes) {
            try {
                return reader.readValue(bytes);
            } catch (JsonProcessingException e) {
                throw new CodecException(
                        e instanceof JsonMappingException ? Reason.CLASS_CHANGED : Reason.CORRUPT,
                        "it is no " + name() + ": " + reason(e));
            } catch (IOException e) {
                throw new UncheckedIOException("an array cannot fail", e);
            }
        }

        /** Jackson's own messages quote values. */
        private static String reason(JsonProcessingException failure) {
            if (failure instanceof JsonMappingException mapping) {
                return problem(mapping) + " at " + path(mapping);
            }
            return failure.getClass().getSimpleName();
        }

        private static String problem(JsonMappingException failure) {
            if (failure instanceof InvalidDefinitionException definition && definition.getType() != null) {
                return "Jackson has no way to map " + definition.getType().toCanonical();
            }
            if (failure instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
                return "there is no " + mismatch.getTargetType().getName();
            }
            return failure.getClass().getSimpleName();
        }

        /** The keys of a map are the application's values. */
        private static String path(JsonMappingException failure) {
            return failure.getPath().isEmpty()
                    ? "its top"
                    : failure.getPath().stream()
                            .map(step -> step.getFrom() instanceof Map
                                    ? "[*]"
                                    : step.getFieldName() == null
                                            ? "[" + step.getIndex() + "]"
                                            : "." + step.getFieldName())
                            .collect(Collectors.joining());
        }
    }
}
