"""The names of a project's events, properties and groups, ready to be matched."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from agent.planner.english.lexicon import lexicon
from agent.planner.english.matching import Names
from agent.planner.english.names import described, read_name
from agent.planner.english.words import stem, word_set

NEUTRAL = 0.05
"""What words like "geoip" and "utm" weigh in the name of a property."""

FLAG = 0.6
"""What the name of a flag is worth beside the event it is called after: from_trial."""

NOISE = frozenset(
    stem(word)
    for word in word_set(
        "type name kind value property field interval app site user customer member visitor"
    )
)


def former_names(pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Which events are said to be the old name of another."""
    found: dict[str, tuple[str, ...]] = {}
    names = {name for name, _ in pairs}
    for name, text in pairs:
        if OLD_NAME.search(text):
            for word in re.findall(r"[\w:.$-]+", text):
                if word in names and word != name:
                    found[word] = (*found.get(word, ()), name)
    return found


OLD_NAME = re.compile(
    r"\b(old|former|previous|legacy|earlier) name\b|\brenamed to\b", re.IGNORECASE
)


@lru_cache(maxsize=8)
def event_names(pairs: tuple[tuple[str, str], ...], properties: tuple[str, ...]) -> Names:
    """The events by their names and short descriptions, with the things they are about."""
    names = [read_name(name) for name, _ in pairs]
    more = [described(name, text) for name, text in pairs if text]
    return Names((*names, *(one for one in more if one)), _things(properties))


@lru_cache(maxsize=8)
def property_names(
    names: tuple[str, ...], flags: frozenset[str], properties: tuple[str, ...]
) -> Names:
    """The properties; flags and dates are less likely meant than what they are called after."""
    read = [read_name(name, NEUTRAL) for name in names]
    weighed = [replace(n, factor=n.factor * FLAG) if n.name in flags else n for n in read]
    return Names(tuple(weighed), _things(properties), NOISE)


@lru_cache(maxsize=32)
def plain_names(names: tuple[str, ...]) -> Names:
    """Names without anything known of them."""
    return Names(tuple(map(read_name, names)))


def _things(properties: Iterable[str]) -> frozenset[str]:
    """The stems of what properties like class_id identify."""
    found: set[str] = set()
    for name in properties:
        stems = [part for unit in read_name(name).units for part in unit.parts]
        if not name.startswith("$") and {"id", "sku", "uuid", "slug"} & set(stems):
            found |= {one for one in stems if one not in lexicon().identity}
    return frozenset(found)
