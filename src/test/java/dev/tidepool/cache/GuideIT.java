package dev.tidepool.cache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidepool.DynamoDbLocal;
import dev.tidepool.Option;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;

/** The guides tell the truth: policies, templates and messages are those of the code. */
@ExtendWith(DynamoDbLocal.class)
@Timeout(120)
class GuideIT {
    private static final Guide TABLES = Guide.of("docs/tables.md");
    private static final Guide TROUBLESHOOTING = Guide.of("docs/troubleshooting.md");

    /** A message in bold, or in the first cell of a table. */
    private static final Pattern QUOTED = Pattern.compile("\\*\\*`([^`]+)`\\*\\*|(?m)^\\|((?: *`[^`]+`,?)+) *\\|");

    /**
     * Texts that no user meets as a message: parts of one, what the SDK says, what cannot happen, a log for debugging.
     */
    private static final Set<String> NO_MESSAGES = Set.of(
            "a value of " + Messages.VARIABLE + " for a key of ",
            "a key of ",
            "Table '" + Messages.VARIABLE + "' is ",
            "given" + Messages.VARIABLE + ", region " + Messages.VARIABLE + ", endpoint " + Messages.VARIABLE + "]",
            "the properties of the cache manager",
            " on the class path",
            "the DynamoDbConfiguration of cache '" + Messages.VARIABLE + "'",
            " (options 'region', 'endpoint')",
            "Unable to load credentials",
            "Unable to load region",
            "a text in memory cannot fail to be read",
            "Table '{}' is being created by another node",
            "tidepool.conflicts" + Messages.VARIABLE
                    + "Changes that were tried again, as another write of the entry came first",
            "tidepool.misses.unavailable" + Messages.VARIABLE
                    + "Reads that were answered as if there were no entry, as the store failed",
            "tidepool.requests" + Messages.VARIABLE + "Requests to DynamoDB, each with all its attempts"
                    + Messages.VARIABLE + "outcome",
            "tidepool.retries" + Messages.VARIABLE + "Attempts of requests after their first" + Messages.VARIABLE
                    + "tidepool.throttles" + Messages.VARIABLE
                    + "Attempts that were throttled, and batches that were not processed to their end"
                    + Messages.VARIABLE + "tidepool.capacity" + Messages.VARIABLE
                    + "Consumed capacity units, without those of refused conditions" + Messages.VARIABLE + "units");

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final String table = Node.freshTable();

    /** A table as a template describes it. */
    private record Template(
            String hashKey, String keyType, String attribute, String type, String ttl, String billing) {}

    /** The languages of the templates, and what is where in them. */
    private enum Language {
        YAML("## CloudFormation") {
            @Override
            Template read(String text) {
                return new Template(
                        found(text, "KeySchema:\\s+- AttributeName: (\\S+)"),
                        found(text, "KeyType: (\\S+)"),
                        found(text, "AttributeDefinitions:\\s+- AttributeName: (\\S+)"),
                        found(text, "AttributeType: (\\S+)"),
                        found(text, "TimeToLiveSpecification:\\s+AttributeName: (\\S+)\\s+Enabled: true"),
                        found(text, "BillingMode: (\\S+)"));
            }
        },
        HCL("## Terraform") {
            @Override
            Template read(String text) {
                return new Template(
                        found(text, "hash_key\\s+= \"(\\S+)\""),
                        "HASH",
                        found(text, "attribute \\{\\s+name = \"(\\S+)\""),
                        found(text, "type = \"(\\S+)\""),
                        found(text, "ttl \\{\\s+attribute_name = \"(\\S+)\"\\s+enabled\\s+= true"),
                        found(text, "billing_mode = \"(\\S+)\""));
            }
        };

        private final String heading;

        Language(String heading) {
            this.heading = heading;
        }

        abstract Template read(String text);

        Template template() {
            return read(TABLES.section(heading)
                    .blocks(name().toLowerCase(Locale.ROOT))
                    .get(0));
        }

        static String found(String text, String pattern) {
            List<String> all = Pattern.compile(pattern)
                    .matcher(text)
                    .results()
                    .map(match -> match.group(1))
                    .toList();
            assertThat(all).as(pattern).hasSize(1);
            return all.get(0);
        }
    }

    private DynamoDbConfiguration.Builder<String, Long> configuration() {
        return DynamoDbConfiguration.builder(String.class, Long.class).table(table);
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void template_ofTable_isThatOfTheCode(Language language, DynamoDbClient client) {
        try (Node node = Node.start()) {
            node.cache("counters", configuration());
        }

        var made = client.describeTable(request -> request.tableName(table)).table();
        var ttl = client.describeTimeToLive(request -> request.tableName(table)).timeToLiveDescription();

        assertThat(language.template())
                .isEqualTo(new Template(
                        made.keySchema().get(0).attributeName(),
                        made.keySchema().get(0).keyTypeAsString(),
                        made.attributeDefinitions().get(0).attributeName(),
                        made.attributeDefinitions().get(0).attributeTypeAsString(),
                        ttl.attributeName(),
                        made.billingModeSummary().billingModeAsString()));
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void template_tableMadeByIt_isUsedAsItIs(Language language, DynamoDbClient client) {
        Template template = language.template();
        KeySchemaElement key = KeySchemaElement.builder()
                .attributeName(template.hashKey())
                .keyType(template.keyType())
                .build();
        AttributeDefinition attribute = AttributeDefinition.builder()
                .attributeName(template.attribute())
                .attributeType(template.type())
                .build();
        client.createTable(request -> request.tableName(table)
                .keySchema(key)
                .attributeDefinitions(attribute)
                .billingMode(template.billing()));
        client.waiter().waitUntilTableExists(request -> request.tableName(table));
        client.updateTimeToLive(request -> request.tableName(table)
                .timeToLiveSpecification(
                        ttl -> ttl.attributeName(template.ttl()).enabled(true)));
        try (Node node = Node.start()) {
            Cache<String, Long> cache = node.cache("counters", configuration().set(Option.CREATE_TABLE, false));
            assertThat(node.requests().operations()).containsExactly("DescribeTable", "DescribeTimeToLive");

            cache.put("visitors", 1L);
            assertThat(cache.get("visitors")).isEqualTo(1L);
        }
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void template_tableName_isTheDefault(Language language) {
        String text = TABLES.section(language.heading)
                .blocks(language.name().toLowerCase(Locale.ROOT))
                .get(0);

        assertThat(Language.found(text, "(?m)(?:TableName:|^  name\\s+=) \"?([^\\s\"]+)"))
                .isEqualTo(Option.TABLE.defaultValue());
    }

    @Test
    void optionsForTable_requests_areAsTabled() {
        try (Node creator = Node.start()) {
            creator.cache("counters", configuration());
        }
        List<List<String>> rows =
                TABLES.section("## What Tidepool needs of a table").rows();
        Map<String, String> written = new LinkedHashMap<>();
        rows.subList(1, rows.size()).forEach(row -> written.put(row.get(0), row.get(2)));

        assertThat(written)
                .containsExactlyEntriesOf(orderedMap(
                        "none", looks(configuration()),
                        "`createTable=false`", looks(configuration().set(Option.CREATE_TABLE, false)),
                        "`createTable=false`, `timeToLive=false`",
                                looks(configuration()
                                        .set(Option.CREATE_TABLE, false)
                                        .set(Option.TIME_TO_LIVE, false)),
                        "`initialized=true`", looks(configuration().set(Option.INITIALIZED, true))));
    }

    private static Map<String, String> orderedMap(String... keysAndValues) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }

    private static String looks(DynamoDbConfiguration.Builder<String, Long> configuration) {
        try (Node node = Node.start()) {
            node.cache("counters", configuration);
            List<String> operations = node.requests().operations();
            return operations.isEmpty() ? "none" : String.join(", ", operations);
        }
    }

    @Test
    void runningPolicy_actions_areThoseThatAllOperationsSend() throws Exception {
        try (Node creator = Node.start()) {
            creator.cache("counters", configuration());
        }
        try (Node node = Node.start()) {
            useEverything(node, "counters", configuration());
            useEverything(
                    node,
                    "touched",
                    configuration().expiryPolicy(TouchedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 1))));
            useEverything(
                    node,
                    "created",
                    configuration().expiryPolicy(CreatedExpiryPolicy.factoryOf(new Duration(TimeUnit.MINUTES, 1))));

            assertThat(actions("### Running"))
                    .isEqualTo(actionsOf(node.requests().operations()));
        }
    }

    private static void useEverything(Node node, String name, DynamoDbConfiguration.Builder<String, Long> configuration)
            throws Exception {
        Cache<String, Long> cache =
                node.cache(name, configuration.readThrough(() -> new MapLoader<>(Map.of("loaded", 9L))));
        Set<String> keys = Set.of("a", "b", "loaded");
        cache.put("a", 1L);
        cache.getAndPut("a", 2L);
        cache.putIfAbsent("a", 3L);
        cache.replace("a", 4L);
        cache.replace("a", 4L, 5L);
        cache.getAndReplace("a", 6L);
        cache.get("a");
        cache.containsKey("a");
        cache.putAll(Map.of("b", 1L, "c", 2L));
        cache.getAll(keys);
        cache.invoke("a", (entry, arguments) -> {
            entry.setValue(entry.getValue() + 1);
            return null;
        });
        cache.invokeAll(keys, (entry, arguments) -> entry.getValue());
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        cache.loadAll(keys, true, loaded);
        loaded.get(30, TimeUnit.SECONDS);
        cache.remove("a", 0L);
        cache.getAndRemove("a");
        cache.remove("b");
        cache.unwrap(CacheItems.class).reap();
        cache.iterator().forEachRemaining(entry -> {});
        cache.removeAll(keys);
        cache.removeAll();
        cache.putAll(Map.of("b", 1L, "c", 2L));
        cache.clear();
        node.manager().destroyCache(name);
    }

    @Test
    void creatingPolicy_actions_areThoseThatCreationSends() {
        try (Node node = Node.start()) {
            node.cache("counters", configuration());

            assertThat(actions("### Creating the table"))
                    .isEqualTo(actionsOf(node.requests().operations()));
        }
    }

    private DynamoDbConfiguration.Builder<String, Map<String, Object>> configurationWithIndex() {
        return SpecialKeysIT.configuration(table).specialKeys("userId:S:by-user");
    }

    @Test
    @SuppressWarnings("unchecked") // a class literal has no type arguments
    void findingPolicy_actions_areThoseThatFindingSends() {
        try (Node node = Node.start()) {
            CacheItems<String> items =
                    node.cache("users", configurationWithIndex()).unwrap(CacheItems.class);
            node.requests().clear();

            items.find("userId", "ann");

            assertThat(actions("### Finding sessions", "/index/by-user"))
                    .isEqualTo(actionsOf(node.requests().operations()));
        }
    }

    @Test
    void indexes_asShown_areThoseOfTheCode(DynamoDbClient client) {
        try (Node node = Node.start()) {
            node.cache("users", configurationWithIndex());
        }
        var made = client.describeTable(request -> request.tableName(table)).table();
        var index = made.globalSecondaryIndexes().get(0);
        var key = index.keySchema().get(0);
        String type = made.attributeDefinitions().stream()
                .filter(attribute -> attribute.attributeName().equals(key.attributeName()))
                .findFirst()
                .orElseThrow()
                .attributeTypeAsString();
        Guide section = TABLES.section("## Indexes for special keys");

        assertThat(section.blocks("sh").get(0))
                .contains("AttributeName=" + key.attributeName() + ",AttributeType=" + type)
                .contains("\"IndexName\": \"" + index.indexName() + "\"")
                .contains(
                        "{\"AttributeName\": \"" + key.attributeName() + "\", \"KeyType\": \"" + key.keyType() + "\"}")
                .contains("\"ProjectionType\": \"" + index.projection().projectionType() + "\"");
        assertThat(section.blocks("yaml").get(0))
                .containsPattern("- AttributeName: " + key.attributeName() + "\\s+AttributeType: " + type)
                .contains("IndexName: " + index.indexName())
                .containsPattern("- AttributeName: " + key.attributeName() + "\\s+KeyType: " + key.keyType())
                .contains("ProjectionType: " + index.projection().projectionType());
        assertThat(section.blocks("hcl").get(0))
                .containsPattern("name = \"" + key.attributeName() + "\"\\s+type = \"" + type + "\"")
                .containsPattern("name += \"" + index.indexName() + "\"")
                .containsPattern("hash_key +=.\"" + key.attributeName() + "\"")
                .containsPattern("projection_type = \"" + index.projection().projectionType() + "\"");
    }

    private static Set<String> actionsOf(Collection<String> operations) {
        Set<String> actions = new TreeSet<>();
        operations.forEach(operation -> actions.add("dynamodb:" + operation));
        return actions;
    }

    private static Set<String> actions(String heading) {
        return actions(heading, "");
    }

    /** Returns the actions of a policy for the table, or a part of it. */
    private static Set<String> actions(String heading, String part) {
        Map<?, ?> policy =
                (Map<?, ?>) Guide.json(TABLES.section(heading).blocks("json").get(0));
        assertThat(policy.get("Version")).isEqualTo("2012-10-17");
        Set<String> actions = new TreeSet<>();
        for (Object element : (List<?>) requireNonNull(policy.get("Statement"))) {
            Map<?, ?> statement = (Map<?, ?>) element;
            assertThat(statement.get("Effect")).isEqualTo("Allow");
            assertThat(String.valueOf(statement.get("Resource")))
                    .matches("arn:aws:dynamodb:[a-z0-9-]+:\\d{12}:table/" + Option.TABLE.defaultValue() + part);
            for (Object action : (List<?>) requireNonNull(statement.get("Action"))) {
                assertThat(actions.add((String) action))
                        .as("%s for the first time", action)
                        .isTrue();
            }
        }
        return actions;
    }

    @Test
    void runningPolicy_whatCanBeLeftOut_isInIt() {
        List<List<String>> rows = TABLES.section("### Running").rows();

        assertThat(rows.subList(1, rows.size()))
                .isNotEmpty()
                .allSatisfy(row ->
                        assertThat(actions("### Running")).contains(row.get(0).replace("`", "")));
    }

    @Test
    void quotedMessages_all_areInTheSources() {
        List<String> texts = Messages.sources().stream()
                .flatMap(source -> Messages.in(source).stream())
                .toList();

        assertThat(quoted()).hasSizeGreaterThan(60);
        assertThat(quoted())
                .as("quotations that are in no source")
                .filteredOn(fragment -> texts.stream().noneMatch(text -> text.contains(fragment)))
                .isEmpty();
    }

    /** A text that is a sentence is a message; where it has variables, one of its fixed parts is to be quoted. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "AwsConfig",
                "BulkChanges",
                "CacheRequestMetrics",
                "CacheTable",
                "ClockSkew",
                "Connections",
                "DynamoDbCache",
                "DynamoDbCacheManager",
                "EntryCodec",
                "Invocations",
                "KeyLocks",
                "ManagerSettings",
                "Mutations",
                "OptionValues",
                "Outages",
                "Reaper",
                "RequestObserver",
                "RequestSender",
                "Settings",
                "SpecialKey",
                "SpecialKeys",
                "StoreFailure",
                "TableBatches",
                "TableScans",
                "TableSetup"
            })
    void messages_ofTheSources_areAllQuoted(String source) {
        Set<String> quoted = quoted();

        assertThat(Messages.in(Messages.source(source)))
                .as("messages that the guide does not quote")
                .filteredOn(GuideIT::isMessage)
                .filteredOn(text -> quoted.stream().noneMatch(text::contains))
                .isEmpty();
    }

    private static boolean isMessage(String text) {
        boolean isSentence = text.chars().filter(c -> c == ' ').count() >= 3;
        return isSentence && !text.contains("#") && !NO_MESSAGES.contains(text);
    }

    @Test
    void noMessages_all_areInTheSources() {
        Set<String> texts = Messages.sources().stream()
                .flatMap(source -> Messages.in(source).stream())
                .collect(Collectors.toSet());

        assertThat(texts).containsAll(NO_MESSAGES);
    }

    private static Set<String> quoted() {
        Set<String> fragments = new TreeSet<>();
        QUOTED.matcher(TROUBLESHOOTING.text())
                .results()
                .flatMap(GuideIT::fragments)
                .forEach(fragments::add);
        return fragments;
    }

    private static Stream<String> fragments(MatchResult quotation) {
        return quotation.group(1) != null
                ? Stream.of(quotation.group(1).replaceAll("\\s+", " "))
                : CODE.matcher(quotation.group(2)).results().map(code -> code.group(1));
    }

    @Test
    void json_everywhere_parses() {
        List<String> blocks = Stream.of(
                        "docs/options.md", "docs/tables.md", "docs/differences.md", "docs/troubleshooting.md")
                .flatMap(file -> Guide.of(file).blocks("json").stream())
                .toList();

        assertThat(blocks)
                .hasSize(4)
                .allSatisfy(block -> assertThat((Map<?, ?>) Guide.json(block)).isNotEmpty());
    }

    @Test
    void readsPrices_inReadUnits_areRight() {
        List<List<String>> rows =
                Guide.of("docs/differences.md").section("## Reads").rows();
        List<Long> bytes = List.of(4L << 10, 10L << 10, 400L << 10, 1L << 30);

        assertThat(rows).hasSize(bytes.size() + 1);
        IntStream.range(0, bytes.size()).forEach(i -> {
            long units = (bytes.get(i) + 4095) / 4096;
            List<String> row = rows.get(i + 1);
            assertThat(Double.parseDouble(row.get(1).replace(",", ""))).isEqualTo((double) units);
            assertThat(Double.parseDouble(row.get(2).replace(",", ""))).isEqualTo(units / 2.0);
        });
    }
}
