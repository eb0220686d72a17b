from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import trends_by_hand as hand
from tests.streams import NOW, VISITS, Event, events, stream_project

BERLIN = "Europe/Berlin"
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.sampled_from([None, "", "free", "pro", "max", "gold"]),
        "amount": st.integers(-4, 9) | st.sampled_from([0.5, 2.25]),
    },
)
STREAMS = st.lists(
    events(
        ("a", "b"),
        days=16,
        properties=PROPERTIES,
        session=st.sampled_from(VISITS),
        group=st.sampled_from(["", "acme", "bolt"]),
    ),
    max_size=30,
)
SINCE = {"hour": "-2d", "day": "-10d", "week": "-15d", "month": "-15d"}
FEW = settings(max_examples=10)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("trends")) as made:
        made.place(BERLIN)
        yield made


def node(event=None, **more):
    return {"kind": "EventsNode", "event": event, **more}


def asked(project, *series, **query):
    return project.ask("TrendsQuery", series=list(series), **query)["results"]


def begin(interval):
    """The first instant that counts: of the first interval, but in weeks of the first day."""
    here = NOW.astimezone(ZoneInfo(BERLIN)).replace(hour=0, minute=0)
    days = int(SINCE[interval][1:-1])
    first = here - timedelta(days=days)
    return first.replace(day=1) if interval == "month" else first


def within(stream, interval):
    return [event for event in stream if event.event == "a" and event.at >= begin(interval)]


MEASURED = [
    node("a", math=math, math_property="amount", math_group_type_index=0) for math in hand.MEASURES
]


@settings(max_examples=15)
@given(stream=STREAMS, interval=st.sampled_from(["hour", "day", "week", "month"]))
def test_a_series_is_what_counting_by_hand_gives(project, stream, interval):
    project.load(stream)
    dates = {"date_from": SINCE[interval]}
    results = asked(project, *MEASURED, interval=interval, dateRange=dates)
    listed = hand.ticks(begin(interval), interval, BERLIN)
    for result, (math, measure) in zip(results, hand.MEASURES.items(), strict=True):
        counted = counted_of(within(stream, interval), math, interval)
        expected = hand.series(counted, measure, interval, BERLIN, listed)
        assert result["data"] == pytest.approx(expected), math
        assert result["days"] == listed
        assert result["count"] == pytest.approx(sum(expected))


def counted_of(found, math, interval):
    """The events that a measure counts."""
    if math == "unique_group":
        return [event for event in found if event.group]
    # As PostHog has it: the first interval of counts by person is no whole one.
    start = begin("day") + timedelta(days=10 - int(SINCE[interval][1:-1]))
    return [event for event in found if event.at >= start or not math.endswith("_per_actor")]


@FEW
@given(stream=STREAMS)
def test_a_total_is_of_all_events_of_the_range_at_once(project, stream):
    project.load(stream)
    shown, dates = {"display": "BoldNumber"}, {"date_from": "-10d"}
    results = asked(project, *MEASURED, trendsFilter=shown, dateRange=dates, interval="week")
    for result, (math, measure) in zip(results, hand.MEASURES.items(), strict=True):
        counted = counted_of(within(stream, "day"), math, "day")
        expected = measure(counted) if counted else 0
        assert result["aggregated_value"] == pytest.approx(expected), math
        assert (result["data"], result["days"], result["count"]) == ([], [], 0)


@pytest.mark.parametrize(("math", "days"), [("weekly_active", 7), ("monthly_active", 30)])
@FEW
@given(stream=STREAMS)
def test_people_active_in_a_week_are_those_of_the_days_up_to_each(project, math, days, stream):
    project.load(stream)
    [result] = asked(project, node("a", math=math), dateRange={"date_from": "-10d"})
    mine = [event for event in stream if event.event == "a"]
    listed = hand.ticks(begin("day"), "day", BERLIN)
    assert result["data"] == hand.active(mine, days, BERLIN, listed)


@FEW
@given(stream=STREAMS)
def test_people_active_in_a_week_are_counted_for_every_hour(project, stream):
    project.load(stream)
    dates = {"date_from": "-4h"}
    [result] = asked(project, node(math="weekly_active"), dateRange=dates, interval="hour")
    now = NOW.astimezone(ZoneInfo(BERLIN)).replace(minute=0)
    expected = []
    for hour in range(4, -1, -1):
        end = now - timedelta(hours=hour - 1)
        # Seven days by the calendar, in which clocks were put forward once.
        start = end - timedelta(days=7)
        expected.append(len({one.person for one in stream if start <= one.at < end}))
    assert result["data"] == expected


@FEW
@given(stream=STREAMS)
def test_where_weeks_are_counted_the_active_of_a_week_are_its_people(project, stream):
    project.load(stream)
    by_week = {"interval": "week", "dateRange": {"date_from": "-15d"}}
    active = asked(project, node("a", math="weekly_active"), **by_week)
    people = asked(project, node("a", math="dau"), **by_week)
    assert [one["data"] for one in active] == [one["data"] for one in people]


@FEW
@given(stream=STREAMS)
def test_the_active_of_a_total_are_those_of_its_last_days(project, stream):
    project.load(stream)
    shown = {"display": "BoldNumber"}
    [result] = asked(project, node("a", math="weekly_active"), trendsFilter=shown)
    mine = [event for event in stream if event.event == "a"]
    today = [hand.tick(NOW, "day", BERLIN)]
    assert [result["aggregated_value"]] == hand.active(mine, 7, BERLIN, today)


def firsts(stream, *, matching):
    """Each person's first event, if it counts; the first that counts where matching is asked."""
    found = {}
    for event in sorted(stream, key=lambda one: one.at):
        counts = event.properties.get("plan") == "pro"
        if event.event == "a" and (counts or not matching):
            known = found.setdefault(event.person, event)
            if counts and known.at == event.at:
                found[event.person] = event
    return [one for one in found.values() if one.properties.get("plan") == "pro"]


@pytest.mark.parametrize("matching", [False, True])
@FEW
@given(stream=STREAMS)
def test_first_times_count_a_person_once_ever(project, matching, stream):
    project.load(stream)
    math = "first_matching_event_for_user" if matching else "first_time_for_user"
    only = [{"key": "plan", "value": "pro", "type": "event", "operator": "exact"}]
    [result] = asked(
        project, node("a", math=math, properties=only), dateRange={"date_from": "-10d"}
    )
    listed = hand.ticks(begin("day"), "day", BERLIN)
    counted = firsts(stream, matching=matching)
    assert result["data"] == hand.series(counted, len, "day", BERLIN, listed)


@pytest.mark.parametrize("math", ["total", "dau", "sum"])
@FEW
@given(stream=STREAMS)
def test_cumulative_values_add_up_and_count_a_person_once(project, math, stream):
    project.load(stream)
    shown = {"display": "ActionsLineGraphCumulative"}
    measured = node("a", math=math, math_property="amount")
    [result] = asked(project, measured, trendsFilter=shown, dateRange={"date_from": "-10d"})
    listed = hand.ticks(begin("day"), "day", BERLIN)
    counted = within(stream, "day")
    expected = []
    for day in listed:
        before = [one for one in counted if hand.tick(one.at, "day", BERLIN) <= day]
        expected.append(hand.MEASURES[math](before))
    assert result["data"] == pytest.approx(expected)
    assert result["count"] == pytest.approx(expected[-1])


@FEW
@given(stream=STREAMS)
def test_events_of_merged_people_are_of_one_person(project, stream):
    project.load(stream, merged={"p2": 1, "p3": 1})
    [result] = asked(project, node("a", math="dau"), dateRange={"date_from": "-10d"})
    one = {1: 1, 2: 1, 3: 1, 4: 4}
    listed = hand.ticks(begin("day"), "day", BERLIN)
    expected = hand.series(
        within(stream, "day"),
        lambda found: len({one[event.person] for event in found}),
        "day",
        BERLIN,
        listed,
    )
    assert result["data"] == expected


@FEW
@given(stream=STREAMS, week_start=st.sampled_from([0, 1]))
def test_weeks_begin_on_the_day_of_the_project(project, stream, week_start):
    project.place(BERLIN, week_start=week_start)
    try:
        project.load(stream)
        [result] = asked(project, node(), interval="week", dateRange={"date_from": "-15d"})
    finally:
        project.place(BERLIN)
    first = NOW.astimezone(ZoneInfo(BERLIN)).replace(hour=0, minute=0) - timedelta(days=15)
    listed = hand.ticks(first, "week", BERLIN, week_start)
    counted = [one for one in stream if one.at >= first]
    parts = [hand.tick(one.at, "week", BERLIN, week_start) for one in counted]
    assert result["days"] == listed
    assert result["data"] == [parts.count(name) for name in listed]


def test_a_duration_is_of_sessions_each_counted_once(project):
    start = NOW - timedelta(hours=3)
    visits = [
        Event("a", 1, start, session=VISITS[0]),
        Event("a", 1, start + timedelta(minutes=10), session=VISITS[0]),
        Event("a", 2, start, session=VISITS[1]),
        Event("b", 2, start + timedelta(minutes=2), session=VISITS[1]),
    ]
    project.load(visits)
    measured = node("a", math="avg", math_property="$session_duration")
    [result] = asked(project, measured, trendsFilter={"display": "BoldNumber"})
    assert result["aggregated_value"] == 360


def test_an_action_is_a_series_with_its_own_name(project):
    step = {"event": "a", "properties": [{"key": "plan", "value": "pro", "type": "event"}]}
    action = {"id": 5, "name": "Bought pro", "steps": [step, {"event": "c"}], "deleted": False}
    project.home.meta.put_documents({"action": [action]})
    project.load(
        [Event("a", 1, NOW, {"plan": "pro"}), Event("a", 1, NOW), Event("c", 2, NOW)],
    )
    [result] = asked(project, {"kind": "ActionsNode", "id": 5, "math": "dau"})
    assert (result["label"], result["count"]) == ("Bought pro", 2)


def test_filters_of_the_query_and_of_test_accounts_hold_for_every_series(project):
    staff = {"key": "plan", "value": "free", "type": "person", "operator": "is_not"}
    project.home.meta.remember("test_account_filters", [staff])
    project.load(
        [
            Event("a", 1, NOW, {"amount": 1}, person_properties={"plan": "free"}),
            Event("a", 2, NOW, {"amount": 2}, person_properties={"plan": "pro"}),
            Event("b", 3, NOW, {"amount": 3}),
        ]
    )
    dear = {"key": "amount", "value": 2, "type": "event", "operator": "gte"}
    either = {"type": "OR", "values": [{"type": "AND", "values": [dear]}]}
    everybody = asked(project, node("a"), node("b"))
    ours = asked(project, node("a"), node("b"), filterTestAccounts=True)
    large = asked(project, node("a"), node("b"), properties=either)
    project.home.meta.remember("test_account_filters", [])
    assert [one["count"] for one in everybody] == [2, 1]
    assert [one["count"] for one in ours] == [1, 1]
    assert [one["count"] for one in large] == [1, 1]


def test_all_time_begins_with_the_first_event(project):
    project.load([Event("a", 1, NOW - timedelta(days=40)), Event("a", 1, NOW)])
    [result] = asked(project, node("a"), dateRange={"date_from": "all"}, interval="month")
    assert (result["days"], result["data"]) == (
        ["2026-02-01", "2026-03-01", "2026-04-01"],
        [1, 0, 1],
    )
