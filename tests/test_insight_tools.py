from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean, median

import pytest

from tests import studio_by_hand as hand
from tests.fakes import FakePostHog
from tests.funnels_by_hand import InOrder, Taken
from tests.studio import ZONE, city
from tools.errors import InvalidArguments
from tools.toolbox import Toolbox

MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
QUARTER = {"date_from": "2026-01-01", "date_to": "2026-03-31"}
STARTED, COMPLETED = {"events": ["booking_started"]}, {"events": ["booking_completed"]}
SIGNED = {"events": ["signed_up"]}


def sent(tool, kind, results, **arguments):
    """The table of a query that PostHog answers with these results, and the query."""
    fake = FakePostHog(insights={kind: results}, groups=("company",))
    table = Toolbox(fake.client()).run(tool, arguments)
    return table, fake.asked()[0]


def step(count, average=None, middle=None, **more):
    times = {"average_conversion_time": average, "median_conversion_time": middle}
    return {"count": count, **times, **more}


def test_steps_become_a_funnels_query():
    table, query = sent(
        "run_funnel",
        "FunnelsQuery",
        [step(10), step(4, 60.0, 30.0)],
        steps=[STARTED, COMPLETED | {"first": True}],
        window=2,
        window_unit="hour",
        order="strict",
        exclusions=[{"events": ["cancelled"]}],
        by="sessions",
        **MARCH,
    )
    assert query["series"] == [
        {"kind": "EventsNode", "event": "booking_started", "name": "booking_started"},
        {
            "kind": "EventsNode",
            "event": "booking_completed",
            "name": "booking_completed",
            "math": "first_time_for_user",
        },
    ]
    assert query["funnelsFilter"] == {
        "funnelVizType": "steps",
        "funnelOrderType": "strict",
        "funnelWindowInterval": 2,
        "funnelWindowIntervalUnit": "hour",
        "exclusions": [
            {
                "kind": "EventsNode",
                "event": "cancelled",
                "name": "cancelled",
                "funnelFromStep": 0,
                "funnelToStep": 1,
            }
        ],
        "funnelAggregateByHogQL": "properties.$session_id",
    }
    assert table.columns == (
        "step", "event", "sessions", "% of first", "% of previous", "average seconds",
        "median seconds",
    )  # fmt: skip
    assert table.rows == (
        (1, "booking_started", 10, 100, None, None, None),
        (2, "booking_completed", 4, 40, 40, 60, 30),
    )


def test_a_funnel_that_nobody_entered_has_its_steps_with_nought():
    table, _ = sent("run_funnel", "FunnelsQuery", [], steps=[STARTED, COMPLETED])
    assert [row[2:5] for row in table.rows] == [(0, None, None), (0, None, None)]


def test_values_of_a_funnels_breakdown_beyond_the_limit_are_told():
    results = [
        [step(9 - n, breakdown_value=[f"v{n}"]), step(1, breakdown_value=[f"v{n}"])]
        for n in range(3)
    ]
    results.append([step(5, breakdown_value=["Other"]), step(1, breakdown_value=["Other"])])
    table, query = sent(
        "run_funnel",
        "FunnelsQuery",
        results,
        steps=[STARTED, COMPLETED],
        breakdown={"property": "plan"},
        limit=2,
    )
    assert query["breakdownFilter"] == {
        "breakdown_type": "event",
        "breakdown_limit": 3,
        "breakdown": ["plan"],
    }
    assert [row[:4] for row in table.rows] == [
        ("v0", 1, "booking_started", 9),
        ("v0", 2, "booking_completed", 1),
        ("v1", 1, "booking_started", 8),
        ("v1", 2, "booking_completed", 1),
    ]
    assert not table.whole


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": [STARTED]},
        {"steps": [STARTED, COMPLETED], "exclusions": [STARTED | {"after": 2, "before": 2}]},
        {"steps": [STARTED, COMPLETED], "exclusions": [STARTED | {"before": 3}]},
        {"steps": [STARTED, COMPLETED], "exclusions": [{"events": ["a", "b"]}]},
        {"steps": [STARTED, COMPLETED], "by": "team"},
    ],
    ids=["one step", "no room", "beyond the end", "two events in one", "no such group"],
)
def test_a_funnel_that_makes_no_sense_is_refused_before_it_is_sent(wrong):
    fake = FakePostHog(groups=("company",))
    with pytest.raises(InvalidArguments):
        Toolbox(fake.client()).run("run_funnel", wrong)
    assert fake.asked() == []


def taken(period, names, window, *, kept=None):
    """When each step was taken by everybody who took the first, in plain Python."""
    found = {}
    for person, events in hand.journeys(hand.found(*names, during=period, test=kept)).items():
        machine = InOrder(len(names), window)
        steps = (Taken(one.at.astimezone(UTC), (names.index(one.event) + 1,)) for one in events)
        times = machine.run(steps)
        if times:
            found[person] = times
    return found


def test_a_funnel_is_what_walking_it_by_hand_gives(studio):
    names = ["signed_up", "booking_started", "booking_completed"]
    table = studio.run(
        "run_funnel", steps=[{"events": [name]} for name in names], window=14, **QUARTER
    )
    times = taken(hand.QUARTER, names, timedelta(days=14)).values()
    counts = [sum(len(one) >= n for one in times) for n in (1, 2, 3)]
    seconds = [[(t[n] - t[n - 1]).total_seconds() for t in times if len(t) > n] for n in (1, 2)]
    assert [row[2] for row in table.rows] == counts
    assert [row[5] for row in table.rows[1:]] == pytest.approx([mean(s) for s in seconds])
    assert [row[6] for row in table.rows[1:]] == pytest.approx([median(s) for s in seconds])


def test_a_funnel_is_split_by_what_people_are(studio):
    names = ["signed_up", "booking_completed"]
    table = studio.run(
        "run_funnel",
        steps=[{"events": [name]} for name in names],
        breakdown={"property": "city", "of": "person"},
        **QUARTER,
    )
    times = taken(hand.QUARTER, names, timedelta(days=14))
    expected = {}
    for place in ("Berlin", "Paris", "Rome"):
        of_place = [t for person, t in times.items() if city(person) == place]
        expected[place, 1] = len(of_place)
        expected[place, 2] = sum(len(t) > 1 for t in of_place)
    assert {row[:2]: row[3] for row in table.rows} == expected
    assert table.columns[0] == "person city"


def test_a_funnel_over_time_is_the_share_of_those_who_began(studio):
    table = studio.run(
        "run_funnel", steps=[STARTED, COMPLETED], by="sessions", interval="month", **QUARTER
    )
    began, converted = Counter(), Counter()
    for events in hand.sessions(hand.QUARTER).values():
        names = {one.event for one in events}
        if "booking_started" in names:
            month = f"{events[0].at:%Y-%m}-01"
            began[month] += 1
            converted[month] += "booking_completed" in names
    assert table.columns == ("month", "conversion %")
    assert dict(table.rows) == pytest.approx(
        {month: round(100 * converted[month] / began[month], 2) for month in began}
    )


def test_beginnings_and_returns_become_a_retention_query():
    results = [
        {"values": [{"count": 9}, {"count": 4}, {"count": 1}], "date": "2026-03-02T00:00:00+01:00"}
    ]
    table, query = sent(
        "run_retention",
        "RetentionQuery",
        results,
        start=SIGNED,
        back={"events": ["a", "b"]},
        first=True,
        period="week",
        intervals=2,
        by="company",
        **MARCH,
    )
    several = {"type": "hogql", "key": "event IN ('a', 'b')"}
    assert query["retentionFilter"] == {
        "retentionType": "retention_first_time",
        "period": "Week",
        "totalIntervals": 3,
        "targetEntity": {"id": "signed_up", "name": "signed_up", "type": "events"},
        "returningEntity": {"id": None, "name": None, "type": "events", "properties": [several]},
    }
    assert query["aggregation_group_type_index"] == 0
    assert table.columns == ("cohort", "size", "week 1", "week 2")
    assert table.rows == (("2026-03-02", 9, 4, 1),)


def test_retention_is_what_looking_at_each_person_gives(studio):
    until = datetime(2026, 4, 15, 12, 30, tzinfo=ZONE)
    table = studio.run(
        "run_retention", start=SIGNED, back=COMPLETED, intervals=3, date_from="2026-01-05"
    )
    begins = {
        person: {hand.week(one.at) for one in events}
        for person, events in hand.journeys(hand.found("signed_up")).items()
    }
    period = (datetime(2026, 1, 5, tzinfo=ZONE), until)
    returns = {
        person: {hand.week(one.at) for one in events}
        for person, events in hand.journeys(hand.found("booking_completed", during=period)).items()
    }
    listed = hand.weeks(period)
    for place, row in enumerate(table.rows):
        cohort = [person for person, weeks in begins.items() if listed[place] in weeks]
        back = [
            sum(listed[place + n] in returns.get(person, ()) for person in cohort)
            if place + n < len(listed)
            else 0
            for n in (1, 2, 3)
        ]
        assert row == (listed[place], len(cohort), *back)


def test_lifecycle_tells_how_many_are_dormant_as_a_positive_number(studio):
    table = studio.run(
        "run_lifecycle", activity={"events": ["$pageview"]}, interval="week", **MARCH
    )
    listed = hand.weeks((datetime(2026, 2, 16, tzinfo=ZONE), hand.MARCH[1]))
    active = {
        person: {hand.week(one.at) for one in events}
        for person, events in hand.journeys(hand.found("$pageview")).items()
    }
    born = {
        person: hand.week(events[0].at) for person, events in hand.journeys(hand.found()).items()
    }
    expected = []
    for before, now in pairwise(listed):
        statuses = Counter()
        for person, weeks in active.items():
            if now in weeks and born[person] == now:
                statuses["new"] += 1
            elif now in weeks:
                statuses["returning" if before in weeks else "resurrecting"] += 1
            elif before in weeks:
                statuses["dormant"] += 1
        kinds = ("new", "returning", "resurrecting", "dormant")
        expected.append((now, *(statuses[kind] for kind in kinds)))
    assert table.columns == ("week", "new", "returning", "resurrecting", "dormant")
    assert list(table.rows) == expected


def test_stickiness_counts_on_how_many_days_people_were_active(studio):
    table = studio.run("run_stickiness", activity={"events": ["$pageview"]}, **MARCH)
    days = {
        person: {one.day for one in events}
        for person, events in hand.journeys(hand.found("$pageview", during=hand.MARCH)).items()
    }
    assert table.columns == ("days", "people")
    assert len(table.rows) == 31
    assert Counter({n: people for n, people in table.rows if people}) == Counter(
        map(len, days.values())
    )


def named(one):
    return one.get("$pathname") if one.event == "$pageview" else one.event


def kept(one):
    return not one.event.startswith("$") or one.event == "$pageview"


def test_paths_are_what_following_every_visit_gives(studio):
    page = {"property": "$pathname", "values": ["/pricing"]}
    table = studio.run(
        "run_paths", start={"events": ["$pageview"], "where": [page]}, limit=500, **MARCH
    )
    visits = hand.visits(hand.MARCH, kept, named)
    found = hand.pairs(
        visit[visit.index("/pricing") :][:5] for visit in visits if "/pricing" in visit
    )
    assert table.columns == ("step", "from", "to", "times")
    assert {row[:3]: row[3] for row in table.rows} == dict(found)
    assert table.whole


def test_paths_to_an_end_are_the_steps_before_it(studio):
    table = studio.run("run_paths", end=COMPLETED, limit=500, **MARCH)
    name = "booking_completed"
    visits = hand.visits(hand.MARCH, kept, named)
    found = hand.pairs(visit[: visit.index(name) + 1][-5:] for visit in visits if name in visit)
    assert {row[:3]: row[3] for row in table.rows} == dict(found)


def test_a_start_with_conditions_has_a_name_of_its_own(studio):
    table = studio.run(
        "run_paths",
        start=STARTED | {"where": [{"property": "category", "values": ["yoga"]}]},
        limit=3,
        **MARCH,
    )
    assert {row[1] for row in table.rows if row[0] == 1} == {"booking_started (as asked)"}


def test_pairs_beyond_the_limit_are_told():
    edge = {"source": "1_a", "target": "2_b", "value": 3, "average_conversion_time": 1}
    table, query = sent("run_paths", "PathsQuery", [edge] * 3, start={"events": ["a"]}, limit=2)
    assert query["pathsFilter"]["edgeLimit"] == 3
    assert table.rows == ((1, "a", "b", 3),) * 2
    assert not table.whole
