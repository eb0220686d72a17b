"""Absolute dates: days, months, quarters, halves and years by name."""

import re
from collections.abc import Callable
from datetime import datetime

from agent.planner.phrases import ORDINALS, Words
from agent.planner.windows import Clock, Span, shift

Match = tuple[int, Span] | None
"""How many tokens a rule took, and what they mean."""

LEADS = frozenset("in on for during over within of at across throughout from".split())  # noqa: SIM905
BEFORE_YEAR = frozenset("year and vs versus since until before after by to through".split())  # noqa: SIM905
BEFORE_MONTH = frozenset("since until last this to and between".split())  # noqa: SIM905
UNCLEAR = frozenset({"may", "mar", "dec", "jan", "sep", "jun"})
"""Names of months that are also other words: they need a date's company."""


class Points:
    """The rules for absolute dates, at one position of a question."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self.words = words
        self.clock = clock

    def at(self, i: int, inner: bool = False) -> Match:
        """An absolute date, month, quarter, half or year."""
        rules = (
            self._iso,
            self._month_day,
            self._day_month,
            self._month,
            self._quarter,
            self._half,
        )
        matches = [match for rule in rules if (match := rule(i))]
        if (match := self._year(i, inner)) is not None:
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
            lambda: self._date(year or self._recent(month, day), month, day),
        )

    def _day_month(self, i: int) -> Match:
        """5 March, the 5th of March 2011."""
        day = self.words.day(i)
        at = i + 1 + (1 if self.words.word(i + 1) == "of" else 0)
        month = self.words.month(at)
        if month is None or day is None:
            return None
        year = self.words.year(at + 1)
        taken = at + 1 + (1 if year else 0) - i
        return _safely(taken, lambda: self._date(year or self._recent(month, day), month, day))

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
        return _safely(taken, lambda: self._date(year or self._recent(month), month))

    def _quarter(self, i: int) -> Match:
        """Q3, Q3 2011, the third quarter of 2011."""
        word, taken = self.words.word(i), 1
        if re.fullmatch(r"q[1-4]", word):
            number = int(word[1])
        elif word in ORDINALS and self.words.word(i + 1) == "quarter":
            number, taken = ORDINALS[word], 2
        else:
            return None
        return self._part_of_year(i, taken, number, 3, f"Q{number}")

    def _half(self, i: int) -> Match:
        """H1 2011, the first half of 2011."""
        word, taken = self.words.word(i), 1
        if word in ("h1", "h2"):
            number = int(word[1])
        elif word in ("first", "second") and self.words.word(i + 1) == "half":
            number, taken = ORDINALS[word], 2
        else:
            return None
        return self._part_of_year(i, taken, number, 6, f"H{number}")

    def _part_of_year(self, i: int, taken: int, number: int, months: int, name: str) -> Match:
        at = i + taken + (1 if self.words.word(i + taken) == "of" else 0)
        year = self.words.year(at)
        taken = at + 1 - i if year else taken
        if (
            not year
            and self.words.word(at + 1) == "year"
            and self.words.word(at) in ("this", "last")
        ):
            year, taken = self.clock.now.year - (self.words.word(at) == "last"), at + 2 - i
        month = (number - 1) * months + 1
        year = year or self._recent(month)
        start = datetime(year, month, 1)
        return taken, Span(start, shift(start, "month", months), f"{name} {year}")

    def _year(self, i: int, inner: bool) -> Match:
        year = self.words.year(i)
        led = self.words.word(i - 1) in (LEADS - {"over", "within", "at"}) | BEFORE_YEAR
        if year is None or not (inner or led):
            return None
        start = datetime(year, 1, 1)
        return 1, Span(start, shift(start, "year", 1), str(year))

    def _dated(self, i: int) -> bool:
        """Whether a word like "may" stands where a month would."""
        return bool(self.words.year(i + 1)) or self.words.word(i - 1) in LEADS | BEFORE_MONTH

    def _recent(self, month: int, day: int = 1) -> int:
        """The year in which this month last began, as seen from the latest event."""
        latest = self.clock.latest
        return latest.year if (month, day) <= (latest.month, latest.day) else latest.year - 1

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
