from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.objects_fixtures import NOW, Event, behavior, filters
from tests.streams import events, person_id, stream_project
from tools.local.cohorts.criteria import read_criteria
from tools.local.cohorts.members import members
from tools.local.queries.reader import Reader

STREAMS = st.lists(
    events(("a", "b"), days=40, properties=st.fixed_dictionaries({"plan": st.sampled_from("xy")})),
    max_size=25,
)
FEW = settings(max_examples=12)
FROM_X = [{"type": "event", "key": "plan", "value": ["x"], "operator": "exact"}]
MIDNIGHT = NOW.replace(hour=0, minute=0)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("criteria")) as made:
        yield made


def found(project, *criteria, how="AND"):
    """The numbers of the persons who meet criteria."""
    reader = Reader.of(project.home)
    tree = members(read_criteria(filters(*criteria, how=how)), reader)
    return sorted(int(row[0][-12:]) for row in reader.rows(tree))


def those(stream, test, name="a"):
    return {event.person for event in stream if event.event == name and test(event)}


def days(count):
    """Events since midnight so many days ago."""
    return lambda event: event.at >= MIDNIGHT - timedelta(days=count)


@FEW
@given(STREAMS)
def test_who_did_something_in_the_last_days_did_it_since_midnight_then(project, stream):
    project.load(stream)
    assert found(project, behavior()) == sorted(those(stream, days(7)))
    hours = NOW.replace(minute=0) - timedelta(hours=30)
    lately = behavior(time_value=30, time_interval="hour")
    assert found(project, lately) == sorted(those(stream, lambda event: event.at >= hours))
    with_x = behavior(event_filters=FROM_X)
    wanted = those(stream, lambda event: days(7)(event) and event.properties["plan"] == "x")
    assert found(project, with_x) == sorted(wanted)


@FEW
@given(STREAMS)
def test_between_two_dates_both_days_count(project, stream):
    project.load(stream)
    dates = behavior(explicit_datetime="2026-03-10", explicit_datetime_to="2026-03-20")
    wanted = those(
        stream, lambda event: "2026-03-10" <= event.at.date().isoformat() <= "2026-03-20"
    )
    assert found(project, dates) == sorted(wanted)


OPERATORS = {
    "gte": lambda times: times >= 2,
    "lte": lambda times: 0 < times <= 2,
    "gt": lambda times: times > 2,
    "lt": lambda times: 0 < times < 2,
    "exact": lambda times: times == 2,
    None: lambda times: times == 2,
}


@pytest.mark.parametrize("operator", OPERATORS)
@settings(max_examples=4)
@given(stream=STREAMS)
def test_a_number_of_times_is_counted_over_the_exact_length_of_time(project, operator, stream):
    project.load(stream)
    since = NOW - timedelta(days=7)
    times = {number: 0 for number in range(1, 5)}
    for event in stream:
        times[event.person] += event.event == "a" and event.at > since
    wanted = [number for number, count in times.items() if OPERATORS[operator](count)]
    often = behavior("performed_event_multiple", operator=operator, operator_value=2)
    assert found(project, often) == wanted


@FEW
@given(STREAMS)
def test_the_first_time_ever_must_lie_in_the_window(project, stream):
    project.load(stream)
    first = {}
    for event in sorted(stream, key=lambda event: event.at):
        if event.event == "a":
            first.setdefault(event.person, event.at)
    wanted = [person for person, at in first.items() if at >= MIDNIGHT - timedelta(days=7)]
    assert found(project, behavior("performed_event_first_time")) == sorted(wanted)


@pytest.mark.parametrize("second", ["a", "b"])
@FEW
@given(stream=STREAMS)
def test_a_sequence_is_two_different_events_close_together(project, second, stream):
    project.load(stream)
    wanted = {
        one.person
        for at, one in enumerate(stream)
        for later, other in enumerate(stream)
        if at != later
        and (one.event, other.event) == ("a", second)
        and one.person == other.person
        and days(20)(one)
        and timedelta(0) <= other.at - one.at <= timedelta(days=2)
    }
    asked = behavior(
        "performed_event_sequence",
        time_value=20,
        seq_event=second,
        seq_event_type="events",
        seq_time_value=2,
        seq_time_interval="day",
    )
    assert found(project, asked) == sorted(wanted)


@FEW
@given(STREAMS, st.sampled_from([("day", 1), ("day", 3), ("week", 1)]))
def test_regularly_means_in_enough_of_the_periods_before_today(project, stream, period):
    project.load(stream)
    unit, length = period
    step = timedelta(days=length * (7 if unit == "week" else 1))
    start = MIDNIGHT - step * 4
    done = {}
    for event in stream:
        if event.event == "a" and start <= event.at < MIDNIGHT:
            done.setdefault(event.person, []).append((event.at - start) // step)
    wanted = [person for person, periods in done.items() if len(set(periods)) >= 2]
    asked = behavior(
        "performed_event_regularly",
        time_value=length,
        time_interval=unit,
        operator="gte",
        operator_value=1,
        min_periods=2,
        total_periods=4,
    )
    assert found(project, asked) == sorted(wanted)


SINCE_THEN = {"time_value": 20, "seq_time_value": 5, "seq_time_interval": "day"}


@FEW
@given(STREAMS)
def test_who_stopped_did_it_before_and_not_lately(project, stream):
    project.load(stream)
    wanted = those(stream, days(20)) - those(stream, days(5))
    assert found(project, behavior("stopped_performing_event", **SINCE_THEN)) == sorted(wanted)


@FEW
@given(STREAMS)
def test_who_restarted_had_done_it_long_ago_and_not_in_between(project, stream):
    project.load(stream)
    lately, between = days(5), days(20)
    until = MIDNIGHT - timedelta(days=4)
    middle = those(stream, lambda event: between(event) and event.at < until)
    before = those(stream, lambda event: not lately(event))
    wanted = (those(stream, lately) & before) - middle
    assert found(project, behavior("restarted_performing_event", **SINCE_THEN)) == sorted(wanted)


A, B = behavior(), behavior(key="b")
NOT_A, NOT_B = behavior(negation=True), behavior(key="b", negation=True)
LONG_A = behavior(time_value=30)
GROUPS = {
    "both": ([A, B], "AND", lambda a, b, long: a & b),
    "either": ([A, B], "OR", lambda a, b, long: a | b),
    "one without the other": ([A, NOT_B], "AND", lambda a, b, long: a - b),
    "in another order": ([NOT_B, A], "AND", lambda a, b, long: a - b),
    "groups in groups": (
        [LONG_A, {"type": "OR", "values": [NOT_A, B]}],
        "AND",
        lambda a, b, long: long - (a - b),
    ),
    "none of two": (
        [LONG_A, {"type": "AND", "values": [NOT_A, NOT_B]}],
        "AND",
        lambda a, b, long: long - (a | b),
    ),
    "not both": (
        [LONG_A, {"type": "OR", "values": [NOT_A, NOT_B]}],
        "AND",
        lambda a, b, long: long - (a & b),
    ),
}


@pytest.mark.parametrize("name", GROUPS)
@settings(max_examples=4)
@given(stream=STREAMS)
def test_groups_of_criteria_are_sets(project, name, stream):
    project.load(stream)
    criteria, how, expected = GROUPS[name]
    a, b = those(stream, days(7)), those(stream, days(7), "b")
    wanted = expected(a, b, those(stream, days(30)))
    assert found(project, *criteria, how=how) == sorted(wanted)


def test_merged_persons_are_one(project):
    stream = [Event("a", 2, NOW - timedelta(days=1), distinct_id="old")]
    project.load(stream, merged={"old": 1})
    assert found(project, behavior()) == [1]


def test_persons_are_judged_by_what_they_are_now(project):
    rows = [
        {
            "id": person_id(1),
            "created_at": "2026-01-01",
            "properties": '{"plan":"x"}',
            "version": 1,
        },
        {
            "id": person_id(2),
            "created_at": "2026-02-01",
            "properties": '{"plan":"y"}',
            "version": 1,
        },
        {
            "id": person_id(2),
            "created_at": "2026-02-01",
            "properties": '{"plan":"x"}',
            "version": 2,
        },
        {"id": person_id(3), "created_at": "2026-03-01", "properties": "{}", "version": 1},
    ]
    project.load([], persons=rows)
    plan = {"type": "person", "key": "plan", "operator": "exact", "value": ["x"]}
    assert found(project, plan) == [1, 2]
    assert found(project, {"type": "person", "key": "plan", "operator": "is_not_set"}) == [3]
    young = {"type": "person_metadata", "key": "created_at", "operator": "is_date_after"}
    assert found(project, {**young, "value": "2026-01-15"}) == [2, 3]
