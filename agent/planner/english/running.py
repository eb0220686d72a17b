"""Periods that end now or with the unit before: the last 7 days, this week, month to date."""

import re

from agent.planner.english.phrases import Words
from agent.planner.english.windows import (
    Clock,
    Span,
    Unit,
    back,
    floor,
    shift,
    so_far,
    whole,
)
from agent.planner.english.years import Match

TO_DATE: dict[str, Unit] = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
ROLLING = ("last", "past", "previous", "trailing", "recent", "prior", "rolling")
FULL = ("full", "complete", "calendar", "whole", "entire", "completed")
OF_PERIODS = frozenset(
    [
        "time",
        "part",
        "parts",
        "rest",
        "end",
        "start",
        "beginning",
        "half",
        "middle",
        "top",
        "first",
        "last",
        "course",
        "days",
        "hours",
        "turn",
    ]
)
"""Words for a part of a period, after which “of the month” is no period by itself."""


class Running:
    """The rules for them, at one position of a question."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self.words = words
        self.clock = clock

    def to_date(self, i: int) -> Match:
        """Year to date, MTD."""
        if self.words.word(i) in TO_DATE:
            unit = TO_DATE[self.words.word(i)]
            taken = 2 if self.words.year(i + 1) == self.clock.now.year else 1
            return taken, so_far(unit, self.clock, f"this {unit} to date")
        unit_said = self.words.unit(i)
        if unit_said and self.words.says(i + 1, "to date"):
            return 3, so_far(unit_said, self.clock, f"this {unit_said} to date")
        return None

    def rolling(self, i: int) -> Match:
        """Last 7 days, past month, the last week, over 90 days."""
        lead = self.words.word(i)
        if lead in ("go", "going") and self.words.word(i + 1) == "back":
            unit = self.words.unit(i + 3)
            count = 1 if self.words.word(i + 2) in ("a", "one") else self.words.count(i + 2)
            if unit and count:
                return 4, self._one(unit) if count == 1 else self._several(count, unit)
        if lead in ROLLING:
            return self._rolling_after(i, lead)
        count = self.words.count(i)
        unit = self.words.unit(i + 1)
        if lead in ("a", "an") and unit and self.words.word(i - 1) in ("over", "for", "during"):
            return 2, self._one(unit)
        if count and unit and self.words.word(i - 1) in ("over", "for", "in", "within", "during"):
            return 2, back(count, unit, self.clock, f"the last {count} {unit}s")
        return None

    def _whole(self, count: int, unit: Unit) -> Span:
        """The last 10 complete weeks, up to the one that is running."""
        end = floor(self.clock.now, unit, self.clock.week_start)
        return Span(shift(end, unit, -count), end, f"the last {count} complete {unit}s")

    def _several(self, count: int, unit: Unit) -> Span:
        return back(count, unit, self.clock, f"the last {count} {unit}s")

    def _rolling_after(self, i: int, lead: str) -> Match:
        skip = 1 if self.words.says(i + 1, "couple of") else 0
        count = 2 if skip else self.words.count(i + 1)
        months = re.fullmatch(r"(\d+)m", self.words.word(i + 1))
        if months:
            return 2, back(int(months[1]), "month", self.clock, f"the last {months[1]} months")
        at = i + 2 + skip
        whole_unit = self.words.unit(at + 1) if self.words.word(at) in FULL else None
        if count and whole_unit:
            return at + 2 - i, self._whole(count, whole_unit)
        if count and (unit := self.words.unit(at)):
            return at + 1 - i, back(count, unit, self.clock, f"the last {count} {unit}s")
        unit = self.words.unit(i + 1)
        article = self.words.word(i - 1) in ("the", "this") and lead == "last"
        within = self.words.word(i - 2) in ("over", "for", "in", "during", "within", "across")
        units = ("week", "month", "year") if within else ("week", "month")
        if not unit or not (lead in ("past", "trailing") or (article and unit in units)):
            return None
        if unit == "quarter":
            return 2, self._previous(unit)
        return 2, self._one(unit)

    def _one(self, unit: Unit) -> Span:
        """The past day, week, month or year, up to now."""
        if unit == "quarter":
            return back(3, "month", self.clock, "the last 3 months")
        days = {"hour": 1, "day": 1, "week": 7, "month": 30, "year": 365}[unit]
        if unit == "year":
            return back(12, "month", self.clock, "the last 12 months")
        inner: Unit = "hour" if unit == "hour" else "day"
        label = "the last hour" if unit == "hour" else f"the last {days} days"
        return back(days, inner, self.clock, label)

    def of_the(self, i: int) -> Match:
        """The biggest orders of the year: the one that is running."""
        unit = self.words.unit(i + 2)
        whole = self.words.says(i, "of the") or self.words.says(i, "through the")
        if not whole or unit is None or unit == "hour" or self._counts(i - 1):
            return None
        return 3, so_far(unit, self.clock, "today" if unit == "day" else f"this {unit} so far")

    def _counts(self, i: int) -> bool:
        """Whether a word is a part of a period: the day of the week, the end of the month."""
        return self.words.unit(i) is not None or self.words.word(i) in OF_PERIODS

    def calendar(self, i: int) -> Match:
        """This week, last month, previous quarter."""
        full = self.words.word(i + 1) in FULL
        unit = self.words.unit(i + 1 + full)
        if unit is None:
            return None
        if self.words.word(i) in ("this", "current"):
            return 2 + full, so_far(unit, self.clock, f"this {unit} so far")
        if self.words.word(i) in ("last", "previous", "prior", "latest", "past"):
            return 2 + full, self._previous(unit)
        return None

    def _previous(self, unit: Unit) -> Span:
        at = shift(floor(self.clock.now, unit, self.clock.week_start), unit, -1)
        return whole(at, unit, self.clock, f"last {unit}")
