from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.local.dates import (
    DateError,
    Window,
    earlier,
    floor,
    last,
    later,
    parse_date,
    window,
)

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Pacific/Auckland",
]
NOW = datetime(2026, 11, 18, 15, 42, 7, tzinfo=ZoneInfo("America/New_York"))
INSTANTS = st.datetimes(
    datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC), allow_imaginary=False
)
STEPS = {"hour": 3600, "minute": 60, "second": 1}


def local(instant, zone):
    """An instant on the clocks of a place."""
    return instant.astimezone(ZoneInfo(zone))


def first_day(day, interval, week_start):
    """The first day of an interval, counted day by day."""
    if interval == "week":
        wanted = 6 if week_start == 0 else 0
        while day.weekday() != wanted:
            day -= timedelta(days=1)
    months = {"month": range(1, 13), "quarter": (1, 4, 7, 10), "year": (1,)}.get(interval)
    while months and not (day.day == 1 and day.month in months):
        day -= timedelta(days=1)
    return day


@given(INSTANTS, st.sampled_from(ZONES), st.sampled_from([0, 1]))
@pytest.mark.parametrize("interval", ["day", "week", "month", "quarter", "year"])
def test_an_interval_of_days_begins_at_the_first_of_its_days(interval, instant, zone, week_start):
    at = local(instant, zone)
    start = floor(at, interval, week_start)
    assert start.date() == first_day(at.date(), interval, week_start)
    assert (start.hour, start.minute, start.second, start.microsecond) == (0, 0, 0, 0)
    assert start.astimezone(UTC) <= instant < later(start, interval).astimezone(UTC)


@given(INSTANTS, st.sampled_from(ZONES))
@pytest.mark.parametrize("interval", ["hour", "minute", "second"])
def test_an_interval_of_the_clock_begins_at_a_full_one(interval, instant, zone):
    start = floor(local(instant, zone), interval, 1)
    shift = int(start.utcoffset().total_seconds())
    seconds = int(instant.timestamp() // 1)
    assert start.timestamp() == seconds - (seconds + shift) % STEPS[interval]


@given(INSTANTS, st.sampled_from(ZONES), st.sampled_from(["hour", "day", "week", "month"]))
def test_an_interval_ends_a_microsecond_before_the_next(instant, zone, interval):
    at = local(instant, zone)
    end = last(at, interval, 1).astimezone(UTC)
    following = later(floor(at, interval, 1), interval).astimezone(UTC)
    assert end + timedelta(microseconds=1) == following


@given(INSTANTS, st.sampled_from(ZONES), st.integers(0, 30), st.sampled_from([0, 1]))
def test_every_day_of_a_window_is_in_one_bucket(instant, zone, days, week_start):
    start = local(instant, zone)
    end = start + timedelta(days=days)
    for interval in ("day", "week", "month"):
        starts = Window(start, end, interval, week_start).buckets()
        listed = [start.date() + timedelta(days=count) for count in range(days + 1)]
        expected = sorted({first_day(day, interval, week_start) for day in listed})
        assert [at.date() for at in starts] == expected


@given(INSTANTS, st.sampled_from(ZONES), st.integers(0, 50))
def test_hours_follow_each_other_where_clocks_are_put_forward_or_back(instant, zone, hours):
    start, end = local(instant, zone), local(instant + timedelta(hours=hours), zone)
    stamps = [at.timestamp() for at in Window(start, end, "hour", 1).buckets()]
    assert stamps == [stamps[0] + 3600 * count for count in range(len(stamps))]
    assert stamps[0] <= instant.timestamp() < stamps[0] + 3600
    assert stamps[-1] <= end.timestamp() < stamps[-1] + 3600


@given(st.dates(date(2023, 1, 1), date(2027, 1, 1)), st.integers(-40, 40))
def test_a_month_later_is_the_same_day_or_the_last_there_is(day, count):
    at = datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
    moved = later(at, "month", count)
    month = at.month - 1 + count
    year = at.year + month // 12
    assert (moved.year, moved.month) == (year, month % 12 + 1)
    assert moved.day == min(at.day, monthrange(year, month % 12 + 1)[1])
    assert earlier(moved, "month", count).month == at.month


RELATIVE = {
    "-7d": "2026-11-11T00:00:00-05:00",
    "-0d": "2026-11-18T00:00:00-05:00",
    "-24h": "2026-11-17T15:00:00-05:00",
    "-2w": "2026-11-04T00:00:00-05:00",
    "-1m": "2026-10-18T00:00:00-04:00",
    "-1q": "2026-08-18T00:00:00-04:00",
    "-1y": "2025-11-18T00:00:00-05:00",
    "dStart": "2026-11-18T00:00:00-05:00",
    "mStart": "2026-11-01T00:00:00-04:00",
    "qStart": "2026-10-01T00:00:00-04:00",
    "yStart": "2026-01-01T00:00:00-05:00",
    "-1mStart": "2026-10-01T00:00:00-04:00",
    "-1mEnd": "2026-10-31T23:59:59.999999-04:00",
    "-1dEnd": "2026-11-17T23:59:59.999999-05:00",
    "2026-11-05": "2026-11-05T00:00:00-05:00",
    "2026-11-05T10:00:00": "2026-11-05T10:00:00-05:00",
    "2026-11-05T10:00:00Z": "2026-11-05T05:00:00-05:00",
}


@pytest.mark.parametrize(("text", "instant"), RELATIVE.items())
def test_a_date_means_an_instant_in_the_zone_of_the_project(text, instant):
    assert parse_date(text, NOW, truncate=True).isoformat() == instant


@pytest.mark.parametrize("text", ["", "soon", "-7x", "7", "2026-13-01", "-99999y"])
def test_a_text_that_is_no_date_is_refused(text):
    with pytest.raises(DateError, match="is no date: write -7d, mStart or 2026-01-31"):
        parse_date(text, NOW)


def span(date_from=None, date_to=None, interval="day", *, exact=False):
    """The ends of a window, with where its first interval counts from."""
    found = window(
        date_from,
        date_to,
        now=NOW,
        interval=interval,
        week_start=1,
        earliest=lambda: datetime(2026, 1, 5, 7, 8, tzinfo=NOW.tzinfo),
        exact=exact,
    )
    return [f"{at:%m-%d %H:%M:%S}" for at in (found.start, found.end, found.since)]


def test_a_window_goes_from_the_start_of_its_first_interval_to_the_end_of_the_day():
    assert span() == ["11-11 00:00:00", "11-18 23:59:59", "11-11 00:00:00"]
    # As PostHog has it: the first week is not a whole one, so that weeks sum up to the days.
    assert span("-7d", interval="week") == ["11-11 00:00:00", "11-18 23:59:59", "11-11 00:00:00"]
    assert span("-7d", interval="month") == ["11-11 00:00:00", "11-18 23:59:59", "11-01 00:00:00"]
    assert span("all", "-1dEnd") == ["01-05 07:08:00", "11-17 23:59:59", "01-05 00:00:00"]
    assert span("2026-11-04 10:30:00", "2026-11-06 11:00:00", interval="month") == [
        "11-04 10:30:00",
        "11-06 23:59:59",
        "11-01 00:00:00",
    ]


def test_a_window_of_hours_ends_with_this_hour_and_an_absolute_end_is_kept():
    assert span("-3h", interval="hour") == ["11-18 12:00:00", "11-18 15:59:59", "11-18 12:00:00"]
    assert span("-1d", interval="hour") == ["11-17 00:00:00", "11-18 15:59:59", "11-17 00:00:00"]
    assert span("-1d", "2026-11-18", "hour")[1] == "11-18 00:00:00"
    assert span("-3h", interval="minute")[1] == "11-18 15:42:59"


def test_a_window_in_hours_or_with_an_explicit_date_begins_where_it_says():
    assert span("-24h") == ["11-17 15:00:00", "11-18 23:59:59", "11-17 15:00:00"]
    assert span("2026-11-04 10:30:00", "2026-11-06 11:00:00", exact=True) == [
        "11-04 10:30:00",
        "11-06 11:00:00",
        "11-04 10:30:00",
    ]
    assert span("-2d", exact=True)[0] == "11-16 15:42:07"


def test_more_intervals_than_can_be_shown_are_refused():
    long = Window(NOW.replace(year=2000), NOW, "minute", 1)
    with pytest.raises(DateError, match="over 100,000 intervals of one minute"):
        long.buckets()
