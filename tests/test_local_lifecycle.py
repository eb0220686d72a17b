from collections import defaultdict
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, stream_project
from tests.trends_by_hand import tick, ticks
from tools.local.bodies import ApiError
from tools.local.hogql import HogQLError
from tools.local.queries import KINDS
from tools.local.queries.lifecycle import STATUSES
from tools.local.queries.reader import Reader

BERLIN = "Europe/Berlin"
EARLY = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
SINCE = {"hour": "-1d", "day": "-9d", "week": "-16d", "month": "-16d"}
BIRTHS = {number: NOW - timedelta(days=days) for number, days in enumerate((400, 9, 4, 2), 1)}
STREAMS = st.lists(events(("a", "b"), days=24), max_size=30).map(
    lambda found: [Event(e.event, e.person, e.at, person_since=BIRTHS[e.person]) for e in found]
)
FEW = settings(max_examples=15)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("lifecycle")) as made:
        made.place(BERLIN)
        yield made


def node(event=None, **more):
    return {"kind": "EventsNode", "event": event, **more}


def axis(interval):
    """Every interval of the range, after the one before it."""
    here = NOW.astimezone(ZoneInfo(BERLIN)).replace(hour=0, minute=0)
    first = here - timedelta(days=int(SINCE[interval][1:-1]))
    if interval == "month":
        first = first.replace(day=1) - timedelta(days=1)
    else:
        first -= timedelta(days=first.weekday()) if interval == "week" else timedelta()
        first -= EARLY[interval]
    return ticks(first, interval, BERLIN)


def lives(stream, interval):
    """Status by status how many people there are, walking through each one's life."""
    listed = axis(interval)
    counts = {status: defaultdict(int) for status in STATUSES}
    for person, since in BIRTHS.items():
        seen = {tick(one.at, interval, BERLIN) for one in stream if one.person == person}
        born, ever = tick(since, interval, BERLIN), False
        for before, now in zip([None, *listed], listed, strict=False):
            if now in seen:
                status = "returning" if before in seen and ever else "resurrecting"
                status = "new" if now == born and not ever else status
                counts[status][now] += 1
                ever = True
            elif before in seen:
                counts["dormant"][now] -= 1
    return {status: [found[name] for name in listed[1:]] for status, found in counts.items()}


@FEW
@given(stream=STREAMS, interval=st.sampled_from(["hour", "day", "week", "month"]))
def test_everybody_is_new_returns_comes_back_or_stays_away(project, stream, interval):
    project.load(stream)
    body = project.ask(
        "LifecycleQuery",
        series=[node("a")],
        interval=interval,
        dateRange={"date_from": SINCE[interval]},
    )
    mine = [event for event in stream if event.event == "a"]
    found = {one["status"]: one["data"] for one in body["results"]}
    assert found == lives(mine, interval)
    assert body["results"][0]["days"] == axis(interval)[1:]
    assert [one["status"] for one in body["results"]] == list(STATUSES)


@FEW
@given(stream=STREAMS)
def test_as_many_people_are_behind_a_point_as_it_says(project, stream):
    project.load(stream)
    query = {"series": [node("a")], "dateRange": {"date_from": "-5d"}}
    for result in project.ask("LifecycleQuery", **query)["results"]:
        sizes = [
            len(behind(project, query, day=day, status=result["status"])) for day in result["days"]
        ]
        assert sizes == [abs(count) for count in result["data"]]


def behind(project, query, **point):
    kind, reader = KINDS["LifecycleQuery"], Reader.of(project.home)
    asked = {"day": None, "status": None, **point}
    tree = kind.actors(kind.model.model_validate(query), SimpleNamespace(**asked), reader)
    return [row[0] for row in reader.rows(tree)]


def test_merged_people_have_one_life(project):
    days = [NOW - timedelta(days=2), NOW - timedelta(days=1), NOW]
    project.load([Event("a", 1, days[0]), Event("a", 2, days[1]), Event("a", 1, days[2])])
    dates = {"date_from": "-1d"}
    apart = statuses(project.ask("LifecycleQuery", series=[node("a")], dateRange=dates))
    project.load(
        [Event("a", 1, days[0]), Event("a", 2, days[1]), Event("a", 1, days[2])],
        merged={"p2": 1},
    )
    together = statuses(project.ask("LifecycleQuery", series=[node("a")], dateRange=dates))
    assert apart == {"resurrecting": [1, 1], "dormant": [-1, -1]}
    assert together == {"returning": [1, 1]}


def statuses(body):
    return {one["status"]: one["data"] for one in body["results"] if any(one["data"])}


def test_groups_have_lives_from_their_own_beginning(project):
    made = {"created_at": "2026-04-01 10:00:00", "updated_at": "2026-04-01 10:00:00"}
    company = {"index": 0, "key": "acme", "properties": "{}", **made}
    yesterday = NOW - timedelta(days=1)
    project.load(
        [Event("a", 1, yesterday, group="acme"), Event("a", 2, NOW, group="acme")],
        groups=[company],
    )
    body = project.ask(
        "LifecycleQuery",
        series=[node("a")],
        dateRange={"date_from": "-1d"},
        aggregation_group_type_index=0,
    )
    assert statuses(body) == {"new": [1, 0], "returning": [0, 1]}


def test_an_answer_has_the_shape_of_posthogs(project):
    project.load([Event("a", 1, NOW)])
    toggled = {"toggledLifecycles": ["new"]}
    body = project.ask(
        "LifecycleQuery",
        series=[node("a")],
        dateRange={"date_from": "-1d"},
        lifecycleFilter=toggled,
    )
    assert body["results"][2] == {
        "action": {"id": "a", "name": "a", "type": "events", "order": 0, "math": "total"},
        "data": [0.0, 1.0],
        "count": 1.0,
        "labels": ["1-Apr-2026", "2-Apr-2026"],
        "days": ["2026-04-01", "2026-04-02"],
        "label": "a - resurrecting",
        "status": "resurrecting",
    }


def test_more_than_one_series_or_an_unknown_status_is_refused(project):
    with pytest.raises(ApiError, match="series"):
        project.ask("LifecycleQuery", series=[node("a"), node("b")])
    with pytest.raises(HogQLError, match="gone is no status: it is one of new, returning"):
        behind(project, {"series": [node("a")]}, status="gone")
