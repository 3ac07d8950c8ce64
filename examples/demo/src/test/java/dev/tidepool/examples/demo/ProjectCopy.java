package dev.tidepool.examples.demo;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A copy of the project, without what its builds make, in which the tests do what a newcomer does. */
final class ProjectCopy {
    static final Path PROJECT = Path.of("..", "..");
    static final Path FOLDER = Path.of("target", "copy");

    private static final Set<String> MADE = Set.of("target", "node_modules", ".git");

    static {
        try {
            copy();
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private ProjectCopy() {}

    private static void copy() throws IOException {
        Files.walkFileTree(PROJECT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (MADE.contains(directory.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(FOLDER.resolve(PROJECT.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, FOLDER.resolve(PROJECT.relativize(file)), StandardCopyOption.REPLACE_EXISTING);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** @param command what follows {@code mvn} in the guide */
    static RunningMaven maven(String command, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(List.of(more));
        return new RunningMaven(FOLDER, arguments);
    }
}
