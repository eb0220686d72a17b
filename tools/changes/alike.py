"""Whether an object reads as a change wanted it to."""

from collections.abc import Mapping
from typing import Any

from tools.changes.change import Fields, differing

COUNTERS = frozenset({"version"})
"""Fields that move with every change."""


def unlike(wanted: Fields, now: Fields) -> tuple[str, ...]:
    """The paths at which what was read is not as wanted; counters move by themselves."""
    if now.get("deleted") and not wanted.get("deleted", True):
        return ("deleted",)
    found: list[str] = []
    for name, value in wanted.items():
        if name not in COUNTERS:
            found += [
                path for path, _, _ in differing(_known(value, now.get(name)), now.get(name), name)
            ]
    return tuple(found)


def _known(wanted: Any, now: Any) -> Any:
    """What is wanted, with the empty fields that PostHog adds to objects it stores."""
    if isinstance(wanted, Mapping) and isinstance(now, Mapping):
        added = {k: v for k, v in now.items() if k not in wanted and v in (None, [], {}, "")}
        return {**{k: _known(v, now.get(k)) for k, v in wanted.items()}, **added}
    if isinstance(wanted, list) and isinstance(now, list) and len(wanted) == len(now):
        return [_known(*pair) for pair in zip(wanted, now, strict=True)]
    return wanted


def without(value: Any, ignored: frozenset[str]) -> Any:
    """A value without some names, however deep they are."""
    if isinstance(value, Mapping):
        return {name: without(one, ignored) for name, one in value.items() if name not in ignored}
    return [without(one, ignored) for one in value] if isinstance(value, list | tuple) else value
