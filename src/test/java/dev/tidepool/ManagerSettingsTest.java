package dev.tidepool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where settings come from. Isolated, as the system properties belong to every test of the JVM. */
@Isolated
final class ManagerSettingsTest {
    private static final URI NAME = URI.create("tidepool");

    @TempDir
    private Path classPath;

    private final Properties system = System.getProperties();
    private final Properties given = new Properties();

    @BeforeEach
    void useCopyOfSystemProperties() {
        System.setProperties((Properties) system.clone());
    }

    @AfterEach
    void restoreSystemProperties() {
        System.setProperties(system);
    }

    @Test
    void load_nothingSet_hasDefaults() throws IOException {
        ManagerSettings settings = load(NAME);

        assertThat(settings.common()).isEqualTo(Settings.none());
        assertThat(settings.of("users")).isEqualTo(Settings.none());
    }

    @Test
    void load_fileOnClassPath_isReadAsUtf8() throws IOException {
        write("tidepool.properties", "tidepool.prefix = ключ\\u003a\ntidepool.consistentReads=false\n");

        Settings settings = load(NAME).common();

        assertThat(settings.get(Option.PREFIX)).isEqualTo("ключ:");
        assertThat(settings.get(Option.CONSISTENT_READS)).isFalse();
    }

    @Test
    void load_fileOfClassLoader_isNotThatOfAnother() throws IOException {
        write("tidepool.properties", "tidepool.table=users");

        assertThat(ManagerSettings.load(NAME, ClassLoader.getPlatformClassLoader(), given)
                        .common())
                .isEqualTo(Settings.none());
    }

    @Test
    void load_systemPropertyAndFile_systemPropertyWins() throws IOException {
        write("tidepool.properties", "tidepool.table=of-file\ntidepool.region=eu-central-1");
        System.setProperty("tidepool.table", "of-system");

        Settings settings = load(NAME).common();

        assertThat(settings.get(Option.TABLE)).isEqualTo("of-system");
        assertThat(settings.get(Option.REGION)).isEqualTo("eu-central-1");
    }

    @Test
    void load_givenPropertyAndOtherSources_givenWins() throws IOException {
        write("tidepool.properties", "tidepool.table=of-file\ntidepool.prefix=of-file");
        System.setProperty("tidepool.table", "of-system");
        System.setProperty("tidepool.region", "of-system");
        given.setProperty("tidepool.table", "of-given");

        Settings settings = load(NAME).common();

        assertThat(settings.get(Option.TABLE)).isEqualTo("of-given");
        assertThat(settings.get(Option.REGION)).isEqualTo("of-system");
        assertThat(settings.get(Option.PREFIX)).isEqualTo("of-file");
    }

    @Test
    void of_cacheOptionInEachSource_laterWins() throws IOException {
        write("tidepool.properties", """
                tidepool.cache.users.table=of-file
                tidepool.cache.users.prefix=of-file
                tidepool.cache.users.region=of-file
                """);
        System.setProperty("tidepool.cache.users.table", "of-system");
        System.setProperty("tidepool.cache.users.prefix", "of-system");
        given.setProperty("tidepool.cache.users.table", "of-given");

        Settings settings = load(NAME).of("users");

        assertThat(settings.get(Option.TABLE)).isEqualTo("of-given");
        assertThat(settings.get(Option.PREFIX)).isEqualTo("of-system");
        assertThat(settings.get(Option.REGION)).isEqualTo("of-file");
    }

    @Test
    void of_cacheOptionInFileAndCommonOneGiven_cacheOptionWins() throws IOException {
        write("tidepool.properties", "tidepool.cache.users.table=of-users");
        given.setProperty("tidepool.table", "of-all");

        ManagerSettings settings = load(NAME);

        assertThat(settings.of("users").get(Option.TABLE)).isEqualTo("of-users");
        assertThat(settings.of("orders").get(Option.TABLE)).isEqualTo("of-all");
        assertThat(settings.common().get(Option.TABLE)).isEqualTo("of-all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"users", "com.acme.User", "a.table", "cache.x", "with space", ""})
    void of_cacheNameWithAnyCharacters_lastDotPartsItFromOption(String cache) throws IOException {
        given.setProperty("tidepool.cache." + cache + ".table", "my-table");

        ManagerSettings settings = load(NAME);

        assertThat(settings.of(cache).get(Option.TABLE)).isEqualTo("my-table");
        assertThat(settings.common()).isEqualTo(Settings.none());
    }

    @ParameterizedTest
    @CsvSource({
        "sessions, 'session, sesions'",
        "SESSION, 'session, sesions'",
        "Orders, ''",
        "users, ''",
        "user, users",
        "com.acme.Users, com.acme.User",
        "com.acme.Item, ''",
        "it, ''",
        "'', ''"
    })
    void cacheNamesLike_nameOfACache_areThoseNearItThatAreNotItself(String name, String near) throws IOException {
        for (String set : List.of("session", "sesions", "users", "com.acme.User", "at", "com.acme.Order")) {
            given.setProperty("tidepool.cache." + set + ".table", "my-table");
        }
        ManagerSettings settings = load(NAME);

        assertThat(settings.cacheNames()).hasSize(6);
        assertThat(String.join(", ", settings.cacheNamesLike(name)).split(", "))
                .containsExactlyInAnyOrder(near.split(", "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool.tabel", "tidepool.cache.users.tabel", "tidepool.my.table", "tidepool."})
    void load_unknownOptionInFile_namesOptionAndFile(String name) throws IOException {
        write("tidepool.properties", name + "=users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining(url("tidepool.properties"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool.tabel", "tidepool.cache.users.tabel"})
    void load_unknownOptionInSystemProperties_namesOptionAndSource(String name) {
        System.setProperty(name, "users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining("system properties");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool.tabel", "tidepool.cache.users.tabel"})
    void load_unknownOptionGiven_namesOptionAndSource(String name) {
        given.setProperty(name, "users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining("properties of the cache manager");
    }

    @Test
    void load_cacheWithoutOption_saysHowToWriteIt() {
        given.setProperty("tidepool.cache.table", "users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'tidepool.cache.table'")
                .withMessageContaining("tidepool.cache.<cache name>.<option>");
    }

    @ParameterizedTest
    @CsvSource({
        "tidepool.consistentReads, yes, 'consistentReads'",
        "tidepool.cache.users.table, ab, 'table'",
        "tidepool.client, com.acme.Clients, 'client'",
        "tidepool.readCapacityUnits, -5, 'readCapacityUnits'",
        "tidepool.cache.users.writeCapacityUnits, 0, 'writeCapacityUnits'",
        "tidepool.maxConnections, many, 'maxConnections'",
        "tidepool.callTimeout, soon, 'callTimeout'",
        "tidepool.cache.users.hashKey, etag, 'hashKey'",
        "tidepool.table, '', 'table'",
        "tidepool.createTable, no, 'createTable'"
    })
    void load_badValueInAnySource_namesOptionAndValue(String name, String value, String option) throws IOException {
        write("tidepool.properties", name + "=" + value);
        assertBadValue(option, value, url("tidepool.properties"));

        Files.delete(classPath.resolve("tidepool.properties"));
        System.setProperty(name, value);
        assertBadValue(option, value, "system properties");

        System.clearProperty(name);
        given.setProperty(name, value);
        assertBadValue(option, value, "properties of the cache manager");
    }

    private void assertBadValue(String option, String value, String source) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + option + "'")
                .withMessageContaining("'" + value + "'")
                .withMessageContaining(source);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tidepool.awsConfigJson",
                "tidepool.cache.users.awsConfigJson",
                "tidepool.awsConfigPath",
                "tidepool.cache.users.awsConfigPath"
            })
    void load_badSecretInAnySource_namesOptionAndSourceAndNothingOfIt(String name) throws IOException {
        String json = "{\"accessKeyId\": \"AKIAHIDDEN\", hush}";
        write("tidepool.properties", name + "=" + json);
        assertBadSecret(name, url("tidepool.properties"));

        Files.delete(classPath.resolve("tidepool.properties"));
        System.setProperty(name, json);
        assertBadSecret(name, "system properties");

        System.clearProperty(name);
        given.setProperty(name, json);
        assertBadSecret(name, "properties of the cache manager");
    }

    private void assertBadSecret(String name, String source) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + name.substring(name.lastIndexOf('.') + 1) + "'")
                .withMessageContaining(source)
                .satisfies(AwsConfigTest::assertHidesSecrets);
    }

    /** Option, and its values in the file, in the system properties and in the given properties. */
    static final List<Arguments> VALUES = List.of(
            Arguments.of(Option.TABLE, List.of("aaa", "bbb", "{cache}")),
            Arguments.of(Option.HASH_KEY, List.of("a", "b", "c")),
            Arguments.of(Option.PREFIX, List.of("a", "", "c")),
            Arguments.of(Option.CONSISTENT_READS, List.of("false", "true", "false")),
            Arguments.of(Option.CODEC, List.of("com.acme.A", "jdk", "com.acme.B")),
            Arguments.of(Option.KEY_CODEC, List.of("com.acme.A", "content", "com.acme.B")),
            Arguments.of(Option.COMPRESS_FROM, List.of("0", "100", "2000")),
            Arguments.of(Option.FORMAT, List.of("connect", "native", "connect")),
            Arguments.of(Option.SECRET_KEYS, List.of("true", "false", "true")),
            Arguments.of(Option.SPECIAL_KEYS, List.of("a:S", "b:N,c:BOOL", "d:B")),
            Arguments.of(Option.SKIP_THROW_MISSING_SPECIAL_KEYS, List.of("true", "false", "true")),
            Arguments.of(Option.TOUCH_INTERVAL, List.of("1s", "0", "2m")),
            Arguments.of(Option.EXPIRY, List.of("created:1s", "eternal", "touched:2m")),
            Arguments.of(Option.REAP_INTERVAL, List.of("1", "0", "10m")),
            Arguments.of(Option.STATISTICS_ENABLED, List.of("true", "false", "true")),
            Arguments.of(Option.MANAGEMENT_ENABLED, List.of("true", "false", "true")),
            Arguments.of(Option.ON_STORE_FAILURE, List.of("miss", "throw", "miss")),
            Arguments.of(Option.MISS_AFTER, List.of("1ms", "2s", "1h")),
            Arguments.of(Option.CREATE_TABLE, List.of("false", "true", "false")),
            Arguments.of(Option.TIME_TO_LIVE, List.of("false", "true", "false")),
            Arguments.of(Option.INITIALIZED, List.of("true", "false", "true")),
            Arguments.of(Option.READ_CAPACITY_UNITS, List.of("1", "2", "3")),
            Arguments.of(Option.WRITE_CAPACITY_UNITS, List.of("1", "2", "3")),
            Arguments.of(Option.PAY_PER_REQUEST, List.of("true", "false", "true")),
            Arguments.of(Option.REGION, List.of("eu-central-1", "us-east-1", "ap-south-1")),
            Arguments.of(Option.ENDPOINT, List.of("http://a", "https://b", "http://c")),
            Arguments.of(
                    Option.AWS_CONFIG_JSON,
                    List.of("{\"region\":\"a\"}", "{\"endpoint\":\"http://b\"}", "{\"region\":\"c\"}")),
            Arguments.of(Option.CONNECTION_TIMEOUT, List.of("1", "2s", "3m")),
            Arguments.of(Option.ATTEMPT_TIMEOUT, List.of("1", "2s", "3m")),
            Arguments.of(Option.CALL_TIMEOUT, List.of("1", "2s", "3m")),
            Arguments.of(Option.MAX_CONNECTIONS, List.of("1", "2", "3")));

    @ParameterizedTest
    @FieldSource("VALUES")
    void load_optionInSeveralSources_lastWins(Option<?> option, List<String> values) throws IOException {
        assertLastWins(option, "tidepool." + option, values, "");
    }

    @ParameterizedTest
    @FieldSource("VALUES")
    void load_optionOfOneCacheInSeveralSources_lastWins(Option<?> option, List<String> values) throws IOException {
        assertLastWins(option, "tidepool.cache.users." + option, values, "users");
    }

    private void assertLastWins(Option<?> option, String name, List<String> values, String cache) throws IOException {
        write("tidepool.properties", name + "=" + values.get(0));
        assertThat((Object) load(NAME).of(cache).find(option)).isEqualTo(option.parse(values.get(0)));

        System.setProperty(name, values.get(1));
        assertThat((Object) load(NAME).of(cache).find(option)).isEqualTo(option.parse(values.get(1)));

        given.setProperty(name, values.get(2));
        assertThat((Object) load(NAME).of(cache).find(option)).isEqualTo(option.parse(values.get(2)));
    }

    @ParameterizedTest
    @FieldSource("VALUES")
    void of_optionOfOneCacheInEarliestSource_winsOverThatOfAllInLatest(Option<?> option, List<String> values)
            throws IOException {
        write("tidepool.properties", "tidepool.cache.users." + option + "=" + values.get(0));
        given.setProperty("tidepool." + option, values.get(1));

        assertThat((Object) load(NAME).of("users").find(option)).isEqualTo(option.parse(values.get(0)));
        assertThat((Object) load(NAME).of("orders").find(option)).isEqualTo(option.parse(values.get(1)));
    }

    @Test
    void values_eachOptionThatCanBeWritten_hasSome() {
        assertThat(VALUES.stream().map(arguments -> arguments.get()[0]))
                .containsAll(Option.all().stream()
                        .filter(option -> option != Option.CLIENT && option != Option.CLOCK)
                        .filter(option -> option != Option.AWS_CONFIG_PATH && option != Option.ALLOW)
                        .toList());
    }

    @Test
    void of_allowInEachSourceForAllAndForOneCache_holdsTogether() throws IOException {
        write("tidepool.properties", "tidepool.allow=a.File\ntidepool.cache.users.allow=b.File\n");
        System.setProperty("tidepool.allow", "a.System");
        System.setProperty("tidepool.cache.users.allow", "b.System");
        given.setProperty("tidepool.allow", "");
        given.setProperty("tidepool.cache.users.allow", "b.Given, a.File");

        ManagerSettings settings = load(NAME);

        assertThat(settings.of("users").get(Option.ALLOW))
                .containsExactlyInAnyOrder("a.File", "a.System", "b.File", "b.System", "b.Given");
        assertThat(settings.of("orders").get(Option.ALLOW)).containsExactlyInAnyOrder("a.File", "a.System");
        assertThat(settings.common().get(Option.ALLOW)).containsExactlyInAnyOrder("a.File", "a.System");
    }

    @Test
    void load_twoLinesOfOneNameInFile_onlyThoseOfAllowHoldTogether() throws IOException {
        write("tidepool.properties", """
                tidepool.allow=com.acme.User
                tidepool.table=first
                tidepool.cache.users.allow=com.acme.Order
                tidepool.table=second
                tidepool.allow=com.acme.Item
                tidepool.cache.users.allow=com.acme.Size
                """);

        Settings settings = load(NAME).of("users");

        assertThat(settings.get(Option.TABLE)).isEqualTo("second");
        assertThat(settings.get(Option.ALLOW))
                .containsExactlyInAnyOrder("com.acme.User", "com.acme.Order", "com.acme.Item", "com.acme.Size");
    }

    @Test
    void placeOf_allowNowhere_isTheFileWhereItCouldBe() throws IOException {
        assertThat(load(NAME).of("users").placeOf(Option.ALLOW))
                .isEqualTo(new Settings.Place("tidepool.allow", "tidepool.properties on the class path"));

        write("tidepool.properties", "tidepool.table=users");

        assertThat(load(NAME).of("users").placeOf(Option.ALLOW))
                .isEqualTo(new Settings.Place("tidepool.allow", url("tidepool.properties")));
    }

    @Test
    void placeOf_allowInMoreAndMorePlaces_isThatOfTheLast() throws IOException {
        write("tidepool.properties", "tidepool.allow=com.acme.User");
        assertPlace("tidepool.allow", url("tidepool.properties"));

        System.setProperty("tidepool.allow", "com.acme.User");
        assertPlace("tidepool.allow", "the system properties");

        given.setProperty("tidepool.allow", "com.acme.User");
        assertPlace("tidepool.allow", "the properties of the cache manager");

        write("tidepool.properties", "tidepool.cache.users.allow=com.acme.User");
        assertPlace("tidepool.cache.users.allow", url("tidepool.properties"));
    }

    private void assertPlace(String name, String source) throws IOException {
        assertThat(load(NAME).of("users").placeOf(Option.ALLOW)).isEqualTo(new Settings.Place(name, source));
    }

    @Test
    void load_awsConfigPathInEachSource_laterWins() throws IOException {
        Path first = write("first.json", "{\"region\": \"eu-central-1\"}");
        Path second = write("second.json", "{\"region\": \"eu-west-1\"}");
        System.setProperty("tidepool.awsConfigPath", first.toString());
        assertThat(load(NAME).common().awsConfig()).isEqualTo(new AwsConfig(null, null, null, "eu-central-1", null));

        given.setProperty("tidepool.awsConfigPath", second.toString());

        assertThat(load(NAME).common().awsConfig()).isEqualTo(new AwsConfig(null, null, null, "eu-west-1", null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool.", "tidepool.cache.users."})
    void load_optionsThatExcludeEachOtherInOneSource_namesBothAndSource(String prefix) throws IOException {
        Path file = write("aws.json", "{}");
        System.setProperty(prefix + "awsConfigPath", file.toString());
        System.setProperty(prefix + "awsConfigJson", "{}");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'awsConfigPath'")
                .withMessageContaining("'awsConfigJson'")
                .withMessageContaining("system properties");
    }

    @Test
    void load_optionsThatExcludeEachOtherInTwoSources_laterWins() throws IOException {
        Path file = write("aws.json", "{}");
        write("tidepool.properties", "tidepool.awsConfigJson={}");
        System.setProperty("tidepool.awsConfigPath", file.toString());

        Settings settings = load(NAME).common();

        assertThat(settings.find(Option.AWS_CONFIG_PATH)).isNotNull();
        assertThat(settings.find(Option.AWS_CONFIG_JSON)).isNull();
    }

    @Test
    void of_optionThatExcludesOneForAllInTheSameSource_takesItsPlaceForThatCache() throws IOException {
        Path file = write("aws.json", "{}");
        given.setProperty("tidepool.awsConfigJson", "{}");
        given.setProperty("tidepool.cache.users.awsConfigPath", file.toString());

        ManagerSettings settings = load(NAME);

        assertThat(settings.of("users").find(Option.AWS_CONFIG_JSON)).isNull();
        assertThat(settings.of("users").find(Option.AWS_CONFIG_PATH)).isNotNull();
        assertThat(settings.of("orders").find(Option.AWS_CONFIG_JSON)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "client", "consistentReads"})
    void load_optionWithoutPrefixGiven_saysWhatToWrite(String name) {
        given.put(name, "users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining("write tidepool." + name);
    }

    @Test
    void load_optionWithoutPrefixInDefaultsOfGiven_saysWhatToWrite() {
        given.setProperty("table", "users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ManagerSettings.load(NAME, loaderOfNothing(), new Properties(given)))
                .withMessageContaining("'table'")
                .withMessageContaining("write tidepool.table");
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "javax.cache.x", "Tidepool.table", "tidepool"})
    void load_nameWithoutPrefixInFile_namesItAndFile(String name) throws IOException {
        write("tidepool.properties", name + "=users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(NAME))
                .withMessageContaining("'" + name + "'")
                .withMessageContaining(url("tidepool.properties"));
    }

    @Test
    void load_foreignProperties_areIgnored() throws IOException {
        System.setProperty("table", "of-somebody");
        System.setProperty("tidepoolish.table", "of-somebody");
        given.setProperty("javax.cache.x", "of-somebody");
        given.setProperty("hibernate.y", "of-somebody");
        given.put(4711, "of-somebody");
        given.put("hibernate.z", new Object());

        assertThat(load(NAME).common()).isEqualTo(Settings.none());
    }

    @Test
    void load_givenPropertiesWithDefaults_defaultsCountAndLose() throws IOException {
        given.setProperty("tidepool.table", "of-defaults");
        given.setProperty("tidepool.region", "of-defaults");
        Properties chained = new Properties(given);
        chained.setProperty("tidepool.table", "of-given");

        Settings settings =
                ManagerSettings.load(NAME, loaderOfNothing(), chained).common();

        assertThat(settings.get(Option.TABLE)).isEqualTo("of-given");
        assertThat(settings.get(Option.REGION)).isEqualTo("of-defaults");
    }

    @Test
    void load_objectsGiven_areTakenAsTheyAre() throws IOException {
        given.put("tidepool.consistentReads", false);
        given.put("tidepool.allow", List.of("com.acme.User"));

        Settings settings = load(NAME).common();

        assertThat(settings.get(Option.CONSISTENT_READS)).isFalse();
        assertThat(settings.get(Option.ALLOW)).containsExactly("com.acme.User");
    }

    @Test
    void load_givenPropertiesChangedLater_settingsStay() throws IOException {
        given.setProperty("tidepool.table", "users");
        ManagerSettings settings = load(NAME);

        given.setProperty("tidepool.table", "orders");
        given.setProperty("tidepool.cache.users.table", "orders");

        assertThat(settings.common().get(Option.TABLE)).isEqualTo("users");
        assertThat(settings.of("users").get(Option.TABLE)).isEqualTo("users");
    }

    @ParameterizedTest
    @ValueSource(strings = {"classpath:conf/mine.properties", "classpath:/conf/mine.properties"})
    void load_classPathUri_readsItInsteadOfDefaultFile(String uri) throws IOException {
        write("tidepool.properties", "tidepool.table=of-default\ntidepool.region=of-default");
        write("conf/mine.properties", "tidepool.table=of-uri");

        assertThat(load(URI.create(uri)).common()).isEqualTo(Settings.none().with(Option.TABLE, "of-uri"));
    }

    @Test
    void load_fileUri_readsItInsteadOfDefaultFile() throws IOException {
        write("tidepool.properties", "tidepool.table=of-default\ntidepool.region=of-default");
        URI uri = write("with space.conf", "tidepool.table=of-uri").toUri();

        assertThat(load(uri).common()).isEqualTo(Settings.none().with(Option.TABLE, "of-uri"));
    }

    @Test
    void load_jarUri_readsItInsteadOfDefaultFile() throws IOException {
        write("tidepool.properties", "tidepool.table=of-default\ntidepool.region=of-default");
        Path jar = jar(Map.of("conf/mine.properties", "tidepool.table=of-uri"));

        assertThat(load(URI.create("jar:" + jar.toUri() + "!/conf/mine.properties"))
                        .common())
                .isEqualTo(Settings.none().with(Option.TABLE, "of-uri"));
    }

    @Test
    void load_jarReplacedMeanwhile_readsTheNewOne() throws IOException {
        URI uri = URI.create(
                "jar:" + jar(Map.of("mine.properties", "tidepool.table=first")).toUri() + "!/mine.properties");
        assertThat(load(uri).common().get(Option.TABLE)).isEqualTo("first");

        jar(Map.of("mine.properties", "tidepool.table=second", "another", ""));

        assertThat(load(uri).common().get(Option.TABLE)).isEqualTo("second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"classpath:missing.properties", "classpath:/missing.properties", "classpath:missing"})
    void load_classPathUriOfMissingFile_namesIt(String uri) {
        assertCannotBeRead(URI.create(uri), uri);
    }

    @Test
    void load_fileUriOfMissingFile_namesIt() {
        URI uri = classPath.resolve("missing.properties").toUri();

        assertCannotBeRead(uri, uri.toString());
    }

    @Test
    void load_jarUriOfMissingEntry_namesIt() throws IOException {
        URI uri = URI.create("jar:" + jar(Map.of("there", "")).toUri() + "!/missing.properties");

        assertCannotBeRead(uri, uri.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jar:nonsense", "jar:file:/no-entry.jar", "jar:file:/missing.jar!/mine.properties"})
    void load_uriThatNamesNoFile_namesIt(String uri) {
        assertCannotBeRead(URI.create(uri), uri);
    }

    @Test
    void load_directory_namesIt() throws IOException {
        URI uri = Files.createDirectory(classPath.resolve("empty")).toUri();

        assertCannotBeRead(uri, uri.toString());
    }

    @Test
    void load_fileThatIsNoPropertiesFile_namesIt() throws IOException {
        URI uri = write("broken.properties", "tidepool.table=\\u00zz").toUri();

        assertCannotBeRead(uri, uri.toString());
    }

    @Test
    void load_defaultFileThatIsNoPropertiesFile_namesIt() throws IOException {
        write("tidepool.properties", "tidepool.table=\\u00zz");

        assertCannotBeRead(NAME, url("tidepool.properties"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"mine.properties", "/etc/mine.properties", "conf/mine.properties", "http://x/mine.properties"})
    void load_uriOfPropertiesFileWithoutScheme_saysWhatToWrite(String uri) throws IOException {
        write("mine.properties", "tidepool.table=users");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> load(URI.create(uri)))
                .withMessageContaining(uri)
                .withMessageContaining("classpath:")
                .withMessageContaining("file:")
                .withMessageContaining("jar:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tidepool", "urn:acme:orders", "https://acme.com/caches", "properties"})
    void load_uriThatIsOnlyName_readsDefaultFile(String uri) throws IOException {
        write("tidepool.properties", "tidepool.table=users");

        assertThat(load(URI.create(uri)).common().get(Option.TABLE)).isEqualTo("users");
    }

    private void assertCannotBeRead(URI uri, String named) {
        assertThatIllegalArgumentException().isThrownBy(() -> load(uri)).satisfies(e -> {
            String message = String.valueOf(e.getMessage());
            // A file: URL is written with one slash or three.
            assertThat(message.replace("file:///", "file:/")).contains(named.replace("file:///", "file:/"));
        });
    }

    private ManagerSettings load(URI uri) throws IOException {
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classPath.toUri().toURL()}, null)) {
            return ManagerSettings.load(uri, loader, given);
        }
    }

    private static ClassLoader loaderOfNothing() {
        return ClassLoader.getPlatformClassLoader();
    }

    private String url(String name) throws IOException {
        return classPath.resolve(name).toUri().toURL().toString();
    }

    private Path write(String name, String content) throws IOException {
        Path file = classPath.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private Path jar(Map<String, String> entries) throws IOException {
        Path jar = classPath.resolve("new.jar");
        try (OutputStream file = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(file)) {
            for (Map.Entry<String, String> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return Files.move(jar, classPath.resolve("mine.jar"), StandardCopyOption.REPLACE_EXISTING);
    }
}
