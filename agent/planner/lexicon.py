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
    doing: dict[str, str]
    """People named for what they do → the concept of it."""
    known: frozenset[str]
    anonymous: frozenset[str]
    bots: frozenset[str]
    opposites: dict[str, str]
    values: dict[str, tuple[str, ...]]
    display: frozenset[str]
    pivots: frozenset[str]
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
        doing={stem(noun): concept for noun, concept in people["doing"].items()},
        known=_stems(people["groups"]["known"]),
        anonymous=_stems(people["groups"]["anonymous_words"]),
        bots=_stems(people["groups"]["bots"]),
        opposites={stem(said): stem(meant) for said, meant in data["opposites"].items()},
        values=_values(data["values"], data["demonyms"]),
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


def _values(written: dict[str, list[str]], demonyms: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """How a value may be written in the data, by how people say it."""
    return {
        **{said: tuple(ways) for said, ways in written.items()},
        **{said: (country,) for said, country in demonyms.items()},
    }
