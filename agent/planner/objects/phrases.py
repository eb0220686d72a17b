"""Phrases in a small notation, looked for among the words of a question.

Words part by spaces. `a|b` is either, `a?` may be missing, `a~` is any form of the word, `_` is up
to eight words of any kind, `#` a number, `@` an e-mail address, `^` the beginning, `$` the end.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent.planner.english.words import Token, stem

GAP = 8


@dataclass(frozen=True)
class Part:
    """One place of a phrase."""

    words: frozenset[str]
    stems: frozenset[str]
    special: str = ""
    """`_`, `#`, `@`, `^` or `$`."""

    optional: bool = False


Phrase = tuple[Part, ...]


@cache
def phrase(text: str) -> Phrase:
    """A phrase taken apart."""
    return tuple(_part(word) for word in text.split())


@cache
def phrases(name: str) -> tuple[Phrase, ...]:
    """The phrases of one name in words.toml."""
    return tuple(phrase(text) for text in _words()[name])


@cache
def by_word(name: str) -> Mapping[str, tuple[Phrase, ...]]:
    """The phrases of one name under the words or stems of their rarest part; "" for the rest."""
    found: dict[str, list[Phrase]] = {}
    for one in phrases(name):
        needed = [part.words | part.stems for part in one if not (part.special or part.optional)]
        for word in min(needed, key=len, default=frozenset({""})):
            found.setdefault(word, []).append(one)
    return {word: tuple(some) for word, some in found.items()}


@cache
def word_set(name: str) -> frozenset[str]:
    """The single words of one name in words.toml."""
    return frozenset(" ".join(_words()[name]).split())


def possible(said: frozenset[str], sought: Phrase) -> bool:
    """Whether every word that a phrase can't do without is said at all."""
    return all(
        part.special
        or part.optional
        or not said.isdisjoint(part.words)
        or not said.isdisjoint(part.stems)
        for part in sought
    )


def found(tokens: Sequence[Token], sought: Phrase) -> tuple[int, int] | None:
    """Where a phrase first stands, as `[start, end)`."""
    for start in range(len(tokens) + 1):
        for end in _ends(tokens, sought, start):
            return start, end
    return None


@cache
def _words() -> Mapping[str, Sequence[str]]:
    text = files("agent.planner.objects").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(text)


def _part(word: str) -> Part:
    if word in ("_", "#", "@", "^", "$"):
        return Part(frozenset(), frozenset(), word)
    optional = word.endswith("?") and len(word) > 1
    ways = word.removesuffix("?").split("|") if optional else word.split("|")
    exact = frozenset(way for way in ways if not way.endswith("~"))
    return Part(exact, frozenset(stem(way[:-1]) for way in ways if way.endswith("~")), "", optional)


def _ends(tokens: Sequence[Token], sought: Phrase, at: int) -> Iterator[int]:
    """Every place where a phrase that begins at a token may end, the nearest first."""
    if not sought:
        yield at
        return
    part, rest = sought[0], sought[1:]
    if part.special == "_":
        for skip in range(GAP + 1):
            yield from _ends(tokens, rest, at + skip) if at + skip <= len(tokens) else ()
        return
    if part.special in ("^", "$"):
        if at == (0 if part.special == "^" else len(tokens)):
            yield from _ends(tokens, rest, at)
        return
    if at < len(tokens) and _fits(tokens[at], part):
        yield from _ends(tokens, rest, at + 1)
    if part.optional:
        yield from _ends(tokens, rest, at)


def _fits(token: Token, part: Part) -> bool:
    if part.special == "#":
        return token.kind == "number"
    if part.special == "@":
        return "@" in token.text[1:] and token.kind == "word"
    if token.kind == "quoted":
        return False
    return token.word in part.words or token.stem in part.stems
