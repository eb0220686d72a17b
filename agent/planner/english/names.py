"""Which names of a project neighbouring words may mean: by stem, synonym and description."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import log2

from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import Token, name_words, stem, word_set

NEUTRAL, STAGE, IDENTITY = 0.25, 0.6, 0.3
DESCRIBED = 0.8
EMPTY = 0.5
"""What a name of nothing but words that say little is worth."""

LONGEST = 8
NAMED = re.compile(r"[_$:]|[a-z][A-Z]")
"""What only names are written with."""

JOINING = word_set(
    "a an the their our my your its of up out it his her some any another this these that which "
    "were was are is been being have has got get gets we they did do does i had"
)
"""Words that may stand inside a name's words without being part of it."""

EMPTY_WORDS = word_set("from to of is has by for the a at was in on per and or")
"""Words of a name that need not be said and mean nothing alone."""

NOTHING = 0.05
RARITY = 0.3
"""How much less a word weighs for each doubling of the names that have it."""


@dataclass(frozen=True)
class Unit:
    """A word of a name, or two that are one idea ("sign up")."""

    parts: tuple[str, ...]
    concepts: frozenset[str]
    weight: float


@dataclass(frozen=True)
class Name:
    """A name of an event or a property as weighed units."""

    name: str
    units: tuple[Unit, ...]
    factor: float = 1.0
    """Less than one for words that only describe the name."""

    @property
    def weight(self) -> float:
        """What all its units weigh together."""
        return sum(unit.weight for unit in self.units) or 1.0

    def share(self, stem_said: str) -> float:
        """How much of the name one word makes up."""
        hit = [unit.weight for unit in self.units if stem_said in unit.parts]
        return sum(hit) / self.weight

    def has(self, concept: str) -> float:
        """How much of the name a concept makes up, 0 when it is not in it."""
        hit = [unit.weight for unit in self.units if concept in unit.concepts]
        return sum(hit) / self.weight


@dataclass(frozen=True)
class Link:
    """A name that a window of words may mean, and how surely: 1 is all of it, 2 spelled out."""

    name: str
    score: float
    objects: tuple[str, ...] = ()
    """The stems that only named a thing the event is about."""

    holder: str = ""
    """Whose property it is, where the words tell."""

    direct: bool = True
    """Whether one of its own words was said, and not only another word for it."""


@dataclass(frozen=True)
class Window:
    """Neighbouring tokens `[start, end)` all of which each of these names explains, best first."""

    start: int
    end: int
    links: tuple[Link, ...]
    said: int = 1
    """How many of its words mean something."""


def units(words: Sequence[str], neutral: float = NEUTRAL) -> tuple[Unit, ...]:
    """A name's words as units, two-word ideas taken together."""
    stems = [stem(word) for word in words]
    found: list[Unit] = []
    i = 0
    while i < len(stems):
        size = 2 if " ".join(stems[i : i + 2]) in lexicon().concepts and i + 1 < len(stems) else 1
        parts = tuple(stems[i : i + size])
        concepts = lexicon().concepts.get(" ".join(parts), frozenset())
        found.append(Unit(parts, concepts, _weight(" ".join(parts), neutral)))
        i += size
    return tuple(found)


@lru_cache(maxsize=8192)
def read_name(name: str, neutral: float = NEUTRAL) -> Name:
    """A name taken apart and weighed, words that say little by `neutral`."""
    parts = units(name_words(name), neutral)
    empty = all(part.weight <= NEUTRAL for part in parts)
    return Name(name, parts, factor=EMPTY if empty else 1.0)


def by_rarity(names: Sequence[Name]) -> tuple[Name, ...]:
    """The names with each unit weighed by how few others have it too: what tells them apart."""
    found: dict[tuple[str, ...], set[str]] = {}
    for name in names:
        for unit in name.units:
            found.setdefault(unit.parts, set()).add(name.name)
    return tuple(
        replace(
            name,
            units=tuple(
                replace(unit, weight=unit.weight / (1 + RARITY * log2(len(found[unit.parts]))))
                for unit in name.units
            ),
        )
        for name in names
    )


def described(name: str, description: str) -> Name | None:
    """What a short description adds to a name; None for a long one, which says too much."""
    empty = lexicon().filler | JOINING | EMPTY_WORDS
    words = [
        w for w in name_words(description) if w not in empty and stem(w) not in lexicon().people
    ]
    return Name(name, units(words), factor=DESCRIBED) if 1 < len(words) <= LONGEST else None


def _weight(stems: str, neutral: float) -> float:
    words = lexicon()
    if stems in EMPTY_WORDS:
        return NOTHING
    if stems in words.stages:
        return STAGE
    if stems in words.marked:
        return 1.0
    if stems in words.identity:
        return IDENTITY
    return neutral if stems in words.neutral else 1.0


def identifies(name: str) -> bool:
    """Whether a name is a code of a thing: of no kind, whose type was said."""
    return bool(lexicon().identity & {stem(word) for word in name_words(name)})


def without_vowels(word: str) -> str:
    """The consonants of a word, as names often shorten it: msg, btn, usr."""
    return re.sub("[aeiou]", "", word) if len(word) > 3 else word


def is_written_name(token: Token) -> bool:
    """Whether a token is a name in quotation marks, or written as only names are."""
    return token.kind == "quoted" or NAMED.search(token.text) is not None
