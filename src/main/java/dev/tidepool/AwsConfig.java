package dev.tidepool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Credentials, region and endpoint as they stand in one JSON object: {@code accessKeyId}, {@code secretAccessKey},
 * {@code sessionToken}, {@code region} and {@code endpoint}, all of them texts and each of them optional but that the
 * first two go together. Immutable.
 *
 * @param accessKeyId the id of the access key; null for the AWS SDK's default chain of credentials
 * @param secretAccessKey the secret of the access key; null when there is no id
 * @param sessionToken the token of temporary credentials; null when they are permanent
 * @param region the AWS region; null when it is found elsewhere
 * @param endpoint the URL of the DynamoDB service; null for the region's
 */
public record AwsConfig(
        @Nullable String accessKeyId,
        @Nullable String secretAccessKey,
        @Nullable String sessionToken,
        @Nullable String region,
        @Nullable URI endpoint) {

    private static final List<String> CREDENTIALS = List.of("accessKeyId", "secretAccessKey", "sessionToken");
    private static final List<String> NAMES =
            Stream.concat(CREDENTIALS.stream(), Stream.of("region", "endpoint")).toList();

    private static final JsonFactory JSON = new JsonFactory();

    /**
     * Checks what is given.
     *
     * @param accessKeyId the id of the access key, or null
     * @param secretAccessKey the secret of the access key, or null
     * @param sessionToken the token of temporary credentials, or null
     * @param region the AWS region, or null
     * @param endpoint the URL of the DynamoDB service, or null
     * @throws IllegalArgumentException when a text is empty, credentials are incomplete, or the endpoint is no http or
     *     https URL
     */
    public AwsConfig {
        requireNotEmpty("accessKeyId", accessKeyId);
        requireNotEmpty("secretAccessKey", secretAccessKey);
        requireNotEmpty("sessionToken", sessionToken);
        requireNotEmpty("region", region);
        if ((accessKeyId == null) != (secretAccessKey == null)) {
            throw new IllegalArgumentException(
                    (accessKeyId == null ? "accessKeyId" : "secretAccessKey") + " is missing beside the other one");
        }
        if (sessionToken != null && accessKeyId == null) {
            throw new IllegalArgumentException("accessKeyId and secretAccessKey are missing beside sessionToken");
        }
        if (endpoint != null) {
            OptionValues.httpUrl(endpoint);
        }
    }

    /** No message has anything of the path, as it may be no path but what should stand in the file. */
    static AwsConfig file(String path) {
        require(
                !path.strip().startsWith("{"),
                "it is JSON and not the path of a file; option 'awsConfigJson' takes JSON");
        try {
            return json(Files.readString(Path.of(path.strip())));
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    "the file cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** Whether a text that belongs elsewhere has the names of credentials in it, and so perhaps credentials. */
    static boolean hasCredentials(String text) {
        return CREDENTIALS.stream().anyMatch(text::contains);
    }

    /** No message has anything of the text, and no cause: a parser's exception may quote what it stumbled over. */
    static AwsConfig json(String text) {
        Map<String, String> values = new HashMap<>();
        try (JsonParser parser = JSON.createParser(text)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "it is no JSON object");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                require(NAMES.contains(name), "it has another name than " + NAMES);
                require(parser.nextToken() == JsonToken.VALUE_STRING, name + " is no text");
                require(values.put(name, parser.getText()) == null, name + " is there twice");
            }
            require(parser.nextToken() == null, "something follows the JSON object");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "it is no JSON (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")");
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory cannot fail to be read", e);
        }
        String endpoint = values.get("endpoint");
        return new AwsConfig(
                values.get("accessKeyId"),
                values.get("secretAccessKey"),
                values.get("sessionToken"),
                values.get("region"),
                endpoint == null ? null : uri(endpoint));
    }

    private static URI uri(String endpoint) {
        try {
            return new URI(endpoint.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("endpoint is no URL");
        }
    }

    private static void requireNotEmpty(String name, @Nullable String text) {
        require(text == null || !text.isBlank(), name + " is empty");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Tells whether there are credentials, and nothing of them. */
    @Override
    public String toString() {
        return "AwsConfig[credentials " + (accessKeyId == null ? "not given" : "given") + ", region " + region
                + ", endpoint " + endpoint + "]";
    }
}
