package dev.tidepool.codec;

import java.util.Collections;
import java.util.List;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpSession;

/** Two nodes whose values may have the classes of named sets, and no others: what one has written the other reads. */
record SetsOfLibraries(ValueFormat one, ValueFormat other) {
    static SetsOfLibraries of(TestCodec codec, String... sets) {
        return new SetsOfLibraries(node(codec, sets), node(codec, sets));
    }

    private static ValueFormat node(TestCodec codec, String... sets) {
        return new ValueFormat(
                codec.create(SetsOfLibraries.class.getClassLoader(), AllowList.of(List.of(sets))), List.of());
    }

    /** Returns a value as the other node has it. */
    @SuppressWarnings("unchecked") // a value comes back as one of its class
    <T> T read(T value) {
        return (T) value.getClass().cast(other.read(one.write(value)));
    }

    /** Lets the next request of a visitor go to the other node: each attribute is stored alone. */
    MockHttpServletRequest next(MockHttpServletRequest before, String method, String path) {
        MockHttpSession session = new MockHttpSession();
        MockHttpSession old = (MockHttpSession) before.getSession();
        for (String name : Collections.list(old.getAttributeNames())) {
            session.setAttribute(name, read(old.getAttribute(name)));
        }
        MockHttpServletRequest request = new MockHttpServletRequest(method, path);
        request.setSession(session);
        return request;
    }
}
