"""Time zones, dates written as text, the frozen clock and the week's first day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.hogql_fixtures import CONTEXT, EVENTS, NEW_YORK, Ask, small_project
from tools.local.hogql import Context, compile_query


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield asking


def local(row: tuple) -> datetime:
    utc = datetime.fromisoformat(row[2]).replace(tzinfo=ZoneInfo("UTC"))
    return utc.astimezone(ZoneInfo(NEW_YORK))


def found(ask: Ask, condition: str) -> list[int]:
    rows = ask(f"select uuid from events where {condition} order by uuid")
    return [int(row[0][-12:]) for row in rows]


def between(first: str, last: str) -> list[int]:
    zone = ZoneInfo(NEW_YORK)
    low, high = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (first, last))
    return [row[0] for row in EVENTS if low <= local(row) < high]


def test_timestamps_are_shown_in_the_projects_time_zone(ask):
    rows = ask("select timestamp from events order by uuid")
    assert [row[0][:19] for row in rows] == [f"{local(row):%Y-%m-%d %H:%M:%S}" for row in EVENTS]


def test_in_utc_nothing_is_converted():
    sql = compile_query("select timestamp from events", Context()).sql
    assert "toTimeZone" not in sql


@pytest.mark.parametrize(
    "condition",
    [
        "timestamp >= '2024-01-01' and timestamp < '2024-01-02'",
        "timestamp >= '2024-01-01 00:00:00' and timestamp < '2024-01-02T00:00:00'",
        "timestamp >= toDateTime('2024-01-01') and timestamp < toDateTime('2024-01-02 00:00:00')",
        "timestamp >= toDate('2024-01-01') and timestamp < toDate('2024-01-02')",
        "timestamp >= '2024-01-01T05:00:00Z' and timestamp < '2024-01-02T00:00:00-05:00'",
        "toDate(timestamp) = '2024-01-01'",
        "toStartOfDay(timestamp) = '2024-01-01'",
        "timestamp between '2024-01-01' and '2024-01-01 23:59:59.999999'",
        "'2024-01-01' <= timestamp and '2024-01-02' > timestamp",
        "timestamp >= toStartOfDay(toDateTime('2024-01-01 13:00:00')) and timestamp < '2024-01-02'",
    ],
)
def test_a_day_is_a_day_of_the_project(ask, condition):
    assert found(ask, condition) == between("2024-01-01", "2024-01-02") == [2, 3]


def test_a_filter_on_time_leaves_the_column_bare():
    sql = compile_query("select 1 from events where timestamp >= '2024-01-01'", CONTEXT).sql
    condition = sql.split(" WHERE ")[1]
    assert "toTimeZone" not in condition
    assert "ifNull" not in condition


def test_the_frozen_clock_is_now(ask):
    rows = ask("select now(), now() - interval 1 day, today(), yesterday(), current_timestamp()")
    assert [str(value)[:19] for value in rows[0]] == [
        "2024-02-02 07:00:00",
        "2024-02-01 07:00:00",
        "2024-02-02",
        "2024-02-01",
        "2024-02-02 07:00:00",
    ]
    assert found(ask, "timestamp > now() - interval 2 day") == [4, 5, 6]


def test_without_a_frozen_clock_now_is_now(ask):
    (row,) = ask(
        "select dateDiff('minute', now(), toDateTime({real}))",
        replace(CONTEXT, now=None),
        {"real": datetime.now(ZoneInfo("UTC")).isoformat()},
    )
    assert abs(row[0]) <= 1


@pytest.mark.parametrize(("start", "first"), [(0, "2023-12-31"), (1, "2023-12-25")])
def test_a_week_begins_when_the_project_says(ask, start, first):
    query = "select toStartOfWeek(timestamp) from events order by uuid limit 1"
    assert ask(query, replace(CONTEXT, week_start=start)) == [(first,)]


def test_an_explicit_week_mode_wins(ask):
    query = (
        "select toStartOfWeek(timestamp, 0), toStartOfWeek(timestamp, 1) from events order by uuid"
    )
    assert ask(f"{query} limit 1") == [("2023-12-31", "2023-12-25")]


def test_trends_by_local_day_week_and_month(ask):
    query = "select toStartOfDay(timestamp) as day, count() from events group by day order by day"
    days = [f"{local(row):%Y-%m-%d}" for row in EVENTS]
    counted = [(f"{day} 00:00:00", days.count(day)) for day in sorted(set(days))]
    assert ask(query) == counted
    months = "select dateTrunc('month', timestamp) as m, count() from events group by m order by m"
    assert ask(months) == [("2023-12-01", 1), ("2024-01-01", 3), ("2024-02-01", 2)]


def test_a_property_typed_as_a_date_is_one(ask):
    query = "select properties.when from events where properties.when < '2024-01-03'"
    assert ask(query) == [("2024-01-01 22:04:05.000000",)]


def test_hours_are_local_hours(ask):
    rows = ask("select toHour(timestamp), to_char(timestamp, '%H:%i') from events order by uuid")
    assert rows == [(local(row).hour, f"{local(row):%H:%M}") for row in EVENTS]


def test_differences_of_days_count_local_midnights(ask):
    query = "select dateDiff('day', '2024-01-01 23:00:00', toDateTime('2024-01-02 01:00:00'))"
    assert ask(query) == [(1,)]


def test_dates_move_by_intervals(ask):
    query = """select dateAdd('day', 1, toDate('2024-02-28')),
        dateSub(toDate('2024-03-01'), interval 1 day),
        addMonths(toDate('2024-01-31'), 1), toDate('2024-01-31') + 1"""
    assert ask(query) == [("2024-02-29", "2024-02-29", "2024-02-29", "2024-02-01")]
