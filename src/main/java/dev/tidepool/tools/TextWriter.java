package dev.tidepool.tools;

import dev.tidepool.cache.TableItems.Attribute;
import dev.tidepool.codec.ValueNode;
import dev.tidepool.codec.ValueNode.Part;
import dev.tidepool.tools.ItemReport.Fact;
import dev.tidepool.tools.ItemReport.SessionAttribute;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Writes reports for a person. */
final class TextWriter implements ReportWriter {
    private static final int SHOWN_PARTS = 100;
    private static final int SHOWN_TEXT = 200;
    private static final String INDENT = "  ";

    private final PrintStream out;
    private long items;
    private long bytes;

    TextWriter(PrintStream out) {
        this.out = out;
    }

    @Override
    public void write(ItemReport report, boolean withValues) {
        for (Fact fact : report.facts()) {
            if (!fact.text().isEmpty()) {
                out.printf("%-15s %s%n", Texts.plain(fact.label()), Texts.plain(fact.text()));
            }
        }
        writeItem(report.itemAttributes(), withValues);
        if (report.isSession()) {
            writeAttributes(report.attributes());
        }
        if (withValues) {
            writeValues(report);
        }
    }

    private void writeItem(List<Attribute> attributes, boolean withValues) {
        out.println("item attributes, largest first:");
        for (Attribute attribute : attributes) {
            out.printf(
                    Locale.ROOT,
                    "  %,9d  %-4s  %s%s%n",
                    attribute.bytes(),
                    attribute.type(),
                    Texts.plain(attribute.name()),
                    attribute.isOther() ? "  special key, or another program's" + value(attribute, withValues) : "");
        }
    }

    private static String value(Attribute attribute, boolean withValues) {
        return withValues && attribute.value() != null ? " = " + scalar(attribute.value()) : "";
    }

    private static String scalar(Object scalar) {
        if (scalar instanceof byte[] array) {
            return Texts.bytes(array.length) + " " + Texts.hex(array);
        }
        if (!(scalar instanceof String text)) {
            return scalar.toString();
        }
        return text.length() <= SHOWN_TEXT
                ? Texts.quoted(text)
                : Texts.quoted(text.substring(0, SHOWN_TEXT)) + "... " + Texts.number(text.length()) + " characters";
    }

    private void writeAttributes(List<SessionAttribute> attributes) {
        if (attributes.isEmpty()) {
            out.println("no session attributes");
            return;
        }
        long sum = attributes.stream().mapToLong(SessionAttribute::bytes).sum();
        out.println("session attributes, largest first, before compression:");
        for (SessionAttribute attribute : attributes) {
            String what = attribute.damage() == null
                    ? Texts.plain(attribute.type())
                    : "cannot be read: " + Texts.plain(attribute.damage());
            out.printf(
                    Locale.ROOT,
                    "  %,9d  %3d %%  %-5s  %s  %s%n",
                    attribute.bytes(),
                    Math.round(100.0 * attribute.bytes() / sum),
                    attribute.codec(),
                    Texts.plain(attribute.name()),
                    what);
        }
    }

    private void writeValues(ItemReport report) {
        for (SessionAttribute attribute : report.attributes()) {
            if (attribute.value() != null) {
                out.println();
                new Tree(attribute.value()).write(Texts.plain(attribute.name()), attribute.value(), "");
            }
        }
        if (report.value() != null) {
            out.println();
            new Tree(report.value()).write("value", report.value(), "");
        }
    }

    @Override
    public void writeLine(ItemLine line) {
        out.printf(
                Locale.ROOT,
                "%,9d  %-9s  %-42s  %s%s%n",
                line.bytes(),
                line.codec(),
                line.deadline() + line.relative(),
                Texts.plain(line.key()),
                line.damage() == null ? "" : "  " + Texts.plain(line.damage()));
        items++;
        bytes += line.bytes();
    }

    @Override
    public void endLines() {
        out.println(Texts.count(items, "item") + ", " + Texts.bytes(bytes));
    }

    /** Writes one value. */
    private final class Tree {
        private final Set<Integer> referredTo = new HashSet<>();

        Tree(ValueNode root) {
            addReferences(root);
        }

        private void addReferences(ValueNode node) {
            if (node.isReference()) {
                referredTo.add(node.number());
            }
            for (Part part : node.parts()) {
                if (part.key() != null) {
                    addReferences(part.key());
                }
                addReferences(part.node());
            }
        }

        void write(String label, ValueNode node, String indent) {
            out.println(indent + label + text(node));
            int shown = Math.min(node.parts().size(), SHOWN_PARTS);
            for (int i = 0; i < shown; i++) {
                writePart(node.parts().get(i), i, indent + INDENT);
            }
            if (node.parts().size() > shown) {
                out.println(indent + INDENT + "... " + Texts.number(node.parts().size() - shown)
                        + " more (--json has all)");
            }
        }

        private void writePart(Part part, int index, String indent) {
            ValueNode key = part.key();
            if (part.name() != null) {
                write(Texts.plain(part.name()), part.node(), indent);
            } else if (key == null) {
                write("[" + index + "]", part.node(), indent);
            } else if (key.scalar() != null) {
                write(scalar(key.scalar()), part.node(), indent);
            } else {
                write("[" + index + "] key", key, indent);
                write("[" + index + "] value", part.node(), indent);
            }
        }

        private String text(ValueNode node) {
            String type = Texts.plain(node.type()).replaceFirst("^java\\.lang\\.(?=[A-Z])", "");
            Object scalar = node.scalar();
            String number = referredTo.contains(node.number()) && node.number() > 0 ? " #" + node.number() : "";
            if (node.isReference()) {
                return " -> #" + node.number() + " " + type;
            } else if (scalar != null) {
                return ": " + type + number + " = " + scalar(scalar);
            } else if (type.equals("null")) {
                return " = null";
            }
            return ": " + type + number + ", " + Texts.count(node.parts().size(), "part") + ", "
                    + Texts.bytes(node.bytes());
        }
    }
}
