"""RetentionQuery against a count in plain Python, on events by hand and by hypothesis."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.streams import NOW, Event, events, stream_project
from tools.local.bodies import ApiError

A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with stream_project(tmp_path_factory.mktemp("retention")) as made:
        yield made


def counts(body):
    return [[value["count"] for value in row["values"]] for row in body["results"]]


def retained(events, *, zone, period, ahead, kind, start, back, least=1, cumulative=False):
    """The same triangle, day by day in Python; `start` and `back` are tests of an event."""
    place = ZoneInfo(zone)
    edges = _edges(NOW.astimezone(place), period, ahead)
    table = [[0] * ahead for _ in range(ahead)]
    people = defaultdict(list)
    for event in events:
        people[event.person].append(event)
    for own in people.values():
        begun = _begun(own, edges, kind, start)
        visits = [_number(edges, event.at) for event in own if back(event)]
        for first in begun:
            lags = {0} | {
                number - first
                for number in visits
                if number is not None and number > first and visits.count(number) >= least
            }
            lags = {lag for lag in lags if lag < ahead}
            for lag in range(max(lags) + 1) if cumulative else lags:
                table[first][lag] += 1
    return table


def _begun(own, edges, kind, start):
    numbers = {_number(edges, event.at) for event in own if start(event)} - {None}
    if kind == "retention_recurring":
        return numbers
    known = [event.at for event in own if start(event)]
    if kind == "retention_first_ever_occurrence":
        ever = [event.at for event in own if event.event == "a"]
        known = known if known and min(ever) == min(known) else []
    return {_number(edges, min(known))} - {None} if known else set()


def _edges(now, period, ahead):
    """Where the intervals begin, the last one being the one that now lies in; and its end."""
    at = now.replace(minute=0, second=0, microsecond=0)
    if period == "Day":
        at = at.replace(hour=0)
        return [at + A_DAY * (number - ahead + 1) for number in range(ahead + 1)]
    if period == "Week":
        at = at.replace(hour=0) - A_DAY * at.weekday()
        return [at + 7 * A_DAY * (number - ahead + 1) for number in range(ahead + 1)]
    if period == "Month":
        months = [at.year * 12 + at.month - 1 + number - ahead + 1 for number in range(ahead + 1)]
        return [at.replace(year=m // 12, month=m % 12 + 1, day=1, hour=0) for m in months]
    # The range of hours ends with the hour after the present one's end, which is the next hour.
    hours = [
        at.astimezone(UTC) + timedelta(hours=number - ahead + 1) for number in range(ahead + 1)
    ]
    return [hour.astimezone(now.tzinfo) for hour in hours]


def _number(edges, at):
    found = [number for number, edge in enumerate(edges) if edge.timestamp() <= at.timestamp()]
    return found[-1] if found and found[-1] < len(edges) - 1 else None


def entity(name, **more):
    return {"id": name, "type": "events", **more}


STREAMS = st.lists(
    events(days=60, properties=st.fixed_dictionaries({"plan": st.sampled_from(["x", "y"])})),
    max_size=25,
)
CLOSE = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@CLOSE
@given(
    stream=STREAMS,
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Europe/Berlin"]),
    period=st.sampled_from(["Hour", "Day", "Week", "Month"]),
    kind=st.sampled_from(
        ["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"]
    ),
    least=st.sampled_from([1, 1, 2]),
    cumulative=st.booleans(),
)
@example(
    stream=[Event("a", 1, NOW - timedelta(days=day), {"plan": "x"}) for day in range(40)],
    zone="Europe/Berlin",
    period="Day",
    kind="retention_recurring",
    least=1,
    cumulative=False,
)
@example(
    stream=[Event("a", 1, NOW - timedelta(days=34), {"plan": "x"}), Event("b", 1, NOW)],
    zone="UTC",
    period="Week",
    kind="retention_first_time",
    least=1,
    cumulative=False,
)
def test_the_triangle_is_what_a_count_in_python_says(
    project, stream, zone, period, kind, least, cumulative
):
    project.place(zone)
    project.load(stream)
    body = project.ask(
        "RetentionQuery",
        retentionFilter={
            "period": period,
            "totalIntervals": 5,
            "retentionType": kind,
            "minimumOccurrences": least,
            "cumulative": cumulative,
            "targetEntity": entity(
                "a", properties=[{"key": "plan", "value": "x", "type": "event"}]
            ),
            "returningEntity": entity("b"),
        },
    )
    assert counts(body) == retained(
        stream,
        zone=zone,
        period=period,
        ahead=5,
        kind=kind,
        start=lambda event: event.event == "a" and event.properties["plan"] == "x",
        back=lambda event: event.event == "b",
        least=least,
        cumulative=cumulative,
    )


@pytest.mark.parametrize("period", ["Hour", "Day", "Week", "Month"])
def test_who_came_for_the_first_time_just_before_the_first_interval_is_in_none(project, period):
    project.place("Europe/Berlin")
    edge = _edges(NOW.astimezone(ZoneInfo("Europe/Berlin")), period, 3)[0]
    before = [edge - timedelta(minutes=minutes) for minutes in (1, 59, 61, 1500, 4 * 1440)]
    project.load([Event("a", person, at) for person, at in enumerate([edge, *before], 1)])
    chosen = {"period": period, "totalIntervals": 3, "retentionType": "retention_first_time"}
    named = {"targetEntity": entity("a"), "returningEntity": entity("a")}
    body = project.ask("RetentionQuery", retentionFilter={**chosen, **named})
    assert counts(body) == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_an_answer_names_days_and_their_numbers(project):
    project.place("Europe/Berlin")
    project.load([Event("$pageview", 1, datetime(2026, 3, 30, 8, tzinfo=UTC))])
    body = project.ask("RetentionQuery", retentionFilter={"period": "Day"})
    assert [row["date"] for row in body["results"]] == [
        "2026-03-26T00:00:00+01:00",
        "2026-03-27T00:00:00+01:00",
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
        "2026-03-31T00:00:00+02:00",
        "2026-04-01T00:00:00+02:00",
        "2026-04-02T00:00:00+02:00",
    ]
    assert [row["label"] for row in body["results"]][:2] == ["Day 0", "Day 1"]
    assert [value["label"] for value in body["results"][0]["values"]][-1] == "Day 7"
    assert counts(body)[4] == [1, 0, 0, 0, 0, 0, 0, 0]
    assert body["resolved_date_range"]["date_from"] == "2026-03-26T00:00:00+01:00"
    assert body["resolved_date_range"]["date_to"] == "2026-04-02T23:59:59.999999+02:00"


def test_a_range_of_its_own_is_widened_to_whole_intervals(project):
    project.place("UTC", week_start=0)
    project.load([])
    body = project.ask(
        "RetentionQuery",
        retentionFilter={"period": "Week", "totalIntervals": 3},
        dateRange={"date_from": "2026-03-04", "date_to": "2026-03-18"},
    )
    assert [row["date"] for row in body["results"]] == [
        "2026-03-01T00:00:00Z",
        "2026-03-08T00:00:00Z",
        "2026-03-15T00:00:00Z",
    ]
    assert counts(body) == [[0, 0, 0]] * 3


def test_a_merged_person_is_one_and_a_group_is_counted_by_its_key(project):
    project.place("UTC")
    yesterday = NOW - A_DAY
    project.load(
        [
            Event("a", 1, yesterday, group="acme"),
            Event("a", 2, NOW, distinct_id="other", group="acme"),
            Event("a", 3, NOW),
        ],
        merged={"other": 1},
    )
    asked = {
        "period": "Day",
        "totalIntervals": 2,
        "targetEntity": entity("a"),
        "returningEntity": entity("a"),
    }
    assert counts(project.ask("RetentionQuery", retentionFilter=asked)) == [[1, 1], [2, 0]]
    groups = project.ask("RetentionQuery", retentionFilter=asked, aggregation_group_type_index=0)
    assert counts(groups) == [[1, 1], [1, 0]]


def test_each_value_of_a_split_has_a_triangle_of_the_people_who_began_with_it(project):
    project.place("UTC")
    plans = ["x", "x", "y", "z", None]
    project.load(
        [
            Event("a", number, NOW - A_DAY, {} if plan is None else {"plan": plan})
            for number, plan in enumerate(plans)
        ]
        + [Event("a", 0, NOW, {"plan": "y"})]
    )
    body = project.ask(
        "RetentionQuery",
        retentionFilter={
            "period": "Day",
            "totalIntervals": 2,
            "targetEntity": entity("a"),
            "returningEntity": entity("a"),
        },
        breakdownFilter={
            "breakdowns": [{"property": "plan", "type": "event"}],
            "breakdown_limit": 2,
        },
    )
    found = [(row["breakdown_value"], row["label"]) for row in body["results"]]
    other = "$$_posthog_breakdown_other_$$"
    assert found == [(value, f"Day {day}") for value in ("x", "", other) for day in (0, 1)]
    assert counts(body) == [[2, 1], [1, 0], [1, 0], [0, 0], [2, 0], [0, 0]]


REFUSED = {
    "retentionFilter.timeWindowMode": {"timeWindowMode": "24_hour_windows"},
    "retentionFilter.retentionCustomBrackets": {"retentionCustomBrackets": [1, 3]},
    "retentionFilter.aggregationType": {"aggregationType": "sum"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_the_result_and_is_not_done_is_refused_by_name(project, name):
    with pytest.raises(ApiError, match=name):
        project.ask("RetentionQuery", retentionFilter=REFUSED[name])


def test_a_split_by_two_properties_is_refused(project):
    parts = [{"property": "plan"}, {"property": "amount"}]
    with pytest.raises(ApiError, match="one property"):
        project.ask("RetentionQuery", retentionFilter={}, breakdownFilter={"breakdowns": parts})
