from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, person_id, stream_project
from tools.local.queries import KINDS
from tools.local.queries.reader import Reader

STREAMS = st.lists(
    events(
        ("a", "b"),
        days=20,
        properties=st.fixed_dictionaries(
            {}, optional={"plan": st.sampled_from(["pro", "free", ""]), "amount": st.integers(0, 9)}
        ),
    ),
    max_size=25,
)
FEW = settings(max_examples=10)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("points")) as made:
        yield made


def node(event=None, **more):
    return {"kind": "EventsNode", "event": event, **more}


def behind(project, query, **point):
    """Who is behind a point, by the number of their events."""
    kind, reader = KINDS["TrendsQuery"], Reader.of(project.home)
    asked = {"day": None, "series": 0, "breakdown": None, "compare": None, **point}
    tree = kind.actors(kind.model.model_validate(query), SimpleNamespace(**asked), reader)
    return dict(reader.rows(tree))


MATHS = ("dau", "weekly_active", "first_time_for_user", "first_matching_event_for_user")


@pytest.mark.parametrize("math", MATHS)
@pytest.mark.parametrize("compare", ["current", "previous"])
@FEW
@given(stream=STREAMS)
def test_as_many_people_are_behind_a_point_as_it_says(project, math, compare, stream):
    project.load(stream)
    pro = [{"key": "plan", "value": "pro", "type": "event", "operator": "exact"}]
    query = {
        "series": [node(), node("a", math=math, properties=pro)],
        "compareFilter": {"compare": True},
    }
    results = project.ask("TrendsQuery", **query)["results"]
    result = results[1 if compare == "current" else 3]
    shown = [
        len(behind(project, query, day=day, series=1, compare=compare))
        for day in results[1]["days"]
    ]
    assert shown == result["data"]


@FEW
@given(stream=STREAMS)
def test_as_many_people_are_behind_a_breakdown_value_as_it_says(project, stream):
    project.load(stream)
    totals = {"display": "BoldNumber"}
    for found in (
        {"breakdown": "plan"},
        {"breakdowns": [{"property": "plan"}]},
        {"breakdown": "vip", "breakdown_type": "person"},
    ):
        query = {"series": [node(math="dau")], "breakdownFilter": found, "trendsFilter": totals}
        for result in project.ask("TrendsQuery", **query)["results"]:
            people = behind(project, query, breakdown=result["breakdown_value"])
            assert len(people) == result["aggregated_value"]


def test_people_are_behind_a_range_of_numbers(project):
    project.load([Event("a", number, NOW, {"amount": number}) for number in (1, 2, 3)])
    found = {"breakdown": "amount", "breakdown_histogram_bin_count": 2}
    query = {"series": [node("a")], "breakdownFilter": found}
    for value, people in {"[1,2]": [1], "[2,3.01]": [2, 3], '["",""]': [1, 2, 3]}.items():
        behind_it = behind(project, query, day="2026-04-02", breakdown=value)
        assert sorted(behind_it) == [person_id(number) for number in people]


def test_people_behind_a_point_come_with_the_number_of_their_events(project):
    project.load([Event("a", 1, NOW), Event("a", 1, NOW), Event("a", 2, NOW)])
    found = behind(project, {"series": [node("a")]}, day="2026-04-02")
    assert found == {person_id(1): 2, person_id(2): 1}


@pytest.mark.parametrize("math", ["total", *MATHS])
def test_people_are_counted_up_to_the_whole_second_that_a_range_ends_in(project, math):
    last = datetime(2026, 3, 30, 23, 59, 59, tzinfo=UTC)
    fraction = timedelta(microseconds=1)
    instants = {1: last - timedelta(days=1) + fraction, 2: last, 3: last + fraction}
    project.load([Event("a", number, at) for number, at in instants.items()])
    dates = {"date_from": "2026-03-29", "date_to": "2026-03-30"}
    query = {"series": [node("a", math=math)], "dateRange": dates}
    [result] = project.ask("TrendsQuery", **query)["results"]
    people = [behind(project, query, day=day) for day in result["days"]]
    assert [len(found) for found in people] == result["data"]
    assert person_id(1) in people[0]
    assert person_id(2) in people[1]
    assert person_id(3) not in people[1]


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ({}, "need the day of a point"),
        ({"day": "2026-04-02", "series": 3}, "There is no series 3: the query has 1."),
        ({"day": "soon"}, "'soon' is no date"),
    ],
)
def test_a_point_that_is_not_there_has_nobody_behind_it(project, point, said):
    with pytest.raises(Exception, match=said):
        behind(project, {"series": [node("a")]}, **point)
