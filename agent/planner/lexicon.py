"""The planner's words: analytics English as data, read from lexicon.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agent.planner.words import stem


@dataclass(frozen=True)
class Inability:
    """Something the planner can't do, the words that ask for it, and the nearest it can."""

    name: str
    words: tuple[str, ...]
    nearest: str


@dataclass(frozen=True)
class Lexicon:
    """Everything known about words before a project is looked at."""

    concepts: dict[str, frozenset[str]]
    """Stem → the concepts it belongs to; the stems of a phrase are joined by a space."""

    neutral: frozenset[str]
    marked: frozenset[str]
    identity: frozenset[str]
    people: frozenset[str]
    customers: frozenset[str]
    visitors: frozenset[str]
    known: frozenset[str]
    anonymous: frozenset[str]
    bots: frozenset[str]
    opposites: dict[str, str]
    values: dict[str, tuple[str, ...]]
    most: frozenset[str]
    least: frozenset[str]
    skipped: frozenset[str]
    ends: frozenset[str]
    filler: frozenset[str]
    cant: tuple[Inability, ...]


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    data = tomllib.loads(files("agent.planner").joinpath("lexicon.toml").read_text("utf-8"))
    people = data["people"]
    return Lexicon(
        concepts=_concepts(data["concepts"]),
        neutral=_stems(data["names"]["neutral"]),
        marked=_stems(data["names"]["marked"]),
        identity=_stems(data["names"]["identity"]),
        people=_stems(people["nouns"]),
        customers=_stems(people["customers"]),
        visitors=_stems(people["visitors"]),
        known=_stems(people["known"]),
        anonymous=_stems(people["anonymous_words"]),
        bots=_stems(people["bots"]),
        opposites={stem(said): stem(meant) for said, meant in data["opposites"].items()},
        values={said: tuple(written) for said, written in data["values"].items()},
        **{name: frozenset(words.split()) for name, words in data["order"].items()},
        filler=frozenset(data["filler"]["words"].split()),
        cant=tuple(
            Inability(row["name"], tuple(row["words"]), row["nearest"]) for row in data["cant"]
        ),
    )


def _stems(words: list[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words)


def _concepts(rows: dict[str, Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concept, phrases in rows.items():
        for phrase in phrases:
            found.setdefault(" ".join(map(stem, phrase.split())), set()).add(concept)
    return {phrase: frozenset(names) for phrase, names in found.items()}
