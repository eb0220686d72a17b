"""The events and properties of a project by name and description, and what words may mean them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import stem, tokenize
from agent.planner.objects import lookups, naming
from agent.planner.objects.asked import Asked
from agent.planner.world import World
from tools.literals import literal

SURE = 0.99
QUIET = timedelta(days=30)
"""Without an event of it for so long, a kind of event is not proposed to be counted."""

STANDARD = {
    "angry": "$rageclick",
    "page_view": "$pageview",
    "screen": "$screen",
    "error": "$exception",
    "log_in": "$identify",
}
"""What PostHog's own SDKs call some things, for a project that does not have them."""


@dataclass(frozen=True)
class Match:
    """A name that words may mean, and how much of what was said it explains: 1 is all."""

    name: str
    share: float
    description: str = ""
    named: bool = True
    """Whether the name itself says it, and not only the description."""


def descriptions(world: World) -> dict[str, str]:
    """Every event with its description."""
    (found,) = world.look(("list_events", {}))
    return {row["name"]: row.get("description") or "" for row in found.rows}


def property_rows(
    world: World, kind: str = "event", event: str | None = None
) -> list[dict[str, Any]]:
    """Properties with type and description; kind may be the name of a group type."""
    call: dict[str, Any] = {"kind": kind} if kind in ("event", "person", "session") else {}
    call |= {"event": event} if event else {}
    (found,) = world.look(("list_properties", call or {"kind": "group", "group": kind}))
    return list(found.rows)


def spelled_events(asked: Asked, world: World) -> list[naming.Named]:
    """The events that a question names as they are."""
    return naming.named(asked, [name.name for name in world.events.names])


def events_for(words: Sequence[str], world: World, *, described: bool = True) -> list[Match]:
    """The events that words may mean, by name, synonym and description; the likeliest first."""
    known = descriptions(world)
    sought = _content(words)
    if not sought:
        return []
    by_name = _by_name(words, world)
    found = []
    for name, text in known.items():
        whole = _covered(sought, f"{name} {text}") * 0.95 if described else 0.0
        own = max(_covered(sought, name), by_name.get(name, 0.0))
        if share := max(own, whole):
            found.append(Match(name, share, text, named=own >= whole))
    return sorted(
        found, key=lambda one: (-one.share, -by_name.get(one.name, 0.0), len(one.name), one.name)
    )


def properties_for(words: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[Match]:
    """The properties that words may mean."""
    sought = _content(words)
    found = [
        Match(str(row["name"]), share, str(row.get("description") or ""))
        for row in rows
        if (
            share := max(
                _covered(sought, row["name"]),
                _covered(sought, f"{row['name']} {row.get('description')}") * 0.8,
            )
        )
    ]
    return sorted(found, key=lambda one: (-one.share, _length(one.name), one.name))


def seen(world: World, events: Sequence[str]) -> dict[str, tuple[int, Any, Any, int]]:
    """For each event: how many ever, the first, the last, and how many in the last 30 days."""
    if not events:
        return {}
    names = ", ".join(map(literal, events))
    found = lookups.table(
        world,
        "SELECT event, count() AS events, min(timestamp) AS first_seen, max(timestamp) AS"
        " last_seen, countIf(timestamp >= now() - INTERVAL 30 DAY) AS last_30_days FROM events"
        f" WHERE event IN ({names}) GROUP BY event ORDER BY events DESC, event",
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in found.rows}


def coming(events: Sequence[str], world: World) -> list[str]:
    """The events that still come in, all of them when none does."""
    since = world.clock.now - QUIET
    alive = [name for name in events if (at := world.last_seen.get(name)) and at >= since]
    return alive or list(events)


def busiest(world: World) -> list[str]:
    """The events of one's own, those that come in most these days first."""
    found = lookups.table(
        world,
        "SELECT event, count() AS events FROM events WHERE timestamp >= now() - INTERVAL 30 DAY"
        " GROUP BY event ORDER BY events DESC, event",
    )
    return [str(row[0]) for row in found.rows if not str(row[0]).startswith("$")]


def _content(words: Sequence[str]) -> list[str]:
    return [stem(word) for word in words if len(word) > 1 and word not in ("event", "property")]


def _by_name(words: Sequence[str], world: World) -> dict[str, float]:
    """What the planner's own reading of names makes of the words, where it explains them all."""
    tokens = tokenize(" ".join(words))
    found: dict[str, float] = {}
    for window in world.events.windows(tokens, least=0.5):
        share = (window.end - window.start) / len(tokens)
        for link in window.links:
            found[link.name] = max(found.get(link.name, 0.0), share * min(1.0, link.score))
    return found


def _covered(sought: Sequence[str], text: str) -> float:
    """How many of the words a text has, as they are or as a synonym."""
    held = set(naming.pieces(" ".join(_apart(text))))
    ideas = lexicon().concepts
    known = {idea for word in held for idea in ideas.get(word, ())}
    hits = [
        1.0 if word in held else 0.9 if known & ideas.get(word, frozenset()) else 0.0
        for word in sought
    ]
    return sum(hits) / len(sought) if sought else 0.0


def _apart(text: str) -> list[str]:
    """The words of a name in any style: signUpDone, sign-up-done."""
    from agent.planner.english.words import name_words

    return [piece for word in text.split() for piece in (*name_words(word), word)]


def _length(name: str) -> int:
    return len(naming.pieces(name))
