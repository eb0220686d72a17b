"""Answers over small results, honest and corrupted, for the check of numbers."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agent.numbers import unmatched
from agent.numbers.results import Result

FOLDER = Path(__file__).parent / "numbers"
FILES = ("seen.jsonl", "held.jsonl", "last.jsonl", "fresh.jsonl")
FIRM = re.compile(
    r"\b(?:over|above|than|least|under|below|nearly|almost|about|around|roughly|approximately|top)"
    r"\s[$€]?$",
    re.IGNORECASE,
)
DIGITS = re.compile(r"(?<![\w.,/#:-])[$€]?(?P<digits>\d[\d,]*(?:\.\d+)?)(?=[\s%).,;*]|[kKM]\b|$)")
BY_NAME = re.compile(
    r"\b(?:week|day|q|q[1-4]|in|of|page|studio|box|version|step|all)\s$", re.IGNORECASE
)
TURNS = {
    "rose": "fell", "fell": "rose", "grew": "shrank", "increased": "decreased",
    "decreased": "increased", "up": "down", "down": "up", "climbed": "dropped",
    "dropped": "climbed", "more": "fewer", "fewer": "more", "higher": "lower", "lower": "higher",
    "declined": "grew", "dipped": "jumped",
}  # fmt: skip


BARE = dict.fromkeys(TURNS, "") | dict.fromkeys(
    ("up", "down"), r"(?<=\bis )|(?<=\bare )|(?<=\bwas )|(?<=, )|(?<=went )"
)
BARE = {word: f"(?:{lead})" if lead else "" for word, lead in BARE.items()}
BARE |= dict.fromkeys(("more", "fewer", "higher", "lower"), r"(?<=\d )")
"""Where a word that tells a direction must stand to be one."""

AHEAD = dict.fromkeys(TURNS, "") | dict.fromkeys(("up", "down"), r"(?=\s(?:by\s)?[$€\d])")


@dataclass(frozen=True)
class Case:
    """One honest answer, and ways to make it wrong by hand."""

    id: str
    results: tuple[Result, ...]
    question: str
    window: tuple[tuple[float, float], ...]
    text: str
    wrong: tuple[str, ...]

    def missing(self, text: str) -> list[str]:
        """The numbers that the check marks in a text about these results."""
        said = (self.question, *(one.about for one in self.results))
        return [one.text for one in unmatched(text, self.results, said, self.window)]

    def corrupted(self) -> Iterator[tuple[str, str]]:
        """Wrong answers by hand and by rule, each with its kind."""
        yield from (("by hand", text) for text in self.wrong)
        yield from _by_rule(self.id, self.text)


def cases(name: str) -> list[Case]:
    """The cases of a file."""
    results = {one["name"]: _result(one) for one in _lines("results.jsonl")}
    return [_case(one, results) for one in _lines(name)]


def _lines(name: str) -> list[dict[str, Any]]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _result(one: dict[str, Any]) -> Result:
    return Result(tuple(one["columns"]), tuple(map(tuple, one["rows"])), one["query"])


def _case(one: dict[str, Any], results: dict[str, Result]) -> Case:
    window = [date.fromisoformat(day).toordinal() for day in one.get("window", ())]
    return Case(
        one["id"],
        tuple(results[name] for name in one["results"]),
        one["question"],
        ((window[0], window[1]),) if window else (),
        one["text"],
        tuple(_replaced(one["text"], pairs) for pairs in one["wrong"]),
    )


def _replaced(text: str, pairs: list[list[str]]) -> str:
    """The text with all replacements made at once."""
    for i, (old, _) in enumerate(pairs):
        assert old in text, (old, text)
        text = text.replace(old, f"\0{i}\0", 1)
    for i, (_, new) in enumerate(pairs):
        text = text.replace(f"\0{i}\0", new)
    return text


def _by_rule(name: str, text: str) -> Iterator[tuple[str, str]]:
    """A digit changed, a number invented, a magnitude off, a direction turned."""
    found = [m for m in DIGITS.finditer(text) if _claims(text, m)]
    if found:
        one = found[_dice(name, len(found))]
        start, end = one.span("digits")
        for kind, change in (("digit", _digit), ("invented", _invented), ("magnitude", _magnitude)):
            yield kind, text[:start] + change(name, one["digits"]) + text[end:]
    for word, other in TURNS.items():
        turned = re.sub(rf"{BARE[word]}\b{word}\b{AHEAD[word]}", other, text, count=1)
        if turned != text:
            yield "direction", turned
            return


def _claims(text: str, match: re.Match[str]) -> bool:
    """Whether a changed number is sure to be wrong: no round figure, no name, no date."""
    digits = match["digits"].replace(",", "")
    lead = text[max(0, match.start() - 14) : match.start()]
    plain = len(digits.strip("0.")) >= 2
    dated = re.match(r"(?:19|20)\d\d$", digits) or re.match(
        r"\s(?:[A-Z][a-z]+ber|Oct|Nov|Sep|Aug|July)", text[match.end() :]
    )
    months = re.search(r"(?:ber|ust|July|Oct|Nov|Sep|Aug)\s$", lead)
    return plain and not (FIRM.search(lead) or BY_NAME.search(lead) or dated or months)


def _digit(name: str, digits: str) -> str:
    places = [i for i, c in enumerate(digits) if c.isdigit()][:2]
    i = places[_dice(f"{name}d", len(places))]
    new = (int(digits[i]) + 1 + _dice(f"{name}n", 7)) % 10
    new = new or 9 if i == 0 else new
    new = new if str(new) != digits[i] else (new % 9) + 1
    return digits[:i] + str(new) + digits[i + 1 :]


def _invented(name: str, digits: str) -> str:
    value = "".join(
        c if not c.isdigit() else str(1 + _dice(f"{name}i{i}", 9)) for i, c in enumerate(digits)
    )
    return value if value[:1] != digits[:1] else str(int(digits[0]) % 9 + 1) + value[1:]


def _magnitude(name: str, digits: str) -> str:
    whole, dot, part = digits.replace(",", "").partition(".")
    return f"{int(whole + '0'):,}" + dot + part


def _dice(name: str, sides: int) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % sides
