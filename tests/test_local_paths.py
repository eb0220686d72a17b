"""PathsQuery against plain Python, on streams of events."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, StreamProject, events, person_id, stream_project
from tools.local.bodies import ApiError

FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HALF_AN_HOUR = timedelta(minutes=30)
URLS = ("/a", "/a/", "/b", "/c/1", "/c/2", "/")
STREAM = st.lists(
    events(
        ("$pageview", "$pageview", "$pageview", "$screen", "buy"),
        days=1,
        people=3,
        properties=st.fixed_dictionaries(
            {"$current_url": st.sampled_from(URLS), "$screen_name": st.just("Home")}
        ),
    ),
    max_size=40,
    unique_by=lambda event: (event.person, event.at),
)
POINTS = st.sampled_from([None, "/a", "/b", "/c/1", "buy", "Home"])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamProject]:
    """A project to be filled again and again."""
    with stream_project(tmp_path_factory.mktemp("paths")) as made:
        yield made


@dataclass(frozen=True)
class Stop:
    """An item of a path and when it was left."""

    item: str
    at: datetime


def item(event: Event) -> str:
    """What an event is called in a path."""
    if event.event == "$screen":
        return "Home"
    if event.event != "$pageview":
        return event.event
    url: str = event.properties["$current_url"]
    return url.rstrip("/") if len(url) > 1 else url


def visits(stream: Sequence[Event]) -> Iterator[list[Stop]]:
    """Everybody's visits, the same item in a row as one that is left at its last event."""
    for person in {event.person for event in stream}:
        journey = sorted((e for e in stream if e.person == person), key=lambda e: e.at)
        visit: list[Stop] = []
        before = None
        for event in journey:
            if before is not None and event.at - before >= HALF_AN_HOUR:
                yield visit
                visit = []
            if visit and visit[-1].item == item(event):
                visit.pop()
            visit.append(Stop(item(event), event.at))
            before = event.at
        yield visit


def cut(visit: list[Stop], start: str | None, end: str | None, steps: int) -> list[Stop]:
    """The part of a visit between the points, no longer than so many steps."""
    for point in (start, end):
        if point is not None and point not in [stop.item for stop in visit]:
            return []
    if start is not None:
        visit = visit[[stop.item for stop in visit].index(start) :]
    if end is not None:
        if end not in [stop.item for stop in visit]:
            return []
        visit = visit[: [stop.item for stop in visit].index(end) + 1]
    if start is not None and end is not None:
        half = steps // 2
        if len(visit) <= steps:
            return visit
        return [*visit[:half], Stop("...", visit[half].at), *(visit[-half:] if half else visit)]
    return visit[-steps:] if end is not None else visit[:steps]


def edges(paths: Sequence[list[Stop]]) -> dict[tuple[str, str], list[float]]:
    """How long every edge took, in milliseconds, each time it was taken."""
    found = defaultdict(list)
    for path in paths:
        for place, (one, other) in enumerate(pairwise(path), 1):
            key = (f"{place}_{one.item}", f"{place + 1}_{other.item}")
            found[key].append((other.at - one.at) / timedelta(milliseconds=1))
    return dict(found)


def asked(project: StreamProject, **filters: Any) -> dict[tuple[str, str], tuple[int, float]]:
    """The edges of an answer."""
    found = project.ask("PathsQuery", pathsFilter=filters, dateRange={"date_from": "-7d"})
    return {
        (one["source"], one["target"]): (one["value"], one["average_conversion_time"])
        for one in found["results"]
    }


@given(stream=STREAM, start=POINTS, end=POINTS, steps=st.sampled_from([2, 3, 5, 8]))
@FEW
def test_edges_are_those_of_everybodys_visits(
    project: StreamProject, stream: list[Event], start: str | None, end: str | None, steps: int
) -> None:
    project.load(stream)
    paths = [cut(visit, start, end, steps) for visit in visits(stream)]
    found = asked(project, startPoint=start, endPoint=end, stepLimit=steps, edgeLimit=1000)
    assert found == {
        key: (len(times), pytest.approx(mean(times))) for key, times in edges(paths).items()
    }


def page(person: int, minute: int, url: str) -> Event:
    """A page somebody looked at."""
    at = NOW - timedelta(days=1) + timedelta(minutes=minute)
    return Event("$pageview", person, at, {"$current_url": url})


TWO_VISITORS = (
    page(1, 0, "/a/"),
    page(1, 1, "/b"),
    page(1, 3, "/c/1"),
    Event("buy", 1, NOW - timedelta(days=1) + timedelta(minutes=4)),
    page(1, 60, "/a"),
    page(1, 61, "/c/2"),
    page(2, 0, "/a"),
    page(2, 2, "/b"),
    page(2, 3, "/c/2"),
)
FILTERS = [
    (
        {"includeEventTypes": ["$pageview"]},
        {
            ("1_/a", "2_/b"): (2, 90_000),
            ("1_/a", "2_/c/2"): (1, 60_000),
            ("2_/b", "3_/c/1"): (1, 120_000),
            ("2_/b", "3_/c/2"): (1, 60_000),
        },
    ),
    (
        {"includeEventTypes": ["$pageview"], "pathGroupings": ["/c/*"]},
        {
            ("1_/a", "2_/b"): (2, 90_000),
            ("1_/a", "2_/c/*"): (1, 60_000),
            ("2_/b", "3_/c/*"): (2, 90_000),
        },
    ),
    (
        {"localPathCleaningFilters": [{"regex": r"/c/\d+", "alias": "/c/N"}], "minEdgeWeight": 2},
        {("1_/a", "2_/b"): (2, 90_000), ("2_/b", "3_/c/N"): (2, 90_000)},
    ),
    (
        {"excludeEvents": ["/b"]},
        {
            ("1_/a", "2_/c/1"): (1, 180_000),
            ("1_/a", "2_/c/2"): (2, 120_000),
            ("2_/c/1", "3_buy"): (1, 60_000),
        },
    ),
    ({"maxEdgeWeight": 1, "stepLimit": 2}, {("1_/a", "2_/c/2"): (1, 60_000)}),
    ({"edgeLimit": 1}, {("1_/a", "2_/b"): (2, 90_000)}),
    (
        {
            "includeEventTypes": ["hogql"],
            "pathsHogQLExpression": "if(event = 'buy', 'bought', 'seen')",
        },
        {("1_seen", "2_bought"): (1, 60_000)},
    ),
    ({"includeEventTypes": ["custom_event"]}, {}),
    ({"startPoint": "/b/", "stepLimit": 2}, {("1_/b", "2_/c/1"): (1, 120_000),
                                             ("1_/b", "2_/c/2"): (1, 60_000)}),
]  # fmt: skip


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
def test_filters_say_what_makes_a_path(
    project: StreamProject, filters: Mapping[str, Any], expected: Mapping[Any, Any]
) -> None:
    project.load(TWO_VISITORS)
    assert asked(project, **filters) == expected


def test_edges_that_no_path_from_a_beginning_leads_to_are_left_out(project: StreamProject) -> None:
    stream = [page(person, 0, f"/{person}") for person in range(1, 4)]
    stream += [page(person, 1, "/b") for person in range(1, 4)]
    stream += [page(person, 2, "/c/1") for person in range(1, 4)]
    project.load(stream)
    assert asked(project, minEdgeWeight=2) == {}


@pytest.mark.parametrize(
    ("keys", "people"),
    [
        ({"pathStartKey": "1_/a", "pathEndKey": "2_/b"}, {1: 1, 2: 1}),
        ({"pathStartKey": "1_/a"}, {1: 2, 2: 1}),
        ({"pathEndKey": "3_/c/1"}, {1: 1}),
        ({"pathDropoffKey": "4_buy"}, {1: 1}),
        ({"pathDropoffKey": "2_/c/2"}, {1: 1}),
        ({"pathDropoffKey": "3_/c/1"}, {}),
    ],
)
def test_those_behind_an_edge_are_found_by_its_keys(
    project: StreamProject, keys: Mapping[str, str], people: Mapping[int, int]
) -> None:
    persons = [
        {"id": person_id(number), "created_at": "2026-01-01 00:00:00", "version": 1}
        for number in (1, 2)
    ]
    project.load(TWO_VISITORS, persons=persons)
    paths = {"kind": "PathsQuery", "pathsFilter": dict(keys)}
    found = project.ask(
        "ActorsQuery",
        select=["id", "event_count"],
        source={"kind": "InsightActorsQuery", "source": paths},
    )
    assert Counter({one: count for one, count in found["results"]}) == {
        person_id(number): count for number, count in people.items()
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"funnelPathsFilter": {"funnelStep": 1}},
            "funnelPathsFilter is not supported in the embedded project.",
        ),
        (
            {"aggregation_group_type_index": 0},
            "Paths of groups are not supported: leave the group type out.",
        ),
    ],
)
def test_what_paths_do_not_answer_is_refused_by_name(
    project: StreamProject, query: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(ApiError) as refused:
        project.ask("PathsQuery", **query)
    assert str(refused.value) == said


def test_a_range_is_of_whole_days_that_end_in_whole_seconds(project: StreamProject) -> None:
    project.place("UTC")
    start = datetime(2026, 3, 29, tzinfo=UTC)
    last = datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC)
    inside, fraction = (start, last), timedelta(microseconds=1)
    stream = [
        Event(name, person, at)
        for person, at in enumerate((*inside, start - fraction, last + fraction))
        for name in ("one", "two")
    ]
    project.load(stream)
    found = project.ask(
        "PathsQuery",
        pathsFilter={"includeEventTypes": ["custom_event"]},
        dateRange={"date_from": "2026-03-29T08:00:00", "date_to": "2026-03-30"},
    )
    [edge] = found["results"]
    assert (edge["source"], edge["target"], edge["value"]) == ("1_one", "2_two", 2)
