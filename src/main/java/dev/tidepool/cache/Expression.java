package dev.tidepool.cache;

import java.util.HashMap;
import java.util.Map;
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
}
