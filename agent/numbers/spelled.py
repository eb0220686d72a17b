"""Numbers in words: "twelve hundred", "two thirds", "one in six", "doubled"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

UNITS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
POWERS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
         "eighth": 8, "tenth": 10}  # fmt: skip
FOLD = {"twice": 2.0, "thrice": 3.0, "double": 2.0, "doubled": 2.0, "doubling": 2.0,
        "triple": 3.0, "tripled": 3.0, "tripling": 3.0, "quadrupled": 4.0, "halved": 0.5,
        "halving": 0.5, "doubles": 2.0, "halves": 0.5, "triples": 3.0}  # fmt: skip
_NAMES = "|".join((*UNITS, *TENS, *POWERS))
_SMALL = "|".join((*UNITS, r"\d+"))
WORDS = re.compile(
    rf"\b(?:a\s(?=hundred|thousand|million|billion|dozen))?(?:{_NAMES}|dozen)"
    rf"(?:[\s-](?:and\s)?(?:{_NAMES}))*\b(?P<unit>\s(?:percentage\spoints|percent|times)\b|[-\s]?fold\b)?",
    re.IGNORECASE,
)
ONE_IN = re.compile(
    rf"\b(?P<part>{_SMALL})\s(?:[a-z]+\s)?(?:in|out\sof)\s(?:every\s)?(?P<whole>{_SMALL})\b(?![\d,.]*\d)",
    re.IGNORECASE,
)
PART = re.compile(
    rf"\b(?P<count>an?|one|two|three|four|five|seven|nine)[\s-](?P<part>{'|'.join(PARTS)})s?\b"
    r"(?!\s(?:hour|time|place|year|day|week|month|ago|most|largest|highest))"
    r"|\b(?<!first\s)(?<!second\s)(?<!last\s)(?<!this\s)(?P<half>half)\b(?!-|\san?\s|\syear)",
    re.IGNORECASE,
)
TIMES = re.compile(rf"\b(?:{'|'.join(FOLD)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Spelled:
    """A number in words."""

    start: int
    end: int
    value: float
    step: float
    """The step in which such a number counts: a hundred for "twelve hundred"."""

    kind: Literal["", "percent", "points", "times", "part"] = ""


def spelled(text: str) -> list[Spelled]:
    """The numbers that a text spells out; none overlaps another."""
    found: list[Spelled] = []
    for one in (*_ratios(text), *_parts(text), *_numbers(text)):
        if not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return found


def _ratios(text: str) -> Iterator[Spelled]:
    for match in ONE_IN.finditer(text):
        part, whole = _small(match["part"]), _small(match["whole"])
        if 0 < part < whole <= 20 and not (match["part"].isdigit() and part > 1):
            yield Spelled(match.start(), match.end(), part / whole, 0, "part")
    for match in TIMES.finditer(text):
        yield Spelled(match.start(), match.end(), FOLD[match[0].lower()], 0, "times")


def _parts(text: str) -> Iterator[Spelled]:
    for match in PART.finditer(text):
        if match["half"]:
            yield Spelled(match.start(), match.end(), 0.5, 0, "part")
            continue
        count = 1 if match["count"].lower() in ("a", "an") else _small(match["count"])
        whole = PARTS[match["part"].lower()]
        if count < whole:
            yield Spelled(match.start(), match.end(), count / whole, 0, "part")


def _numbers(text: str) -> Iterator[Spelled]:
    for match in WORDS.finditer(text):
        names = [w for w in re.split(r"[\s-]+", match[0].lower()) if w not in ("and", "a")]
        unit = (match["unit"] or "").strip(" -").lower()
        kinds = {"percent": "percent", "percentage points": "points"}
        kind = kinds.get(unit, "times" if unit else "")
        value, step = _value([name for name in names if name not in unit.split()])
        if value != 1 or kind:
            yield Spelled(match.start(), match.end(), value, step, kind)  # type: ignore[arg-type]


def _value(names: list[str]) -> tuple[float, float]:
    whole, part, step = 0.0, 0.0, 1.0
    for name in names:
        if name in POWERS or name == "dozen":
            power = POWERS.get(name, 12)
            part, step = (part or 1) * power, float(power)
            if power >= 1000:
                whole, part = whole + part, 0.0
        else:
            part, step = part + (UNITS.get(name) or TENS.get(name, 0)), 1.0
    return whole + part, step


def _small(word: str) -> int:
    return int(word) if word.isdigit() else UNITS[word.lower()]
