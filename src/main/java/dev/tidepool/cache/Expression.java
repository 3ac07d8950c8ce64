package dev.tidepool.cache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A DynamoDB expression with the names and values that its placeholders stand for.
 *
 * @param text the expression
 * @param names attribute names by placeholder; exactly those that the text uses, since DynamoDB refuses others
 * @param values attribute values by placeholder; exactly those that the text uses
 */
record Expression(String text, Map<String, String> names, Map<String, AttributeValue> values) {
    static final Expression NONE = new Expression("", Map.of(), Map.of());

    /** Returns an update that sets some attributes and removes others; its placeholders begin with {@code new}. */
    static Expression update(Map<String, AttributeValue> set, Collection<String> removed) {
        Map<String, String> names = new HashMap<>();
        Map<String, AttributeValue> values = new HashMap<>();
        List<String> assignments = new ArrayList<>();
        List<String> removals = new ArrayList<>();
        set.forEach((name, value) -> {
            String placeholder = "new" + names.size();
            names.put("#" + placeholder, name);
            values.put(":" + placeholder, value);
            assignments.add("#" + placeholder + " = :" + placeholder);
        });
        removed.forEach(name -> {
            String placeholder = "#new" + names.size();
            names.put(placeholder, name);
            removals.add(placeholder);
        });
        String text = (assignments.isEmpty() ? "" : "SET " + String.join(", ", assignments))
                + (removals.isEmpty() ? "" : " REMOVE " + String.join(", ", removals));
        return new Expression(text, names, values);
    }

    /** Returns an expression that holds when both do. */
    Expression and(Expression other) {
        return joined("(" + text + ") AND (" + other.text + ")", other);
    }

    /** Returns an expression that holds when one of them does. */
    Expression or(Expression other) {
        return joined(text + " OR " + other.text, other);
    }

    /** Returns this expression's text with the names and values of both, for a request that has two expressions. */
    Expression with(Expression other) {
        return joined(text, other);
    }

    private Expression joined(String joinedText, Expression other) {
        Map<String, String> allNames = new HashMap<>(names);
        allNames.putAll(other.names);
        Map<String, AttributeValue> allValues = new HashMap<>(values);
        allValues.putAll(other.values);
        return new Expression(joinedText, allNames, allValues);
    }

    /** Of an expression that is none a request has neither a text nor names nor values. */
    @Nullable String textOrNull() {
        return text.isEmpty() ? null : text;
    }

    @Nullable Map<String, String> namesOrNull() {
        return names.isEmpty() ? null : names;
    }

    @Nullable Map<String, AttributeValue> valuesOrNull() {
        return values.isEmpty() ? null : values;
    }
}
