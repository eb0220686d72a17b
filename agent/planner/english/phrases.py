"""Reading a question word by word: numbers, months, units of time."""

import re
from collections.abc import Sequence
from functools import cache

from agent.planner.english.windows import UNITS, Unit
from agent.planner.english.words import Token

MONTH_NAMES = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
    "august aug", "september sep sept", "october oct", "november nov", "december dec",
)  # fmt: skip
MONTHS = {name: n for n, names in enumerate(MONTH_NAMES, 1) for name in names.split()}
COUNTING = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
NUMBERS = {word: n for n, word in enumerate(COUNTING.split())} | {
    "couple": 2, "dozen": 12, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
    "hundred": 100, "thousand": 1000,
}  # fmt: skip
ORDINAL_WORDS = ("first 1st", "second 2nd", "third 3rd", "fourth 4th")
ORDINALS = {word: n for n, words in enumerate(ORDINAL_WORDS, 1) for word in words.split()}
TENTHS = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINAL_NUMBERS = {word: n for n, word in enumerate(TENTHS.split(), 1)}
UNIT_WORDS: dict[str, Unit] = {
    **{unit: unit for unit in UNITS},
    **{f"{unit}s": unit for unit in UNITS},
    **{"h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"},
}
LENGTH_UNITS = {
    **UNIT_WORDS,
    **dict.fromkeys(("minute", "minutes", "min"), "minute"),
    **dict.fromkeys(("second", "seconds", "sec"), "second"),
}
"""Units of a length of time, which may be shorter than any interval."""


@cache
def split_words(phrase: str) -> tuple[str, ...]:
    """A phrase's words."""
    return tuple(phrase.split())


def count_of(token: Token) -> int | None:
    """A whole number written in digits or as a word."""
    if token.kind == "number" and token.word.replace(",", "").isdecimal():
        return int(token.word.replace(",", ""))
    return NUMBERS.get(token.word)


def number_of(token: Token) -> float | None:
    """A number as written, with thousands separators, k or m, and currency signs, or as a word."""
    match = re.fullmatch(r"[$£€]?([\d,]+(?:\.\d+)?)([km%])?", token.word)
    if token.kind != "number" or match is None:
        return float(NUMBERS[token.word]) if token.word in NUMBERS else None
    return float(match[1].replace(",", "")) * {"k": 1e3, "m": 1e6}.get(match[2] or "", 1)


class Words:
    """The tokens of a question, asked about by position; positions beyond the ends are empty."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens

    def word(self, i: int) -> str:
        """The word at `i`."""
        return self.tokens[i].word if 0 <= i < len(self.tokens) else ""

    def says(self, i: int, phrase: str) -> int:
        """How many tokens the phrase takes at `i`, 0 when it is not there."""
        words = split_words(phrase)
        if self.word(i) != words[0]:
            return 0
        return len(words) if all(self.word(i + k) == w for k, w in enumerate(words)) else 0

    def unit(self, i: int) -> Unit | None:
        """The unit of time at `i`; a quoted word is never one."""
        quoted = 0 <= i < len(self.tokens) and self.tokens[i].kind == "quoted"
        return None if quoted else UNIT_WORDS.get(self.word(i))

    def count(self, i: int) -> int | None:
        """The whole number at `i`."""
        return count_of(self.tokens[i]) if 0 <= i < len(self.tokens) else None

    def month(self, i: int) -> int | None:
        """The number of the month named at `i`."""
        return MONTHS.get(self.word(i))

    def day(self, i: int) -> int | None:
        """The day of a month at `i`, also as "5th"."""
        match = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", self.word(i))
        return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None

    def year(self, i: int) -> int | None:
        """The year at `i`, of this century or the last."""
        return int(self.word(i)) if re.fullmatch(r"(19|20)\d\d", self.word(i)) else None
