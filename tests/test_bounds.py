"""The period that a query's text bounds, held against ClickHouse's own reading of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.hogql_fixtures import CONTEXT, NEW_YORK, small_project
from tools.bounds import OPEN, period
from tools.moments import Clock

ZONE = ZoneInfo(NEW_YORK)
NOW = CONTEXT.now.astimezone(ZONE)
"""Friday 2 February 2024, 07:00 in New York."""

CLOCK = Clock(NOW, CONTEXT.week_start)


@pytest.fixture(scope="module")
def ask():
    with small_project() as asking:
        yield asking


def bounds(where, clock=CLOCK):
    return shown(period(f"SELECT count() FROM events WHERE {where}", clock))


def shown(found):
    return tuple(side and f"{side:%Y-%m-%d %H:%M:%S}" for side in found)


FIRST_HOUR = datetime(2023, 10, 20, tzinfo=UTC)
HOURLY = """
SELECT number
FROM (
  SELECT number, dateAdd('hour', number, toDateTime('2023-10-20T00:00:00Z')) AS timestamp
  FROM numbers(2600)
)
WHERE {} ORDER BY number LIMIT 3000
"""


@pytest.mark.parametrize(
    "where",
    [
        "timestamp >= '2024-01-08' AND timestamp < '2024-01-15'",
        "timestamp >= '2024-01-08T00:00:00Z' AND timestamp <= '2024-01-08 23:59:59'",
        "timestamp > toDateTime('2024-01-08 00:00:00') AND timestamp <= toDateTime('2024-01-15')",
        "timestamp >= toDateTime('2024-01-08 00:00:00', 'UTC') AND timestamp < now()",
        "timestamp >= toDate('2024-01-08') AND timestamp < today()",
        "toDateTime('2024-01-08') <= timestamp AND now() > timestamp",
        "timestamp BETWEEN '2024-01-08' AND '2024-01-14 23:59:59'",
        "timestamp >= yesterday() AND timestamp < today()",
        "timestamp >= today() - 7 AND timestamp < today()",
        "timestamp >= now() - 86400 AND timestamp < now()",
        "timestamp >= now() - INTERVAL 7 DAY AND timestamp < now()",
        "timestamp >= now() - INTERVAL 95 DAY AND timestamp < now() - INTERVAL 36 HOUR",
        "timestamp >= toStartOfDay(now()) - toIntervalDay(7) AND timestamp < toStartOfDay(now())",
        "timestamp >= toStartOfWeek(now()) - toIntervalWeek(1) AND timestamp < today()",
        "timestamp >= toStartOfWeek(now(), 0) AND timestamp < now()",
        "timestamp >= toMonday(now() - INTERVAL 1 WEEK) AND timestamp < toMonday(now())",
        "timestamp >= toStartOfMonth(now() - INTERVAL 1 MONTH) AND timestamp < now()",
        "timestamp >= toStartOfMonth(today()) - INTERVAL 1 MONTH AND timestamp < today()",
        "timestamp >= toStartOfQuarter(now()) AND timestamp < toStartOfHour(now())",
        "timestamp >= toStartOfYear(now()) AND timestamp < toStartOfYear(now()) + INTERVAL 1 YEAR",
        "timestamp >= dateTrunc('month', now()) AND timestamp < now()",
        "timestamp >= dateTrunc('week', now()) AND timestamp < dateTrunc('hour', now())",
        "timestamp >= dateSub('week', 2, now()) AND timestamp < dateAdd('day', 1, today())",
        "timestamp >= subtractDays(now(), 10) AND timestamp < subtractMonths(addDays(now(), 9), 0)",
        "toDate(timestamp) = '2024-01-08'",
        "toDate(timestamp) = yesterday()",
        "toDate(timestamp) >= '2024-01-08' AND toDate(timestamp) <= '2024-01-14'",
        "toDate(timestamp) > '2024-01-08' AND toDate(timestamp) < '2024-01-14'",
        "toDate(timestamp) BETWEEN '2024-01-08' AND '2024-01-14'",
        "toStartOfDay(timestamp) >= toDateTime('2024-01-08 12:00:00') AND timestamp < now()",
        "toStartOfMonth(timestamp) = toStartOfMonth(now() - INTERVAL 1 MONTH)",
        "toStartOfWeek(timestamp) = toStartOfWeek(now() - INTERVAL 1 WEEK)",
        "timestamp >= '2024-01-01' AND timestamp >= '2024-01-08' AND timestamp < now() AND "
        "timestamp < today()",
    ],
)
def test_exactly_the_hours_of_the_period_pass_the_condition(ask, where):
    query = HOURLY.format(where)
    start, end = period(query, CLOCK)
    hours = {n: FIRST_HOUR + timedelta(hours=n) for n in range(2600)}
    passed = [row[0] for row in ask(query)]
    assert passed == [n for n, at in hours.items() if start <= at < end]
    assert passed


def test_today_is_that_of_utc_as_in_clickhouse(ask):
    late = datetime(2024, 2, 2, 3, tzinfo=UTC)
    query = HOURLY.format("timestamp >= yesterday() AND timestamp < today()")
    hours = [FIRST_HOUR + timedelta(hours=n) for (n,) in ask(query, replace(CONTEXT, now=late))]
    start, end = period(query, Clock(late.astimezone(ZONE), 1))
    assert shown((start, end)) == ("2024-02-01 00:00:00", "2024-02-02 00:00:00")
    assert (hours[0], hours[-1]) == (start, end - timedelta(hours=1))


@pytest.mark.parametrize(
    ("where", "start", "end"),
    [
        ("timestamp >= '2024-01-08'", "2024-01-08 00:00:00", None),
        ("timestamp < '2024-01-15'", None, "2024-01-15 00:00:00"),
        (
            "timestamp >= now() - toIntervalDay(rand()) AND timestamp < '2024-01-15'",
            None,
            "2024-01-15 00:00:00",
        ),
        ("timestamp >= '2024-01-08' AND timestamp < {variables.end}", "2024-01-08 00:00:00", None),
        ("timestamp >= 'soon' AND timestamp < '2024-01-15'", None, "2024-01-15 00:00:00"),
        (
            "timestamp >= toStartOfWeek(now(), 5) AND timestamp < '2024-03-15'",
            None,
            "2024-03-15 00:00:00",
        ),
        ("event = 'a'", None, None),
        ("timestamp >= '2024-01-15' AND timestamp < '2024-01-08'", None, None),
        ("timestamp >= '2024-01-08' OR event = 'a'", None, None),
        ("timestamp >= '2024-01-08' AND (timestamp < '2024-01-15' OR event = 'a')", None, None),
        ("timestamp >= '2024-01-08' AND NOT (timestamp >= '2024-01-15')", None, None),
        ("timestamp NOT BETWEEN '2024-01-08' AND '2024-01-15'", None, None),
        ("timestamp >= '2024-01-08' AND toYear(timestamp) = 2025", None, None),
        ("toDate(timestamp) IN ('2024-01-08')", None, None),
        ("properties.timestamp >= '2024-01-08'", None, None),
    ],
)
def test_a_side_that_nothing_certain_bounds_is_left_open(where, start, end):
    assert bounds(where) == (start, end)


@pytest.mark.parametrize(
    "also",
    ["toHour(timestamp) = 9", "toDayOfWeek(timestamp) IN (6, 7)", "(event = 'a' OR event = 'b')"],
)
def test_what_chooses_inside_a_period_leaves_its_bounds(also):
    where = f"timestamp >= '2024-01-08' AND {also} AND timestamp < '2024-01-15'"
    assert bounds(where) == ("2024-01-08 00:00:00", "2024-01-15 00:00:00")


WEEK = "timestamp >= '2024-01-08' AND timestamp < '2024-01-15'"
NEXT = "timestamp >= '2024-01-15' AND timestamp < '2024-01-22'"
NAMED = "day >= '2024-01-08' AND day < '2024-01-15'"
NOTHING = (None, None)
BOUNDED = ("2024-01-08 00:00:00", "2024-01-15 00:00:00")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"SELECT count() FROM (SELECT person_id FROM events WHERE {WEEK})", BOUNDED),
        (f"WITH e AS (SELECT event FROM events WHERE {WEEK}) SELECT count() FROM e", BOUNDED),
        (f"SELECT 1 FROM events WHERE {WEEK} UNION ALL SELECT 2 FROM events WHERE {WEEK}", BOUNDED),
        (f"SELECT 1 FROM events AS e WHERE e.{WEEK.replace('AND ', 'AND e.')}", BOUNDED),
        (f"SELECT toDate(timestamp) AS day FROM events WHERE {NAMED}", BOUNDED),
        (f"SELECT 1 FROM events WHERE {WEEK} UNION ALL SELECT 2 FROM events WHERE {NEXT}", NOTHING),
        (
            f"SELECT 1 FROM events WHERE {WEEK} AND person_id IN "
            "(SELECT person_id FROM events WHERE timestamp < '2024-01-15')",
            (None, "2024-01-15 00:00:00"),
        ),
        (f"SELECT count() FROM (SELECT timestamp FROM events) WHERE {WEEK}", NOTHING),
        (
            "SELECT 1 FROM events AS a JOIN events AS b ON a.person_id = b.person_id "
            "WHERE a.timestamp >= '2024-01-08' AND a.timestamp < '2024-01-15'",
            NOTHING,
        ),
        (
            "SELECT 1 FROM events AS e JOIN (SELECT person_id, max(timestamp) AS timestamp "
            f"FROM events WHERE {WEEK} GROUP BY person_id) AS s ON s.person_id = e.person_id "
            "WHERE s.timestamp >= '2024-01-08' AND s.timestamp < '2024-01-15'",
            NOTHING,
        ),
        ("SELECT count() FROM persons WHERE created_at >= '2024-01-08'", NOTHING),
        ("SELEKT", NOTHING),
    ],
    ids=[
        "inside", "with", "union of one", "alias", "named day", "union of two",
        "subquery", "outside", "joined to itself", "joined", "no events", "no query",
    ],
)  # fmt: skip
def test_every_part_of_a_query_must_agree(query, found):
    assert shown(period(query, CLOCK)) == found


def test_a_column_named_timestamp_is_what_it_stands_for():
    query = (
        "SELECT toStartOfMonth(timestamp) AS timestamp, count() FROM events "
        "WHERE timestamp = '2024-01-01' GROUP BY timestamp"
    )
    assert shown(period(query, CLOCK)) == ("2024-01-01 00:00:00", "2024-02-01 00:00:00")


def test_a_week_begins_when_the_project_says():
    where = "timestamp >= toStartOfWeek(now()) AND timestamp < now()"
    assert bounds(where, Clock(NOW, 0))[0] == "2024-01-28 00:00:00"
    assert bounds(where, Clock(NOW, 1))[0] == "2024-01-29 00:00:00"


def test_a_day_that_a_month_lacks_is_its_last():
    clock = Clock(datetime(2024, 3, 31, 12, tzinfo=ZONE))
    assert bounds("timestamp >= now() - INTERVAL 1 MONTH", clock)[0] == "2024-02-29 12:00:00"


def test_days_are_days_of_the_calendar_and_hours_are_hours():
    clock = Clock(datetime(2024, 3, 11, 12, tzinfo=ZONE))
    assert bounds("timestamp >= now() - INTERVAL 1 DAY", clock)[0] == "2024-03-10 12:00:00"
    assert bounds("timestamp >= now() - INTERVAL 48 HOUR", clock)[0] == "2024-03-09 11:00:00"


def test_a_query_that_can_not_be_read_covers_nothing_known():
    assert period("SELECT 1 FROM", CLOCK) == OPEN
