"""find_names: which events, properties and values some words of a question may mean."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from pydantic import Field
from rapidfuzz import fuzz

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import TooSlow
from tools.shown import listing
from tools.taxonomy import FindValues, find_values

DEFINED = 3_000
"""Definitions of one kind that are looked through at most."""

MOST = 12
"""Names of one kind that are told at most."""

ALIKE = 85
"""From which likeness on, in per cent, a word counts as misspelled."""

JOINED = 5
"""How long a word is that may be two of a name (signup, of signed_up), or misspelled."""

KINDS = ("event", "person", "session")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+|\d+")


@dataclass(frozen=True)
class Names:
    """Names and values that fit, the best first."""

    rows: tuple[dict[str, Any], ...]
    unfound: tuple[str, ...]
    """The words that nothing fits."""

    def for_model(self) -> str:
        """One name a line, and the words that fit nothing."""
        lost = ", ".join(repr(one[:60]) for one in self.unfound)
        told = f"\nNothing is called like {lost}: try other words, or list_events." if lost else ""
        return (listing(self.rows) if self.rows else "Nothing fits.") + told


class FindNames(Args):
    """Arguments of find_names."""

    words: tuple[str, ...] = Field(min_length=1, max_length=20)
    """Words of the question, each by itself, with synonyms: ["signup", "register", "Germany"]."""


@tool("event_definition:read", "property_definition:read", "query:read")
def find_names(posthog: PostHog, args: FindNames) -> Names:
    """Find the events, properties and values that words stand for."""
    words = [word for word in dict.fromkeys(map(str.strip, args.words)) if word]
    rows: list[dict[str, Any]] = []
    found: set[str] = set()
    for kind, of, route, params in _lists():
        named = _fitting(posthog, route, params, words)
        rows += [_row(kind, of, one) for one, _ in named[:MOST]]
        found |= {word for _, hits in named[:MOST] for word in hits}
    values = _values(posthog, words, [word for word in words if word not in found])
    found |= {str(row["text"]) for row in values}
    rows += [{key: value for key, value in row.items() if key != "text"} for row in values]
    return Names(tuple(rows), tuple(word for word in words if word not in found))


def _lists() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    yield "event", "", "event_definitions/", {}
    for of in KINDS:
        yield "property", of, "property_definitions/", {"type": of}


def _fitting(
    posthog: PostHog, route: str, params: Mapping[str, str], words: Sequence[str]
) -> list[tuple[Mapping[str, Any], set[str]]]:
    """Definitions that words fit, with these words; the name counts more than its description."""
    weighed = []
    for one in islice(posthog.pages(route, **params), DEFINED):
        by_name = _hits(words, str(one.get("name") or ""))
        by_text = _hits(words, str(one.get("description") or "")) - by_name
        if by_name or by_text:
            length = len(parts(str(one.get("name") or "")))
            weight = 3 * len(by_name) + len(by_text) - length / 100
            weighed.append((weight, one, by_name | by_text))
    weighed.sort(key=lambda found: -found[0])
    return [(one, hits) for _, one, hits in weighed]


def _hits(words: Iterable[str], text: str) -> set[str]:
    """The words all of whose parts stand in a text, in one form or another."""
    there = parts(text)
    joined = "".join(there)
    return {
        word
        for word in words
        if (sought := parts(word))
        and (
            all(_stands(stem, there) for stem in sought)
            or (len("".join(sought)) >= JOINED and "".join(sought) in joined)
        )
    }


def _stands(stem: str, there: Iterable[str]) -> bool:
    return any(
        stem == other or (min(len(stem), len(other)) >= JOINED and fuzz.ratio(stem, other) >= ALIKE)
        for other in there
    )


@lru_cache(maxsize=20_000)
def parts(text: str) -> tuple[str, ...]:
    """The words of a name or a text by their stems."""
    return tuple(_stem(found.lower()) for found in WORD.findall(text))


def _stem(word: str) -> str:
    """A word without the ending that English puts to it."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= (2 if ending == "s" else 3):
            return word.removesuffix(ending)
    return word


def _row(kind: str, of: str, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "what": f"{of} {kind}".strip(),
        "name": one.get("name"),
        "type": one.get("property_type"),
        "description": one.get("description"),
        "last_seen": one.get("last_seen_at"),
    }


def _values(posthog: PostHog, words: Sequence[str], rest: Sequence[str]) -> list[dict[str, Any]]:
    """Values that are one of the words, or have one that is no name, with their property."""
    try:
        table = find_values.function(posthog, FindValues(texts=tuple(words), words=tuple(rest)))
    except TooSlow:
        return []
    rows: Iterable[Sequence[Any]] = getattr(table, "rows", ())
    return [
        {"text": text, "what": f"value of {holder} property {name}", "name": value, "uses": count}
        for text, holder, name, value, count in islice(rows, MOST)
    ]
