"""Lists of what a project has: events, properties, tables, projects."""

from collections.abc import Sequence

from agent.answer import AnswerTable, Draft
from agent.planner.english.words import stem
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import descriptions, events_for, property_rows, spelled_events
from agent.planner.objects.personal import looks_personal, personal_answer
from agent.planner.objects.properties import value_table
from agent.planner.world import World
from tools.wording import joined

COUNTS = (
    "SELECT event, count() AS events, countIf(timestamp >= now() - INTERVAL 30 DAY) AS"
    " last_30_days, min(timestamp) AS first_seen, max(timestamp) AS last_seen FROM events GROUP BY"
    " event ORDER BY last_30_days DESC, events DESC, event"
)
COLUMNS = ("event", "last 30 days", "events in all", "first seen", "last seen", "description")


def listing_answer(asked: Asked, world: World) -> Draft | None:
    """A list of events, properties, tables or projects, None when none is asked for."""
    if asked.says("schema.projects") and asked.has("project|projects|organizations|orgs"):
        return _projects(world)
    if asked.says("schema.tables") and asked.has("table|tables|warehouse|sources"):
        return _tables(world)
    if asked.says("schema.personal") and asked.has(
        "property|properties|data|field|fields|events|pii|attributes"
    ):
        return personal_answer(asked, world)
    if asked.says("schema.properties") and not asked.says("schema.metric"):
        return _properties(asked, world)
    counted = asked.says("schema.metric") and not asked.has(
        "how many different|kinds|types of? events"
    )
    return _events(asked, world) if asked.says("schema.events") and not counted else None


def _events(asked: Asked, world: World) -> Draft | None:
    """The events with their volumes: all, or those that contain or are about something."""
    found = lookups.table(world, COUNTS)
    known = descriptions(world)
    text, kept = _chosen(asked, [str(row[0]) for row in found.rows], world)
    if kept is None:
        return None
    rows = [
        (
            name,
            recent,
            total,
            telling.day(first, world),
            telling.day(last, world),
            known.get(name, ""),
        )
        for name, total, recent, first, last in found.rows
        if name in kept
    ]
    if not rows:
        return telling.answered(
            f"No event {text}.",
            f"There are {len(found.rows)} others; “List all events” shows them.",
        )
    top = ", ".join(f"{row[0]} ({row[1]:,})" for row in rows[:8])
    total = sum(row[1] for row in rows)
    head = (
        f"{len(rows)} of {len(found.rows)} events {text}"
        if text
        else f"{world.facts.name} has {len(rows)} kinds of events"
    )
    silent = [
        name for name, text in known.items() if name not in {str(row[0]) for row in found.rows}
    ]
    return telling.answered(
        f"{head}, {total:,} in the last 30 days: {top}{', …' if len(rows) > 8 else ''}.",
        f"Defined but never received: {joined(silent)}." if silent and not text else "",
        tables=[telling.table(COLUMNS, rows, whole=found.whole)],
        assumptions=(f"last 30 days up to {telling.now(world)}",),
    )


def _chosen(asked: Asked, names: Sequence[str], world: World) -> tuple[str, set[str] | None]:
    """What the events must have in common, and which have it; None for another meaning."""
    if asked.quoted and asked.says("schema.contains"):
        text = asked.quoted[0]
        inside = {name for name in names if text.lower() in name.lower()}
        return f"contain “{text}”", inside
    words = naming.topic(asked, *phrases.word_set("listing.plain"))
    if not words:
        return "", set(names)
    about = {one.name for one in events_for(words, world) if one.share >= 0.6}
    if not about:
        plain = asked.says("schema.contains") or asked.has("project|product|app|site")
        return f"is about “{' '.join(words)}”", set() if plain else None
    return f"are about “{' '.join(words)}”", about


def _properties(asked: Asked, world: World) -> Draft | None:
    """The properties of an event, or of persons, sessions or groups."""
    events = [one.name for one in spelled_events(asked, world)]
    holder = _holder(asked, world)
    if not events and not holder and not asked.has("^ what|which|list|show|all _ properties"):
        return None
    if (
        not events
        and not holder
        and (words := naming.topic(asked, *phrases.word_set("listing.plain")))
    ):
        likely = [one.name for one in events_for(words, world) if one.share >= 0.95]
        if not likely:
            return None
        events = likely[:1]
    event = events[0] if events else None
    found = property_rows(world, "event" if event else holder or "event", event)
    own = [row for row in found if not str(row["name"]).startswith("$")]
    rows = [
        (row["name"], row.get("property_type") or "unknown", row.get("description") or "")
        for row in (*own, *(r for r in found if r not in own))
    ]
    of = event or {"": "Events"}.get(holder, f"A {holder}") or "Events"
    tables = [telling.table(("property", "type", "description"), rows)]
    note = ""
    if event and asked.has("values|value"):
        note, more = _with_values(asked, event, found, world)
        tables += more
    names = [str(row["name"]) for row in own]
    verb, its = ("have", "their") if of == "Events" else ("has", "its")
    others = len(found) - len(own)
    dollar = f"{others} are PostHog's own and begin with $." if others else ""
    return telling.answered(
        f"{of} {verb} {telling.many(len(found), 'property', 'properties')}; {its} own:"
        f" {joined(names) or 'none'}.",
        dollar,
        note,
        tables=tables,
        stated=dollar,
    )


def _with_values(
    asked: Asked, event: str, found: Sequence[dict[str, str]], world: World
) -> tuple[str, list[AnswerTable]]:
    """The most frequent values of the property that is named beside the list."""
    after = {token.word for token in asked.after("values for|of|in")}
    name = next((str(row["name"]) for row in found if str(row["name"]).lower() in after), None)
    if name is None:
        return "", []
    limit = next((int(t.word) for t in asked.every if t.kind == "number" and t.word.isdigit()), 20)
    table = value_table(name, "event", event, limit, world)
    shown = telling.table((name, "count"), table.rows, whole=table.whole)
    more = "all there are" if table.whole else "there are more"
    return (
        (
            f"The {len(table.rows)} most frequent values of {name} in the last 30 days are in the"
            f" second table ({more})."
        ),
        [shown],
    )


def _holder(asked: Asked, world: World) -> str:
    if asked.has(
        "person|persons|user|users|people|profile|profiles properties|property"
    ) or asked.has("properties|property of|on|for|do|does persons|users|people|person|profiles"):
        return "person"
    if asked.has("session|sessions properties|property"):
        return "session"
    stems = {token.stem for token in asked.every}
    return next((group for group in world.facts.groups if stem(group) in stems), "")


def _tables(world: World) -> Draft:
    """The tables of HogQL, and that those of a warehouse are not read."""
    rows = [
        ("events", "one row per event: event, timestamp, distinct_id, person_id, properties, …"),
        ("persons", "one row per person: id, created_at, properties, is_identified"),
        (
            "sessions",
            "one row per session: $start_timestamp, $session_duration, $entry_pathname, …",
        ),
        (
            "groups",
            (
                f"one row per group ({joined(world.facts.groups) or 'no group types here'}): index,"
                " key, properties"
            ),
        ),
        ("person_distinct_ids", "which distinct id belongs to which person"),
        ("cohort_people", "who is in which cohort"),
    ]
    return telling.answered(
        f"hogloop can query {len(rows)} tables of {world.facts.name}:"
        f" {', '.join(row[0] for row in rows)}.",
        "hogloop does not look for tables of the data warehouse or their columns, so whether other"
        " sources are connected is not known here; PostHog lists them under"
        " /data-management/sources.",
        tables=[telling.table(("table", "what it holds"), rows)],
    )


def _projects(world: World) -> Draft:
    facts = world.facts
    covered = (
        f"{facts.events:,} events from {telling.day(facts.first_event, world)} to"
        f" {telling.day(facts.last_event, world)}"
        if facts.events
        else "no events yet"
    )
    return telling.answered(
        f"One: {facts.name} (project {facts.id}, time zone {facts.timezone}, {covered}).",
        "hogloop asks one project at a time and does not look for others; `--project` or"
        " POSTHOG_PROJECT_ID chooses another one.",
    )


__all__ = ["listing_answer", "looks_personal"]
