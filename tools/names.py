"""Event names in a query, held against those the project tracks."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

from tools.client import PostHog
from tools.errors import PostHogError, QueryRefused
from tools.parser import parse_select

EVENTS = 2_000
"""Names to read at most; of a project with more of them nothing is refused."""


def refuse_unknown_events(posthog: PostHog, query: str) -> None:
    """Refuse a query on an event that was never seen: its zero would pass for an answer."""
    refuse_unknown(posthog, named_events(query))


def refuse_unknown(posthog: PostHog, events: Iterable[str]) -> None:
    """Refuse events that were never seen, with the nearest that were."""
    wanted = set(events) - posthog.events_seen
    if not wanted or posthog.grants.missing(("event_definition:read",)):
        return
    try:
        names = [str(e.get("name")) for e in islice(posthog.pages("event_definitions/"), EVENTS)]
    except PostHogError:
        return
    posthog.events_seen.update(names)
    unknown = sorted(wanted - posthog.events_seen)
    if unknown and 0 < len(names) < EVENTS:
        raise QueryRefused(_unknown(unknown[0], names))


def named_events(query: str) -> Iterator[str]:
    """The names that a query compares `event` with, as equal or as one of a list."""
    for node in nodes(parse_select(query)):
        if node.get("node") == "CompareOperation" and node.get("op") in ("==", "in"):
            sides = (node["left"], node["right"])
            if any(_is_event(side.get("chain", ())) for side in sides):
                yield from _texts(sides)


def _is_event(chain: Sequence[Any]) -> bool:
    """Whether a field is the event's name, and not a property that is called so."""
    return list(chain[-1:]) == ["event"] and len(chain) <= 2 and chain[0] != "properties"


def _texts(tree: Any) -> Iterator[str]:
    for node in nodes(tree):
        if node.get("node") == "Constant" and isinstance(node.get("value"), str):
            yield node["value"]


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a parsed query."""
    if isinstance(tree, dict):
        yield tree
        tree = tree.values()
    elif not isinstance(tree, list | tuple):
        return
    for part in tree:
        yield from nodes(part)


def _unknown(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    listed = " or ".join(repr(found) for found in near)
    hint = f"did you mean {listed}?" if near else "read the names with list_events."
    return f"The project tracks no event {name!r}: {hint}"
