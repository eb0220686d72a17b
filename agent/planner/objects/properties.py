"""Which property holds something, on what it is stored, and which values it has."""

from collections.abc import Sequence
from typing import Any

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import Match, properties_for, property_rows, spelled_events
from agent.planner.world import World
from tools.literals import literal, path
from tools.wording import joined

COLUMNS = ("property", "of", "type", "description")
Row = dict[str, Any]


def property_answer(asked: Asked, world: World) -> Draft | None:
    """Where something is stored, or the values of a property; None when that is not asked."""
    if asked.says("schema.metric"):
        return None
    if asked.says("schema.place", "schema.holder"):
        return _where(asked, world)
    if asked.says("schema.values"):
        return _values_of(asked, world)
    return None


def every_property(world: World) -> list[tuple[str, Row]]:
    """All properties with their holder: event, person, session, or a group type."""
    holders = ("event", "person", "session", *world.facts.groups)
    return [(holder, row) for holder in holders for row in property_rows(world, holder)]


def _matches(asked: Asked, world: World, words: Sequence[str]) -> list[tuple[str, Row, float]]:
    """The properties that are meant, with their holders."""
    every = every_property(world)
    spelled = {one.name for one in naming.named(asked, {str(row["name"]) for _, row in every})}
    exact = {
        name
        for name in spelled
        if name.lower() in asked.text.lower() and any(c in name for c in "_$.")
    }
    if exact:
        return [(holder, row, 1.0) for holder, row in every if row["name"] in exact]
    shares: dict[str, Match] = {
        one.name: one for one in properties_for(words, [row for _, row in every])
    }
    best = max((one.share for one in shares.values()), default=0.0)
    kept = [
        (holder, row, shares[row["name"]].share)
        for holder, row in every
        if row["name"] in shares and shares[row["name"]].share >= max(0.6, best - 0.25)
    ]
    return sorted(
        kept, key=lambda one: (-one[2], len(naming.pieces(one[1]["name"])), one[0] != "person")
    )


def _where(asked: Asked, world: World) -> Draft | None:
    words = naming.topic(asked, *phrases.word_set("property.plain"))
    if not words:
        return None
    found = _matches(asked, world, words)
    said = " ".join(words)
    if not found:
        return telling.declined(
            f"No property for “{said}” is known in this project.",
            _nearest(said, world),
        )
    rows = [
        (row["name"], holder, row.get("property_type") or "unknown", row.get("description") or "")
        for holder, row, _ in found
    ]
    by: dict[str, list[str]] = {}
    for name, holder, _, _ in rows[:12]:
        by.setdefault(holder, []).append(name)
    told = "; ".join(f"on the {holder}: {joined(names)}" for holder, names in by.items())
    if asked.says("schema.place"):
        both = (
            "Both"
            if {"event", "person"} <= set(by)
            else f"On the {next(iter(by))}"
            if len(by) == 1
            else "On several"
        )
        return telling.answered(
            f"{both}. {told[0].upper()}{told[1:]}.",
            "A property of an event is the value when it happened; one of a person is the value"
            " now.",
            tables=[telling.table(COLUMNS, rows)],
        )
    first = rows[0]
    return telling.answered(
        f"{first[0]}, a property of the {first[1]}{f' (“{first[3]}”)' if first[3] else ''}.",
        f"All that come near: {told}." if len(rows) > 1 else "",
        tables=[telling.table(COLUMNS, rows)],
    )


def _values_of(asked: Asked, world: World) -> Draft | None:
    """The values of a property with how often each occurs."""
    words = naming.topic(asked, *phrases.word_set("property.plain"))
    events = [one.name for one in spelled_events(asked, world)]
    left = [
        word for word in words if word not in {piece for name in events for piece in name.split()}
    ]
    found = _matches(asked, world, left)
    if not found:
        return None
    holder, row, share = found[0]
    if share < 0.75:
        return None
    return values_draft(str(row["name"]), holder, events[0] if events else None, asked, world)


def values_draft(name: str, holder: str, event: str | None, asked: Asked, world: World) -> Draft:
    """The most frequent values of one property."""
    limit = next((int(t.word) for t in asked.every if t.kind == "number" and t.word.isdigit()), 20)
    table = value_table(name, holder, event, min(limit, 200), world)
    source = (
        f"{event} events"
        if event
        else f"{holder}s"
        if holder in ("event", "person", "session")
        else f"{holder} groups"
    )
    since = ", last 30 days" if holder in ("event", "session") else ""
    values = [f"{row[0]} ({row[1]:,})" for row in table.rows if row[0] is not None]
    without = sum(row[1] for row in table.rows if row[0] is None)
    shown, known = values[:10], telling.many(len(values), "value")
    whole = (
        f"has {known}"
        if table.whole
        else f"has more than {len(values)} values, of which the most frequent are"
    )
    named = joined(shown) if len(shown) == len(values) else f"{', '.join(shown)}, …"
    return telling.answered(
        f"{name} {whole}: {named.rstrip('.')}."
        if shown
        else f"{name} has no values: {source}{since}.",
        f"Counted on {source}{since}{f'; {without:,} of them have none' if without else ''}.",
        tables=[telling.table(("value", "count"), table.rows, whole=table.whole)],
        assumptions=(f"the {name} of the {holder}",),
    )


def value_table(name: str, holder: str, event: str | None, limit: int, world: World) -> Any:
    """The values of a property by frequency; of events and sessions those of the last 30 days."""
    where = "timestamp >= now() - INTERVAL 30 DAY" if holder == "event" else "1 = 1"
    where += f" AND event = {literal(event)}" if event and holder == "event" else ""
    column, source = path("properties", name), "events" if holder == "event" else "persons"
    if holder == "session":
        column, source, where = (
            path("sessions", name),
            "sessions",
            "$start_timestamp >= now() - INTERVAL 30 DAY",
        )
    elif holder in world.facts.groups:
        source, where = "groups", f"index = {world.facts.groups.index(holder)}"
    return lookups.table(
        world,
        f"SELECT {column} AS value, count() AS count FROM {source} WHERE {where} "
        "GROUP BY value ORDER BY count DESC, value",
        limit,
    )


def _nearest(said: str, world: World) -> str:
    names = {str(row["name"]) for _, row in every_property(world)}
    near = naming.near(said, names)
    return (
        f"The nearest by name: {joined(near, 'or')}."
        if near
        else "“What properties are there?” lists them."
    )
