"""Absolute dates: days, months, quarters, halves and years by name."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from agent.planner.english.phrases import ORDINALS, Words
from agent.planner.english.windows import Clock, Span, floor, shift
from agent.planner.english.words import word_set
from agent.planner.english.years import Match, Years

LEADS = word_set("in on for during over within of at across throughout from")
BEFORE_MONTH = word_set("since until last this to and between")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNCLEAR = frozenset({"may", "mar", "dec", "jan", "sep", "jun"})
"""Names of months that are also other words: they need a date's company."""


class Points:
    """The rules for absolute dates, at one position of a question."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self.words = words
        self.clock = clock
        self.years = Years(words, clock)

    def at(self, i: int, inner: bool = False) -> Match:
        """An absolute date, month, quarter, half or year."""
        rules = (
            self._iso,
            self._days_of_month,
            self._month_day,
            self._day_month,
            self._month,
            self.years.quarter,
            self.years.half,
            self._week,
            self._weekday,
            self._weekend,
            self.years.year,
        )
        matches = [match for rule in rules if (match := rule(i))]
        if inner and (match := self._bare_day(i)):
            matches.append(match)
        return max(matches, key=lambda match: match[0], default=None)

    def _iso(self, i: int) -> Match:
        if i >= len(self.words.tokens) or self.words.tokens[i].kind != "date":
            return None
        parts = [int(part) for part in self.words.word(i).split("-")]
        return _safely(1, lambda: self._date(*parts))

    def _month_day(self, i: int) -> Match:
        """March 5, March 5th 2011."""
        month, day = self.words.month(i), self.words.day(i + 1)
        if month is None or day is None:
            return None
        taken = 2 + (1 if self.words.word(i + 2) == "," else 0)
        year = self.words.year(i + taken)
        return _safely(
            taken + 1 if year else 2,
            lambda: self._date(year or self.clock.year_of(month, day), month, day),
        )

    def _day_month(self, i: int) -> Match:
        """5 March, the 5th of March 2011."""
        day = self.words.day(i)
        at = i + 1 + (1 if self.words.word(i + 1) == "of" else 0)
        if day is None and self.words.word(i + 1) == "of":
            day = ORDINALS.get(self.words.word(i))
        month = self.words.month(at)
        if month is None or day is None:
            return None
        year = self.words.year(at + 1)
        taken = at + 1 + (1 if year else 0) - i
        return _safely(
            taken, lambda: self._date(year or self.clock.year_of(month, day), month, day)
        )

    def month(self, i: int) -> Match:
        """A month by name, see `at`."""
        return self._month(i)

    def _month(self, i: int) -> Match:
        """March, March 2011, March of last year, last October."""
        shifted = 1 if self.words.word(i) in ("last", "this") else 0
        month = self.words.month(i + shifted)
        if month is None or (
            self.words.word(i + shifted) in UNCLEAR and not self._dated(i + shifted)
        ):
            return None
        at = i + shifted + 1 + (1 if self.words.word(i + shifted + 1) in ("of", ",") else 0)
        year = self.words.year(at)
        if (
            year is None
            and self.words.word(at + 1) == "year"
            and self.words.word(at) in ("this", "last")
        ):
            year = self.clock.now.year - (self.words.word(at) == "last")
            return at + 2 - i, self._date(year, month)
        taken = at + 1 - i if year else shifted + 1
        return _safely(taken, lambda: self._date(year or self.clock.year_of(month), month))

    def _days_of_month(self, i: int) -> Match:
        """7-8 November, 24 to 30 nov 2025, November 3-9, the 3rd to the 9th of October."""
        opened = int(self.words.word(i) in ("between", "from"))
        first = self.words.day(i + opened)
        at = i + 1 + opened
        if first and self.words.word(at) in ("-", "–", "to", "and", "until", "through"):
            at += 1 + (self.words.word(at + 1) == "the")
            last = self.words.day(at)
            month_at = at + 1 + (self.words.word(at + 1) == "of")
            month = self.words.month(month_at)
            if last and month and first < last:
                year = self.words.year(month_at + 1)
                return _safely(
                    month_at + 1 + bool(year) - i,
                    partial(self._days, year, month, first, last),
                )
        month = self.words.month(i)
        first, last = self.words.day(i + 1), self.words.day(i + 3)
        joint = self.words.word(i + 2)
        side_by_side = joint == "and" and first and last == first + 1
        if (
            month
            and first
            and last
            and (joint in ("-", "–", "to") or side_by_side)
            and first < last
        ):
            year = self.words.year(i + 4)
            return _safely(
                4 + bool(year),
                partial(self._days, year, month, first, last),
            )
        return None

    def _days(self, year: int | None, month: int, first: int, last: int) -> Span:
        year = year or self.clock.year_of(month, first)
        start, end = datetime(year, month, first), datetime(year, month, last)
        return Span(start, shift(end, "day", 1), f"{start:%-d} to {end:%-d %B %Y}")

    def _week(self, i: int) -> Match:
        """Week 45, calendar week 45 of 2026, w45, 2026-W45, the week of October 5."""
        taken = 0
        if self.words.word(i) in ("calendar", "iso") and self.words.word(i + 1) == "week":
            taken = 1
        if self.words.word(i + taken) in ("week", "cw", "kw"):
            number = self.words.count(i + taken + 1)
            if self.words.word(i + taken + 1) == "of" or number is None:
                return self._week_of(i)
            at = i + taken + 2 + (self.words.word(i + taken + 2) in ("of", "in"))
            year = self.words.year(at)
            return _safely(
                (at + 1 if year else i + taken + 2) - i, partial(self._iso_week, year, number)
            )
        year = self.words.year(i)
        if year and self.words.word(i + 1) == "-" and (found := self._week(i + 2)):
            digits = re.sub(r"\D", "", self.words.word(i + 2))
            return _safely(2 + found[0], lambda: self._iso_week(year, int(digits)))
        match = re.fullmatch(r"(?:(\d{4})-?)?w(\d{1,2})", self.words.word(i))
        if match:
            return _safely(
                1, lambda: self._iso_week(int(match[1]) if match[1] else None, int(match[2]))
            )
        return None

    def _week_of(self, i: int) -> Match:
        at = i + 2 + (self.words.word(i + 2) == "the")
        if self.words.word(i + 1) not in ("of", "starting", "beginning"):
            return None
        day = self._month_day(at) or self._day_month(at) or self._iso(at)
        if day is None or day[1].start is None:
            return None
        start = floor(day[1].start, "week", self.clock.week_start)
        return at + day[0] - i, Span(
            start, shift(start, "day", 7), f"the week of {start:%-d %B %Y}", unit="week"
        )

    def _iso_week(self, year: int | None, number: int) -> Span:
        start = datetime.fromisocalendar(year or self.clock.latest.year, number, 1)
        if year is None and start > self.clock.latest:
            start = datetime.fromisocalendar(self.clock.latest.year - 1, number, 1)
        return Span(start, shift(start, "day", 7), f"week {number} of {start:%G}", unit="week")

    def _weekday(self, i: int) -> Match:
        """Last Friday, on Tuesday, this Monday: the latest one that is over."""
        said = self.words.word(i) in ("last", "this", "past", "previous")
        name = self.words.word(i + said)
        if name not in DAYS or (
            not said
            and self.words.word(i - 1)
            not in ("on", "since", "until", "and", "to", "from", "by", "before", "after")
        ):
            return None
        back = (self.clock.now.weekday() - DAYS.index(name)) % 7
        back = back or (0 if self.words.word(i) == "this" else 7)
        day = floor(shift(self.clock.now, "day", -back), "day")
        return 1 + said, Span(day, shift(day, "day", 1), f"{day:%A, %-d %B %Y}")

    def _weekend(self, i: int) -> Match:
        """Last weekend, this weekend, the weekend before."""
        if self.words.word(i + 1) != "weekend" or self.words.word(i) not in (
            "last",
            "this",
            "past",
        ):
            return None
        monday = floor(self.clock.now, "week", 1)
        saturday = shift(monday, "day", 5 if self.words.word(i) == "this" else -2)
        if self.words.word(i) != "this" and self.clock.now.weekday() >= 5:
            saturday = shift(monday, "day", -2)
        end = min(shift(saturday, "day", 2), max(self.clock.now, shift(saturday, "hour", 1)))
        return 2, Span(saturday, end, f"the weekend of {saturday:%-d %B %Y}")

    def _bare_day(self, i: int) -> Match:
        """The 14th: the latest such day of a month."""
        at = i + (self.words.word(i) == "the")
        match = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)", self.words.word(at))
        if match is None:
            return None
        latest, day = self.clock.latest, int(match[1])
        month = latest if day <= latest.day else shift(latest.replace(day=1), "month", -1)
        return _safely(at + 1 - i, lambda: self._date(month.year, month.month, day))

    def _dated(self, i: int) -> bool:
        """Whether a word like "may" stands where a month would."""
        follows = self.words.word(i + 1) in ("to", "until", "till", "through", "-", "–")
        other = self.words.month(i + 2) is not None
        lone = self.words.word(i) not in ("may", "mar", "sun")
        before = self.words.word(i - 1) in LEADS | BEFORE_MONTH
        return bool(self.words.year(i + 1)) or before or (follows and other) or (lone and i == 0)

    def _date(self, year: int, month: int, day: int | None = None) -> Span:
        at = datetime(year, month, day or 1)
        if day is None:
            return Span(at, shift(at, "month", 1), f"{at:%B %Y}")
        return Span(at, shift(at, "day", 1), f"{at:%-d %B %Y}")

    def in_same_year(self, i: int, first: Span, second: Span) -> Span:
        """The first point of a range, in the year of the second when it names none itself."""
        assert first.start is not None
        assert second.start is not None
        if first.start < second.start and first.start.year == second.start.year:
            return first
        named = (
            any(self.words.year(i + k) for k in range(1, 4)) or self.words.tokens[i].kind == "date"
        )
        if named and first.start <= second.start:
            return first
        moved = first.start.replace(year=second.start.year)
        moved = moved if moved <= second.start else moved.replace(year=moved.year - 1)
        return Span(moved, first.end, first.label)


def _safely(taken: int, make: Callable[[], Span]) -> Match:
    """The match, or none when the calendar has no such day."""
    try:
        return taken, make()
    except ValueError:
        return None
