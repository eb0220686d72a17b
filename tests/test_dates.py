from datetime import datetime

import pytest

from agent.planner.english.dates import find
from agent.planner.english.windows import Clock
from agent.planner.english.words import tokenize

CLOCK = Clock(
    datetime(2026, 11, 15, 12),
    week_start=1,
    first=datetime(2025, 9, 1),
    last=datetime(2026, 11, 15, 11),
)


def periods(text: str, clock: Clock = CLOCK) -> list[str]:
    """Every period the text names, as "start .. end", midnight left out."""
    return [f"{_at(one.span.start)} .. {_at(one.span.end)}" for one in find(tokenize(text), clock)]


def _at(moment: datetime | None) -> str:
    return "open" if moment is None else f"{moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


NOW = "2026-11-15 12:00"


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("signups today", f"2026-11-15 .. {NOW}"),
        ("signups yesterday", "2026-11-14 .. 2026-11-15"),
        ("the day before yesterday", "2026-11-13 .. 2026-11-14"),
        ("this week", f"2026-11-09 .. {NOW}"),
        ("last week", "2026-11-02 .. 2026-11-09"),
        ("for the last week", f"2026-11-08 .. {NOW}"),
        ("the past week", f"2026-11-08 .. {NOW}"),
        ("last month", "2026-10-01 .. 2026-11-01"),
        ("over the past month", f"2026-10-16 .. {NOW}"),
        ("last quarter", "2026-07-01 .. 2026-10-01"),
        ("last year", "2025-01-01 .. 2026-01-01"),
        ("the past year", f"2025-11-15 .. {NOW}"),
        ("in the last 30 days", f"2026-10-16 .. {NOW}"),
        ("last 24 hours", f"2026-11-14 12:00 .. {NOW}"),
        ("past 8 weeks", f"2026-09-20 .. {NOW}"),
        ("over 90 days", f"2026-08-17 .. {NOW}"),
        ("last 30d", f"2026-10-16 .. {NOW}"),
        ("the last couple of weeks", f"2026-11-01 .. {NOW}"),
        ("two weeks ago", "2026-10-26 .. 2026-11-02"),
        ("ytd", f"2026-01-01 .. {NOW}"),
        ("month to date", f"2026-11-01 .. {NOW}"),
        ("in March 2011", "2011-03-01 .. 2011-04-01"),
        ("in March", "2026-03-01 .. 2026-04-01"),
        ("in December", "2025-12-01 .. 2026-01-01"),
        ("in May", "2026-05-01 .. 2026-06-01"),
        ("October last year", "2025-10-01 .. 2025-11-01"),
        ("this January", "2026-01-01 .. 2026-02-01"),
        ("on October 2nd, 2026", "2026-10-02 .. 2026-10-03"),
        ("on 5 June", "2026-06-05 .. 2026-06-06"),
        ("the 5th of June 2026", "2026-06-05 .. 2026-06-06"),
        ("on 2026-02-03", "2026-02-03 .. 2026-02-04"),
        ("in 2026-02", "2026-02-01 .. 2026-03-01"),
        ("in Q3", "2026-07-01 .. 2026-10-01"),
        ("Q4 2025", "2025-10-01 .. 2026-01-01"),
        ("in the third quarter of 2026", "2026-07-01 .. 2026-10-01"),
        ("the first half of 2026", "2026-01-01 .. 2026-07-01"),
        ("in 2025", "2025-01-01 .. 2026-01-01"),
        ("between Jan 1 and Mar 31", "2026-01-01 .. 2026-04-01"),
        ("from January to March 2026", "2026-01-01 .. 2026-04-01"),
        ("from 2026-01-05 to 2026-02-01", "2026-01-05 .. 2026-02-02"),
        ("November 2025 to February 2026", "2025-11-01 .. 2026-03-01"),
        ("since the 1st of August", f"2026-08-01 .. {NOW}"),
        ("since March", f"2026-03-01 .. {NOW}"),
        ("after 5 June 2026", f"2026-06-06 .. {NOW}"),
        ("before March 2026", "open .. 2026-03-01"),
        ("by the end of June", "open .. 2026-07-01"),
        ("until the end of 2025", "open .. 2026-01-01"),
        ("of all time", "open .. open"),
        ("in total", "open .. open"),
    ],
)
def test_a_phrase_names_its_period(text: str, period: str) -> None:
    assert periods(text) == [period]


@pytest.mark.parametrize(
    "text",
    [
        "people who signed up",
        "may I see the signups",
        "orders over 2000",
        "between 5 and 10 items",
        "top 5 countries",
        "“last week” as a name",
    ],
)
def test_other_words_name_no_period(text: str) -> None:
    assert periods(text.replace("“", '"').replace("”", '"')) == []


def test_two_periods_are_both_found() -> None:
    assert periods("October this year vs October last year") == [
        "2026-10-01 .. 2026-11-01",
        "2025-10-01 .. 2025-11-01",
    ]


def test_weeks_begin_on_sunday_where_the_project_says_so() -> None:
    clock = Clock(datetime(2026, 11, 15, 12), week_start=0)
    assert periods("last week", clock) == ["2026-11-08 .. 2026-11-15"]


def test_a_month_without_a_year_is_the_latest_one_with_data() -> None:
    clock = Clock(datetime(2026, 11, 15), last=datetime(2011, 12, 9))
    assert periods("in March", clock) == ["2011-03-01 .. 2011-04-01"]


def test_a_day_no_month_has_is_not_read_as_another() -> None:
    assert periods("on 2026-02-31") == []
