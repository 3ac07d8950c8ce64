package dev.tidepool.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.undertow.Version;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.core.util.VersionInfo;

/**
 * Where and on what is measured.
 *
 * @param cpu the model
 * @param cores how many the JVM may use
 * @param load how many threads wanted to run in the minute before, on all cores; negative when that is not known
 * @param jdk the JVM of all servers but Express
 * @param os the operating system
 * @param versions of the parts
 */
record Machine(String cpu, int cores, double load, String jdk, String os, Map<String, String> versions) {
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final String MODEL = "model name";
    private static final String[] PACKAGES = {
        "express", "express-session", "connect-dynamodb", "@aws-sdk/client-dynamodb"
    };

    /** @param packages where those of npm are installed */
    static Machine here(Path packages) throws IOException {
        return new Machine(
                cpuModel(),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                versions(packages));
    }

    private static String cpuModel() throws IOException {
        if (Files.isReadable(CPUS)) {
            for (String line : Files.readAllLines(CPUS)) {
                if (line.startsWith(MODEL)) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
        }
        // Windows says it there.
        return System.getenv().getOrDefault("PROCESSOR_IDENTIFIER", System.getProperty("os.arch"));
    }

    private static Map<String, String> versions(Path packages) throws IOException {
        Map<String, String> versions = new TreeMap<>();
        versions.put("AWS SDK", VersionInfo.SDK_VERSION);
        versions.put("DynamoDB Local", System.getProperty("bench.dynamodb-local.version", "?"));
        versions.put("Tidepool", System.getProperty("bench.tidepool.version", "?"));
        versions.put("Undertow", Version.getVersionString());
        ObjectMapper json = new ObjectMapper();
        for (String name : PACKAGES) {
            Path about = packages.resolve("node_modules").resolve(name).resolve("package.json");
            if (Files.exists(about)) {
                versions.put(name, json.readTree(about.toFile()).path("version").asText());
            }
        }
        if (versions.containsKey(PACKAGES[0])) {
            versions.put("Node.js", nodeVersion());
        }
        return versions;
    }

    private static String nodeVersion() throws IOException {
        Process node = new ProcessBuilder("node", "--version").start();
        return new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(cpu + ", " + cores + " cores; " + os + "; " + jdk);
        versions.forEach(
                (name, version) -> text.append("; ").append(name).append(' ').append(version));
        return text.toString();
    }
}
