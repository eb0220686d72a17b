from collections import Counter, defaultdict
from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, person_id, stream_project
from tests.trends_by_hand import tick, ticks
from tools.local.bodies import ApiError
from tools.local.hogql import HogQLError
from tools.local.queries import KINDS
from tools.local.queries.reader import Reader

NEW_YORK = "America/New_York"
STREAMS = st.lists(
    events(("a", "b"), days=20, group=st.sampled_from(["", "acme", "bolt"])), max_size=30
)
FEW = settings(max_examples=12)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("stickiness")) as made:
        made.place(NEW_YORK)
        yield made


def node(event=None, **more):
    return {"kind": "EventsNode", "event": event, **more}


def counted(stream, interval, listed, *, least=1, who="person"):
    """How many are there in one interval, in two …, each interval with enough events."""
    times = Counter((getattr(one, who), tick(one.at, interval, NEW_YORK)) for one in stream)
    found = defaultdict(set)
    for (actor, name), count in times.items():
        if name in listed and count >= least and actor:
            found[actor].add(name)
    sizes = Counter(len(names) for names in found.values())
    return [sizes[number] for number in range(1, len(listed) + 1)]


def first(days, interval):
    """The first instant that counts: of the first interval, but in weeks of the first day."""
    here = NOW.astimezone(ZoneInfo(NEW_YORK)).replace(hour=0, minute=0) - timedelta(days=days)
    return here.replace(day=1) if interval == "month" else here


@FEW
@given(stream=STREAMS, interval=st.sampled_from(["day", "week", "month"]), least=st.integers(1, 2))
def test_people_are_counted_by_the_number_of_their_intervals(project, stream, interval, least):
    project.load(stream)
    body = project.ask(
        "StickinessQuery",
        series=[node("a")],
        interval=interval,
        dateRange={"date_from": "-9d"},
        stickinessFilter={"stickinessCriteria": {"operator": "gte", "value": least}},
    )
    since = first(9, interval)
    mine = [event for event in stream if event.event == "a" and event.at >= since]
    listed = ticks(since, interval, NEW_YORK)
    [result] = body["results"]
    assert result["data"] == counted(mine, interval, listed, least=least)
    assert result["days"] == list(range(1, len(listed) + 1))
    assert result["count"] == sum(result["data"])


@FEW
@given(stream=STREAMS)
def test_cumulative_counts_hold_those_of_more_intervals(project, stream):
    project.load(stream)
    asked = {"series": [node()], "dateRange": {"date_from": "-9d"}}
    [plain] = project.ask("StickinessQuery", **asked)["results"]
    shown = {"computedAs": "cumulative"}
    [result] = project.ask("StickinessQuery", **asked, stickinessFilter=shown)["results"]
    assert result["data"] == [sum(plain["data"][at:]) for at in range(len(plain["data"]))]
    assert result["count"] == plain["count"]
    assert result["labels"][:2] == ["1 day or more", "2 days or more"]


@FEW
@given(stream=STREAMS)
def test_groups_are_counted_in_place_of_people(project, stream):
    project.load(stream)
    listed = ticks(first(9, "day"), "day", NEW_YORK)
    expected = counted(stream, "day", listed, who="group")
    asked = {"dateRange": {"date_from": "-9d"}}
    of_group = [node(math="unique_group", math_group_type_index=0)]
    by_math = project.ask("StickinessQuery", series=of_group, **asked)
    of_query = project.ask(
        "StickinessQuery", series=[node()], aggregation_group_type_index=0, **asked
    )
    assert by_math["results"][0]["data"] == expected
    assert of_query["results"][0]["data"] == expected


@FEW
@given(stream=STREAMS, size=st.integers(1, 4))
def test_intervals_taken_together_are_counted_back_from_the_end(project, stream, size):
    project.load(stream)
    body = project.ask(
        "StickinessQuery",
        series=[node()],
        dateRange={"date_from": "-9d"},
        intervalCount=size,
    )
    here = NOW.astimezone(ZoneInfo(NEW_YORK)).date()
    found = defaultdict(set)
    for event in stream:
        ago = (here - event.at.astimezone(ZoneInfo(NEW_YORK)).date()).days
        if ago <= 9:
            found[event.person].add(ago // size)
    sizes = Counter(map(len, found.values()))
    expected = [sizes[number] for number in range(1, -(-10 // size) + 1)]
    assert body["results"][0]["data"] == expected


@FEW
@given(stream=STREAMS, cumulative=st.booleans())
def test_as_many_people_are_behind_a_number_as_it_says(project, stream, cumulative):
    project.load(stream)
    shown = {"computedAs": "cumulative"} if cumulative else None
    query = {"series": [node("a")], "dateRange": {"date_from": "-9d"}, "stickinessFilter": shown}
    [result] = project.ask("StickinessQuery", **query)["results"]
    sizes = [len(behind(project, query, day=number)) for number in result["days"]]
    assert sizes == result["data"]


def behind(project, query, **point):
    kind, reader = KINDS["StickinessQuery"], Reader.of(project.home)
    asked = {"day": None, "series": 0, "compare": None, **point}
    tree = kind.actors(kind.model.model_validate(query), SimpleNamespace(**asked), reader)
    return [row[0] for row in reader.rows(tree)]


def test_a_period_is_compared_with_the_one_before(project):
    week_ago = NOW - timedelta(days=7)
    project.load([Event("a", 1, NOW), Event("a", 2, week_ago), Event("a", 3, week_ago)])
    query = {
        "series": [node("a")],
        "dateRange": {"date_from": "2026-04-01"},
        "compareFilter": {"compare": True, "compare_to": "-1w"},
    }
    body = project.ask("StickinessQuery", **query)
    shown = [(one["compare"], one["compare_label"], one["data"]) for one in body["results"]]
    assert shown == [(True, "current", [1, 0]), (True, "previous", [2, 0])]
    people = behind(project, query, day=1, compare="previous")
    assert sorted(people) == [person_id(2), person_id(3)]


def test_an_answer_has_the_shape_of_posthogs(project):
    project.load([Event("a", 1, NOW)])
    body = project.ask(
        "StickinessQuery", series=[node("a")], dateRange={"date_from": "-1d"}, interval="day"
    )
    assert body["results"] == [
        {
            "count": 1,
            "data": [1, 0],
            "days": [1, 2],
            "label": "a",
            "labels": ["1 day", "2 days"],
            "action": {"order": 0, "type": "events", "name": "a", "id": "a"},
        }
    ]


def test_what_is_not_counted_is_refused(project):
    with pytest.raises(ApiError, match="Stickiness counts persons or groups, not sum"):
        project.ask("StickinessQuery", series=[node("a", math="sum", math_property="x")])


def test_a_point_is_found_by_a_number_of_intervals(project):
    with pytest.raises(HogQLError, match="is a number of intervals: 2026-04-02"):
        behind(project, {"series": [node("a")]}, day="2026-04-02")


def test_a_range_ends_in_whole_seconds(project):
    last = datetime(2026, 3, 30, 23, 59, 59, tzinfo=ZoneInfo(NEW_YORK))
    instants = (last - timedelta(days=1), last, last + timedelta(microseconds=1))
    project.load([Event("a", number, at) for number, at in enumerate(instants)])
    dates = {"date_from": "2026-03-29", "date_to": "2026-03-30"}
    body = project.ask("StickinessQuery", series=[node("a")], dateRange=dates)
    assert body["results"][0]["data"] == [2, 0]
