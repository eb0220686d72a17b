import pytest

from tests.fakes import FakePostHog, envelope, rows
from tools.errors import QueryRefused
from tools.names import named_events
from tools.toolbox import Toolbox

EVENTS = [{"name": name} for name in ("signed_up", "$pageview", "it's done")]


def box_of(**options):
    fake = FakePostHog(**({"answers": {"": rows(["n"], [1])}, "events": EVENTS} | options))
    return Toolbox(fake.client()), fake


def asking(where):
    return {"query": f"SELECT count() AS n FROM events WHERE {where}"}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("event = 'a'", ["a"]),
        ("'a' = event", ["a"]),
        ("events.event = 'a' OR event = 'b'", ["a", "b"]),
        ("event IN ('a', 'b')", ["a", "b"]),
        ("event IN ['a']", ["a"]),
        ("event = 'it\\'s done'", ["it's done"]),
        ("event != 'a' AND event NOT IN ('b')", []),
        ("event LIKE 'a%' AND event ILIKE 'b'", []),
        ("properties.event = 'a' AND person.properties.event = 'b'", []),
        ("properties.plan = 'event'", []),
        ("timestamp > toDateTime('2026-01-01 00:00:00')", []),
    ],
)
def test_the_events_a_query_is_about_are_read_from_its_tree(where, names):
    assert list(named_events(asking(where)["query"])) == names


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (
            "event = 'pageview'",
            "The project tracks no event 'pageview': did you mean '$pageview'?",
        ),
        (
            "event IN ('signed_up', 'sign_up')",
            "The project tracks no event 'sign_up': did you mean 'signed_up'?",
        ),
        (
            "event = 'zzz'",
            "The project tracks no event 'zzz': read the names with list_events.",
        ),
    ],
)
def test_a_query_on_an_event_nobody_tracks_is_refused_with_the_nearest_names(where, said):
    box, fake = box_of()
    with pytest.raises(QueryRefused) as caught:
        box.run("run_hogql", asking(where))
    assert str(caught.value) == said
    assert fake.queries() == []


def test_names_are_asked_for_once_while_they_are_known():
    box, fake = box_of()
    for where in ("event = 'signed_up'", "event = '$pageview'", "event = 'it\\'s done'", "1 = 1"):
        box.run("run_hogql", asking(where))
    assert len(fake.queries()) == 4
    assert len([r for r in fake.requests if "event_definitions" in r.url.path]) == 1


def test_an_event_that_appears_later_is_found():
    box, fake = box_of()
    box.run("run_hogql", asking("event = 'signed_up'"))
    fake.events = [*EVENTS, {"name": "left"}]
    assert box.run("run_hogql", asking("event = 'left'")).rows == ((1,),)


def refusing(request):
    if "event_definitions" in request.url.path:
        return envelope(403, "permission_denied", "You don't have access to the project.")
    return None


@pytest.mark.parametrize(
    "options",
    [
        {"scopes": ("query:read",)},
        {"events": ()},
        {"instead": refusing},
        {"events": [{"name": f"event {n}"} for n in range(2_000)]},
    ],
    ids=["no scope", "no events", "no access", "more than are read"],
)
def test_where_names_can_not_be_known_nothing_is_refused(options):
    box, fake = box_of(**options)
    assert box.run("run_hogql", asking("event = 'zzz'")).rows == ((1,),)
    assert len(fake.queries()) == 1
