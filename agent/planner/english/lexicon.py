"""The planner's words: analytics English as data, read from lexicon.toml and cues.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agent.planner.english.words import plain_words, stem, tokenize

PLAIN = re.compile("[a-z ]+")
"""Phrases that need no tokenizer: there are thousands, and they are read at the start."""


@dataclass(frozen=True)
class Lexicon:
    """Everything known about words before a project is looked at."""

    concepts: Mapping[str, frozenset[str]]
    """Stem → the concepts it belongs to; the stems of a phrase are joined by a space."""

    neutral: frozenset[str]
    marked: frozenset[str]
    stages: frozenset[str]
    identity: frozenset[str]
    outcome: frozenset[str]
    light: frozenset[str]
    people: frozenset[str]
    roles: frozenset[str]
    doing: Mapping[str, str]
    """People named for what they do → the concept of it, both by stem."""

    nouns: frozenset[str]
    """The words themselves of those who are named for what they do."""

    known: frozenset[str]
    anonymous: frozenset[str]
    opposites: Mapping[str, frozenset[str]]
    """Stem → those of flags that are then false."""

    values: Mapping[str, tuple[str, ...]]
    languages: frozenset[str]
    filler: frozenset[str]
    countries: Mapping[str, str]
    """The names of countries by their lower case."""

    soft: frozenset[str]
    """Stems of words that mean nothing beside a name that explains the rest."""


@dataclass(frozen=True)
class Cue:
    """A phrase that tells how a question is meant."""

    kind: str
    value: str
    words: tuple[str, ...]
    """As normalised; a word that ends in `~` stands for its stem."""


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    data = _toml("lexicon.toml")
    names, people = data["names"], data["people"]
    return Lexicon(
        concepts=_concepts(data["concepts"]),
        neutral=_stems(names["neutral"]),
        marked=_stems(names["marked"]),
        stages=_stems(names["stages"]),
        identity=_stems(names["identity"]),
        outcome=_stems(names["outcome"]),
        light=_stems(names["light"]),
        people=_stems(people["nouns"]),
        roles=_stems(people["roles"]),
        doing={stem(noun): concept for noun, concept in people["doing"].items()},
        nouns=frozenset(w for noun in people["doing"] for w in (noun, f"{noun}s")),
        known=_stems(people["groups"]["known"]),
        anonymous=_stems(people["groups"]["anonymous_words"]),
        opposites={
            " ".join(map(stem, said.split())): _stems(meant)
            for said, meant in data["opposites"].items()
        },
        values=_values(data["values"], data["demonyms"], data["languages"]),
        languages=frozenset(data["languages"]),
        filler=frozenset(data["filler"]["words"].split()),
        countries={
            name.replace("_", " ").lower(): name.replace("_", " ")
            for name in data["countries"]["names"].split()
        },
        soft=_stems(data["filler"]["soft"].split()),
    )


@cache
def cues() -> Mapping[str, tuple[Cue, ...]]:
    """The cue phrases by their first word, longest first; a stem's stands under `~`."""
    found: dict[str, list[Cue]] = {}
    for key, phrases in _toml("cues.toml").items():
        kind, _, value = key.partition(".")
        for phrase in phrases:
            words = _words(phrase)
            found.setdefault(words[0], []).append(Cue(kind, value, words))
    return {
        first: tuple(sorted(some, key=lambda c: -len(c.words))) for first, some in found.items()
    }


@cache
def words() -> frozenset[str]:
    """The words of all concepts and of people, as they are written."""
    data = _toml("lexicon.toml")
    phrases = [p for some in data["concepts"].values() for p in some]
    nouns = [*data["people"]["nouns"], *data["people"]["roles"]]
    single = {word for phrase in (*phrases, *nouns) for word in phrase.split()}
    return frozenset(single | {f"{word}s" for word in single})


@cache
def spoken() -> frozenset[str]:
    """Words that mean something by themselves in any question."""
    single = {cue.words[0] for some in cues().values() for cue in some if len(cue.words) == 1}
    return frozenset(single) | lexicon().filler | words()


def _words(phrase: str) -> tuple[str, ...]:
    """The normalised words of a cue phrase; `evolve~` becomes the stem of it with the mark."""
    plain = phrase.replace("~", "")
    whole = plain_words(plain) if PLAIN.fullmatch(plain) else [t.word for t in tokenize(plain)]
    return (*whole[:-1], f"{stem(whole[-1])}~") if phrase.endswith("~") else tuple(whole)


@cache
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(files("agent.planner.english").joinpath(name).read_text("utf-8"))


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words)


def _concepts(rows: dict[str, Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for concept, phrases in rows.items():
        for phrase in phrases:
            found.setdefault(" ".join(map(stem, phrase.split())), set()).add(concept)
    return {phrase: frozenset(names) for phrase, names in found.items()}


def _values(
    written: dict[str, list[str]], demonyms: dict[str, str], languages: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    """How a value may be written in the data, by how people say it."""
    found: dict[str, list[str]] = {said: list(ways) for said, ways in written.items()}
    for said, country in demonyms.items():
        found.setdefault(said, []).append(country)
    for said, code in languages.items():
        found.setdefault(said, []).extend((code, said.capitalize()))
    return {said: tuple(dict.fromkeys(ways)) for said, ways in found.items()}
