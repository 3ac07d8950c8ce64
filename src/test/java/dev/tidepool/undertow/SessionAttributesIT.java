package dev.tidepool.undertow;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.server.session.Session;
import io.undertow.server.session.SessionListener;
import io.undertow.server.session.SessionManager;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What attributes do, and what listeners hear of it. */
@ParameterizedClass
@EnumSource(Store.class)
class SessionAttributesIT {
    private final SessionManager manager;
    private final SessionServer server;
    private final SessionEvents events = new SessionEvents();
    private final Browser browser = new Browser();

    SessionAttributesIT(Store store) {
        manager = store.manager();
        server = SessionServer.start(manager);
        server.visit(browser, exchange -> server.newSession(exchange).setAttribute("old", "as it was"));
        manager.registerSessionListener(events);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private interface Use {
        void of(Session session) throws Exception;
    }

    private void visit(Use use) {
        server.visit(browser, exchange -> use.of(requireNonNull(server.session(exchange))));
    }

    @Test
    void setAttribute_new_isAddedAndReadBack() {
        visit(session -> {
            assertThat(session.setAttribute("name", "value")).isNull();
            assertThat(session.getAttribute("name")).isEqualTo("value");
            assertThat(session.getAttributeNames()).containsExactlyInAnyOrder("old", "name");
        });
        visit(session -> {
            assertThat(session.getAttribute("name")).isEqualTo("value");
            assertThat(session.getAttributeNames()).containsExactlyInAnyOrder("old", "name");
        });
        assertThat(events.heard()).containsExactly("added name: value");
    }

    @Test
    void setAttribute_existing_isUpdatedAndReturnsOld() {
        visit(session -> {
            assertThat(session.setAttribute("old", "one")).isEqualTo("as it was");
            assertThat(session.setAttribute("old", "two")).isEqualTo("one");
        });
        visit(session -> assertThat(session.getAttribute("old")).isEqualTo("two"));
        assertThat(events.heard()).containsExactly("updated old: as it was -> one", "updated old: one -> two");
    }

    @Test
    void setAttribute_sameObject_isUpdatedAllTheSame() {
        visit(session -> {
            Object same = requireNonNull(session.getAttribute("old"));
            assertThat(session.setAttribute("old", same)).isSameAs(same);
        });
        assertThat(events.heard()).containsExactly("updated old: as it was -> as it was");
    }

    @Test
    void setAttribute_null_removes() {
        visit(session -> {
            assertThat(session.setAttribute("old", null)).isEqualTo("as it was");
            assertThat(session.getAttribute("old")).isNull();
            assertThat(session.getAttributeNames()).isEmpty();
        });
        visit(session -> assertThat(session.getAttribute("old")).isNull());
        assertThat(events.heard()).containsExactly("removed old: as it was");
    }

    @Test
    void setAttribute_nullForAbsent_isHeardAsRemoval() {
        visit(session -> assertThat(session.setAttribute("absent", null)).isNull());
        assertThat(events.heard()).containsExactly("removed absent: null");
    }

    @Test
    void removeAttribute_existing_returnsOld() {
        visit(session -> assertThat(session.removeAttribute("old")).isEqualTo("as it was"));
        visit(session -> assertThat(session.getAttributeNames()).isEmpty());
        assertThat(events.heard()).containsExactly("removed old: as it was");
    }

    @Test
    void removeAttribute_absent_isHeardWithNull() {
        visit(session -> assertThat(session.removeAttribute("absent")).isNull());
        assertThat(events.heard()).containsExactly("removed absent: null");
    }

    @Test
    void setAttribute_afterRemoval_isAdded() {
        visit(session -> {
            session.removeAttribute("old");
            assertThat(session.setAttribute("old", "again")).isNull();
        });
        visit(session -> assertThat(session.getAttribute("old")).isEqualTo("again"));
        assertThat(events.heard()).containsExactly("removed old: as it was", "added old: again");
    }

    @Test
    void getAttribute_sameExchange_isSameObject() {
        visit(session -> session.setAttribute("list", new ArrayList<>(List.of("one"))));
        visit(session -> {
            Object list = session.getAttribute("list");
            assertThat(list).isEqualTo(List.of("one"));
            assertThat(session.getAttribute("list")).isSameAs(list);
        });
    }

    @Test
    void getAttribute_set_isTheObjectItself() {
        List<String> list = new ArrayList<>();
        visit(session -> {
            session.setAttribute("list", list);
            assertThat(session.getAttribute("list")).isSameAs(list);
        });
    }

    @Test
    void getAttribute_changedInPlace_keepsChange() {
        visit(session -> session.setAttribute("list", new ArrayList<>(List.of("one"))));
        visit(session -> {
            @SuppressWarnings("unchecked")
            List<String> list = (List<String>) requireNonNull(session.getAttribute("list"));
            list.add("two");
        });
        visit(session -> assertThat(session.getAttribute("list")).isEqualTo(List.of("one", "two")));
    }

    @Test
    void getAttribute_read_isHeardByNobody() {
        visit(session -> {
            session.getAttribute("old");
            session.getAttribute("absent");
            session.getAttributeNames();
        });
        assertThat(events.heard()).isEmpty();
    }

    @Test
    void listeners_ofAttributes_seeSessionChanged() {
        List<Object> seen = new CopyOnWriteArrayList<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void attributeAdded(Session session, String name, Object value) {
                seen.add("added " + value.equals(session.getAttribute(name)));
            }

            @Override
            public void attributeUpdated(Session session, String name, Object newValue, Object oldValue) {
                seen.add("updated " + newValue.equals(session.getAttribute(name)));
            }

            @Override
            public void attributeRemoved(Session session, String name, @Nullable Object oldValue) {
                seen.add("removed " + (session.getAttribute(name) == null));
            }
        });

        visit(session -> {
            session.setAttribute("name", "one");
            session.setAttribute("name", "two");
            session.removeAttribute("name");
        });

        assertThat(seen).containsExactly("added true", "updated true", "removed true");
    }

    @Test
    void listeners_ofAttributes_getSessionOfExchange() {
        List<Session> heard = new CopyOnWriteArrayList<>();
        manager.registerSessionListener(new SessionListener() {
            @Override
            public void attributeAdded(Session session, String name, Object value) {
                heard.add(session);
            }
        });

        visit(session -> {
            session.setAttribute("name", "value");
            assertThat(heard).singleElement().isSameAs(session);
        });
    }

    @Test
    void listeners_ofAttributes_areCalledInOrderOfRegistration() {
        List<String> order = new CopyOnWriteArrayList<>();
        for (String listener : List.of("first", "second")) {
            manager.registerSessionListener(new SessionListener() {
                @Override
                public void attributeAdded(Session session, String name, Object value) {
                    order.add(listener + " added");
                }

                @Override
                public void attributeUpdated(Session session, String name, Object newValue, Object oldValue) {
                    order.add(listener + " updated");
                }

                @Override
                public void attributeRemoved(Session session, String name, @Nullable Object oldValue) {
                    order.add(listener + " removed");
                }
            });
        }

        visit(session -> {
            session.setAttribute("name", "one");
            session.setAttribute("name", "two");
            session.removeAttribute("name");
        });

        assertThat(order)
                .containsExactly(
                        "first added", "second added",
                        "first updated", "second updated",
                        "first removed", "second removed");
    }

    @Test
    void removeSessionListener_listener_hearsNoMore() {
        visit(session -> session.setAttribute("name", "one"));
        manager.removeSessionListener(events);
        visit(session -> session.setAttribute("name", "two"));

        assertThat(events.heard()).containsExactly("added name: one");
    }

    @Test
    void getAttributeNames_copied_letsAllBeRemoved() {
        visit(session -> {
            session.setAttribute("name", "value");
            for (String name : List.copyOf(session.getAttributeNames())) {
                session.removeAttribute(name);
            }
            assertThat(session.getAttributeNames()).isEmpty();
        });
        visit(session -> assertThat(session.getAttributeNames()).isEmpty());
        assertThat(events.heard())
                .containsExactlyInAnyOrder("added name: value", "removed name: value", "removed old: as it was");
    }
}
