from statistics import mean

import httpx
import pytest

from tests import studio_by_hand as hand
from tests.fakes import FakePostHog
from tools.errors import InvalidArguments, QueryRefused, ScopeDenied, UnexpectedAnswer
from tools.toolbox import Toolbox
from tools.trends import NULL, OTHER

MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
BOOKED = {"events": ["booking_completed"]}


def series(order, value, **more):
    return {"action": {"order": order}, "aggregated_value": value, "data": [], "days": [], **more}


def run(results, **arguments):
    """The table of a query that PostHog answers with these results, and the query."""
    fake = FakePostHog(insights={"TrendsQuery": results}, groups=("company", "studio"))
    table = Toolbox(fake.client()).run("run_trends", arguments)
    return table, fake.asked()[0]


def test_arguments_become_a_trends_query_with_exact_bounds():
    table, sent = run(
        [],
        series=[
            {"events": ["buy"], "math": "sum", "property": "usd"},
            {"events": ["buy", "order"], "math": "groups", "group": "studio"},
        ],
        where=[{"property": "plan", "values": ["pro"]}],
        interval="week",
        breakdown=[{"property": "city", "of": "person"}],
        limit=5,
        cumulative=True,
        **MARCH,
    )
    named = {"type": "hogql", "key": "event IN ('buy', 'order')"}
    assert sent == {
        "kind": "TrendsQuery",
        "dateRange": {
            "date_from": "2026-03-01T00:00:00",
            "date_to": "2026-03-31T23:59:59.999999",
            "explicitDate": True,
        },
        "properties": [{"type": "event", "key": "plan", "operator": "exact", "value": ["pro"]}],
        "interval": "week",
        "series": [
            {
                "kind": "EventsNode",
                "event": "buy",
                "name": "buy",
                "math": "sum",
                "math_property": "usd",
            },
            {
                "kind": "EventsNode",
                "event": None,
                "properties": [named],
                "math": "unique_group",
                "math_group_type_index": 1,
            },
        ],
        "trendsFilter": {"display": "ActionsLineGraphCumulative"},
        "breakdownFilter": {
            "breakdowns": [{"type": "person", "property": "city"}],
            "breakdown_limit": 6,
            "breakdown_hide_other_aggregation": True,
        },
    }
    assert table.query == sent
    assert table.hogql == "SELECT 1"


@pytest.mark.parametrize(
    ("dates", "sent"),
    [
        ({}, {"date_from": "all"}),
        (
            {"date_from": "2026-03-01T09:30:00", "date_to": "2026-03-02T10:00:00"},
            {"date_from": "2026-03-01T09:30:00", "date_to": "2026-03-02T09:59:59.999999"},
        ),
        ({"date_from": "2026-03-01"}, {"date_from": "2026-03-01T00:00:00"}),
    ],
)
def test_a_day_counts_as_a_whole_and_a_moment_ends_before_it(dates, sent):
    _, query = run([series(0, 1)], series=[BOOKED], **dates)
    assert query["dateRange"] == {**sent, "explicitDate": True}


def test_each_series_has_a_column_and_whole_numbers_are_integers():
    table, sent = run(
        [series(1, 2.5), series(0, 7.0)], series=[{}, {"math": "avg", "property": "usd"}]
    )
    assert table.columns == ("any event", "avg usd of any event")
    assert table.rows == ((7, 2.5),)
    assert sent["trendsFilter"] == {"display": "BoldNumber"}


def test_values_of_a_breakdown_beyond_the_limit_are_left_out_and_told():
    results = [series(0, 9 - n, breakdown_value=[f"v{n}"]) for n in range(4)]
    results += [series(0, 5, breakdown_value=[OTHER])]
    table, _ = run(results, series=[BOOKED], breakdown=[{"property": "plan"}], limit=3)
    assert table.rows == (("v0", 9), ("v1", 8), ("v2", 7))
    assert not table.whole
    assert table.for_model().endswith(
        "\n3 rows. Only the largest values are there, not all of them. "
        "Take no totals, shares or minima from it."
    )


def test_as_many_values_as_the_limit_are_all_there_are():
    results = [series(0, 9, breakdown_value=["a"]), series(0, 1, breakdown_value=[NULL])]
    table, _ = run(results, series=[BOOKED], breakdown=[{"property": "plan"}], limit=2)
    assert table.rows == (("a", 9), (None, 1))
    assert table.whole
    assert table.for_model().endswith("\n2 rows; nothing was cut.")


def test_what_a_cut_series_does_not_list_is_not_taken_for_zero():
    results = [series(0, n, breakdown_value=[f"v{n}"]) for n in (9, 8)]
    results += [series(1, n, breakdown_value=[f"v{n}"]) for n in (7, 9, 5)]
    table, _ = run(results, series=[{}, BOOKED], breakdown=[{"property": "plan"}], limit=2)
    assert table.rows == (("v9", 9, 9), ("v8", 8, None))
    assert not table.whole


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"series": []}, "series"),
        ({"series": [{"math": "sum"}]}, "need a property"),
        ({"series": [{"property": "usd"}]}, "need a property"),
        ({"series": [{"math": "groups"}]}, "needs a group type"),
        ({"series": [{}], "date_from": "last week"}, "date_from"),
        ({"series": [{}], "interval": "quarter"}, "interval"),
        ({"series": [{}], "breakdown": [{"property": "a"}] * 4}, "breakdown"),
        ({"series": [{}], "limit": 1000}, "limit"),
    ],
)
def test_arguments_that_say_nothing_are_refused_before_anything_is_sent(arguments, said):
    fake = FakePostHog()
    with pytest.raises(InvalidArguments, match=said):
        Toolbox(fake.client()).run("run_trends", arguments)
    assert fake.asked() == []


def test_an_event_that_is_not_tracked_is_refused_with_the_nearest():
    fake = FakePostHog(events=[{"name": "booking_completed"}, {"name": "signed_up"}])
    with pytest.raises(QueryRefused, match="did you mean 'booking_completed'"):
        Toolbox(fake.client()).run("run_trends", {"series": [{"events": ["booking_complete"]}]})
    assert fake.asked() == []


def test_a_key_without_the_scope_is_told_which():
    fake = FakePostHog(scopes=("project:read",))
    with pytest.raises(ScopeDenied, match="query:read"):
        Toolbox(fake.client()).run("run_trends", {"series": [{}]})


def test_an_answer_without_results_is_told():
    running = httpx.Response(202, json={"query_status": {"complete": False}})
    fake = FakePostHog(instead=lambda r: running if r.url.path.endswith("/query/") else None)
    with pytest.raises(UnexpectedAnswer, match="TrendsQuery has no results"):
        Toolbox(fake.client()).run("run_trends", {"series": [{}]})


def test_figures_are_those_that_python_counts(studio):
    table = studio.run(
        "run_trends",
        series=[
            BOOKED,
            BOOKED | {"math": "unique"},
            BOOKED | {"math": "groups", "group": "company"},
            BOOKED | {"math": "sum", "property": "amount_usd"},
            BOOKED | {"math": "avg", "property": "amount_usd"},
            BOOKED | {"math": "per_person"},
            {"events": ["booking_completed", "booking_started"]},
        ],
        **MARCH,
    )
    events = hand.found("booking_completed", during=hand.MARCH)
    both = hand.found("booking_completed", "booking_started", during=hand.MARCH)
    (row,) = table.rows
    assert row == pytest.approx(
        (
            len(events),
            hand.people(events),
            len({one.company for one in events} - {""}),
            sum(hand.amounts(events)),
            mean(hand.amounts(events)),
            len(events) / hand.people(events),
            len(both),
        )
    )


def test_weeks_and_values_of_a_breakdown_are_rows(studio):
    table = studio.run(
        "run_trends",
        series=[BOOKED],
        interval="week",
        breakdown=[{"property": "category"}],
        **MARCH,
    )
    events = hand.found("booking_completed", during=hand.MARCH)
    counts = hand.by(events, lambda one: (hand.week(one.at), one.get("category")))
    keys = ["yoga", "boxing", "pilates", None]
    assert table.columns == ("week", "category", "booking_completed")
    assert table.whole
    assert [row[:2] for row in table.rows] == [
        (week, key) for week in hand.weeks(hand.MARCH) for key in keys
    ]
    assert {row[:2]: row[2] for row in table.rows if row[2]} == dict(counts)


def where(name, operator="=", *values, of="event"):
    return {"property": name, "operator": operator, "values": values, "of": of}


@pytest.mark.parametrize(
    ("condition", "test"),
    [
        (where("first", "=", True), lambda one: one.get("first") is True),
        (where("amount_usd", ">", 30), lambda one: one.get("amount_usd") > 30),
        (where("category", "not set"), lambda one: one.get("category") is None),
        (where("category", "!=", "yoga"), lambda one: one.get("category") != "yoga"),
        (where("category", "contains", "OX"), lambda one: one.get("category") == "boxing"),
        (where("category", "starts", "bo"), lambda one: one.get("category") == "boxing"),
        (where("city", "=", "Rome", of="person"), lambda one: one.person % 3 == 2),
        (where("name", "=", "Acme Ltd", of="company"), lambda one: one.company == "acme"),
        (where("seats", ">", 32, of="company"), lambda one: one.company == "coil"),
        (where("key", "=", "bolt", of="company"), lambda one: one.company == "bolt"),
        (where("weekday", "=", 1, 2, of="time"), lambda one: one.at.isoweekday() in (1, 2)),
        (where("hour", "=", 10, of="time"), lambda one: one.at.hour == 10),
    ],
)
def test_conditions_hold_for_what_they_say(studio, condition, test):
    table = studio.run("run_trends", series=[BOOKED], where=[condition], **MARCH)
    expected = len(hand.found("booking_completed", during=hand.MARCH, test=test))
    assert expected > 0
    assert table.rows == ((expected,),)


def test_a_formula_is_one_column(studio):
    table = studio.run(
        "run_trends",
        series=[BOOKED, {"events": ["booking_started"]}],
        formula="A / B * 100",
        **MARCH,
    )
    done, begun = (
        len(hand.found(name, during=hand.MARCH))
        for name in ("booking_completed", "booking_started")
    )
    assert table.columns == ("A / B * 100",)
    assert table.rows[0] == pytest.approx((100 * done / begun,))


def test_events_by_their_names_are_cut_with_notice(studio):
    by_name = {"property": "event", "of": "column"}
    table = studio.run("run_trends", series=[{}], breakdown=[by_name], limit=2, **MARCH)
    counts = hand.by(hand.found(during=hand.MARCH), lambda one: one.event)
    assert table.rows == tuple(counts.most_common(2))
    assert not table.whole
