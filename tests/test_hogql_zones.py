"""Days, weeks and hours in time zones with odd offsets and over daylight-saving changes."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.hogql_fixtures import CONTEXT, Ask, small_project
from tools.local.hogql import Context

ZONES = (
    "UTC",
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/New_York",
    "Europe/Berlin",
    "Pacific/Chatham",
)
# The hours around a change to and from daylight saving in each of the zones, and a year's end.
STARTS = ("2024-03-09", "2024-03-30", "2024-04-05", "2024-10-05", "2024-11-02", "2024-12-30")
HALF_HOURS = 120


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with small_project() as asking:
        yield asking


def instants(start: str) -> list[datetime]:
    first = datetime.fromisoformat(start).replace(tzinfo=UTC)
    return [first + timedelta(minutes=30 * number) for number in range(HALF_HOURS)]


def day(local: datetime) -> str:
    return f"{local:%Y-%m-%d} 00:00:00"


def days_ago(local: datetime, days: int) -> str:
    return f"{local.date() - timedelta(days=days):%Y-%m-%d}"


CALENDAR: dict[str, Callable[[datetime], object]] = {
    "toStartOfDay(at)": day,
    "dateTrunc('day', at)": day,
    "toDate(at)": lambda local: f"{local:%Y-%m-%d}",
    "toStartOfMonth(at)": lambda local: f"{local:%Y-%m}-01",
    "dateTrunc('month', at)": lambda local: f"{local:%Y-%m}-01",
    "toStartOfYear(at)": lambda local: f"{local:%Y}-01-01",
    "toStartOfQuarter(at)": lambda local: f"{local:%Y}-{(local.month - 1) // 3 * 3 + 1:02}-01",
    "toStartOfWeek(at)": lambda local: days_ago(local, local.weekday()),
    "toStartOfWeek(at, 0)": lambda local: days_ago(local, local.isoweekday() % 7),
    "toStartOfWeek(at, 1)": lambda local: days_ago(local, local.weekday()),
    "toMonday(at)": lambda local: days_ago(local, local.weekday()),
    "dateTrunc('week', at)": lambda local: days_ago(local, local.weekday()),
    "toDayOfWeek(at)": lambda local: local.isoweekday(),
    "toHour(at)": lambda local: local.hour,
    "toMinute(at)": lambda local: local.minute,
    "toYYYYMM(at)": lambda local: local.year * 100 + local.month,
    "formatDateTime(at, '%Y-%m-%d %H:%i:%S')": lambda local: f"{local:%Y-%m-%d %H:%M:%S}",
    "toString(at)": lambda local: f"{local:%Y-%m-%d %H:%M:%S}.000000",
    "toUnixTimestamp(at)": lambda local: int(local.timestamp()),
    "toUnixTimestamp(toStartOfHour(at))": lambda local: int(local.timestamp())
    - 60 * local.minute - local.second,
    "dateDiff('day', toDateTime('2024-01-01'), at)": lambda local: (
        local.date() - datetime(2024, 1, 1).date()
    ).days,
    "dateDiff('month', toDateTime('2024-01-01'), at)": lambda local: local.month - 1
    + 12 * (local.year - 2024),
}  # fmt: skip


SOURCE = f"""(select toTimeZone(toDateTime({{start}}, 'UTC') + number * 1800, {{zone}}) as at
    from numbers({HALF_HOURS}))"""


@pytest.mark.parametrize("zone", ZONES)
def test_the_calendar_is_that_of_the_projects_zone(ask, zone):
    query = f"select {', '.join(CALENDAR)} from {SOURCE} order by at limit {HALF_HOURS}"
    for start in STARTS:
        local = [instant.astimezone(ZoneInfo(zone)) for instant in instants(start)]
        values = {"start": start, "zone": zone}
        shown = ask(query, Context(timezone=zone, week_start=1), values)
        for index, (name, rule) in enumerate(CALENDAR.items()):
            found = [row[index] for row in shown]
            assert (name, found) == (name, [rule(moment) for moment in local])


CONDITIONS = (
    "at >= {low} and at < {high}",
    "at >= toDate({low}) and at < toDate({high})",
    "at >= toDateTime({low}) and at < toDateTime({midnight})",
    "at between {low} and {last}",
    "not (at not between {low} and toDateTime({last}))",
    "toDate(at) = {low}",
    "toDate(at) in ({low})",
    "toStartOfDay(at) = {low}",
    "toDate(at) between {low} and {low}",
    "dateTrunc('day', at) = toDateTime({low})",
)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_day_written_as_text_holds_the_hours_of_that_day(ask, condition):
    for zone, start in itertools.product(ZONES, STARTS):
        whole = datetime.fromisoformat(start).date() + timedelta(days=1)
        low, high = f"{whole}", f"{whole + timedelta(days=1)}"
        local = [instant.astimezone(ZoneInfo(zone)) for instant in instants(start)]
        expected = sum(moment.date() == whole for moment in local)
        values = {"low": low, "high": high, "midnight": f"{high} 00:00:00"}
        values |= {"last": f"{low} 23:59:59", "start": start, "zone": zone}
        query = f"select count() from {SOURCE} where {condition}"
        found = ask(query, Context(timezone=zone), values)
        assert (zone, start, found) == (zone, start, [(expected,)])


@pytest.mark.parametrize("zone", ZONES)
def test_now_is_shown_in_the_zone_and_is_the_same_instant(ask, zone):
    context = replace(CONTEXT, timezone=zone)
    assert context.now is not None
    local = context.now.astimezone(ZoneInfo(zone))
    midnight = f"toStartOfDay(now()) = toDateTime('{local:%Y-%m-%d}')"
    (row,) = ask(f"select toString(now()), toUnixTimestamp(now()), {midnight}", context)
    assert row == (f"{local:%Y-%m-%d %H:%M:%S}.000000", int(local.timestamp()), 1)


def test_a_text_with_an_offset_is_that_instant_in_every_zone(ask):
    query = "select toUnixTimestamp(toDateTime('2024-03-10T02:30:00+05:45'))"
    for zone in ZONES:
        assert ask(query, Context(timezone=zone)) == [(1710017100,)]
