"""Years and their parts: quarters and halves."""

import re
from datetime import datetime

from agent.planner.english.phrases import ORDINALS, Words
from agent.planner.english.windows import Clock, Span, shift

Match = tuple[int, Span] | None
"""How many tokens a rule took, and what they mean."""

COUNTING = ("over", "than", "least", "most", "under", "top")
"""What stands before a number that counts something."""


class Years:
    """The rules for years and their parts, at one position of a question."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self.words = words
        self.clock = clock

    def quarter(self, i: int) -> Match:
        """Q3, Q3 2011, the third quarter of 2011."""
        word, taken = self.words.word(i), 1
        if re.fullmatch(r"q[1-4]", word):
            number = int(word[1])
        elif word in ORDINALS and self.words.word(i + 1) in ("quarter", "qtr"):
            number, taken = ORDINALS[word], 2
        else:
            return None
        return self._part_of_year(i, taken, number, 3, f"Q{number}")

    def half(self, i: int) -> Match:
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
            and self.words.word(at) in ("this", "last", "the")
        ):
            year, taken = self.clock.now.year - (self.words.word(at) == "last"), at + 2 - i
        month = (number - 1) * months + 1
        year = year or self.clock.year_of(month)
        start = datetime(year, month, 1)
        return taken, Span(start, shift(start, "month", months), f"{name} {year}")

    def year(self, i: int) -> Match:
        """2026, 2026 Q3, 2026 H1, 2026-W45; a number that counts something is no year."""
        year = self.words.year(i)
        if year is None or self.words.word(i - 1) in COUNTING:
            return None
        part = re.fullmatch(r"([qh])([1-4])", self.words.word(i + 1))
        if part:
            months = 3 if part[1] == "q" else 6
            start = datetime(year, (int(part[2]) - 1) * months % 12 + 1, 1)
            name = f"{part[1].upper()}{part[2]} {year}"
            return 2, Span(start, shift(start, "month", months), name)
        start = datetime(year, 1, 1)
        return 1, Span(start, shift(start, "year", 1), str(year))
