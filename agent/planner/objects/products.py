"""What events tell where another product is asked for: errors, sessions that broke off."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from agent.answer import Draft, Window
from agent.planner.english.dates import find
from agent.planner.english.lexicon import lexicon
from agent.planner.english.windows import Span, back
from agent.planner.english.words import tokenize
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for
from agent.planner.world import World
from tools.literals import literal, moment

ERROR = "$exception"
FEW = 100
"""People below which shares of them say little."""

NOT_READ = (
    "hogloop does not read PostHog's error tracking (issues, their state, who they are assigned to)"
)
TYPE = (
    "concat(coalesce(toString(properties.$exception_types), toString(properties.$exception_type),"
    " ''), ' ', coalesce(toString(properties.$exception_values),"
    " toString(properties.$exception_message), ''))"
)


def errors_answer(asked: Asked, world: World) -> Draft | None:
    """The most frequent exceptions, told as events instead of issues."""
    if not asked.says("beyond.errors") or asked.says("product.metric") or _of_codes(asked, world):
        return None
    if ERROR not in world.last_seen:
        return _no_errors(world)
    span = _span(asked, world)
    effect = _effect(asked, world) if asked.says("errors.effect") else None
    table = lookups.table(world, _errors(span, effect), _limit(asked))
    if not table.rows:
        return telling.answered(f"No $exception event came in: {span.label}.", f"{NOT_READ}.")
    rows = [(_plain(row[0]), *row[1:]) for row in table.rows]
    effects = ("error", "events", "people", f"of them did {effect}, in %")
    proof = "That is no proof of a cause: those who meet an error differ in other ways too."
    few = "The numbers are small, so the differences may be chance." if rows[0][2] < FEW else ""
    return telling.answered(
        f"{_most(rows, effect)} ({span.label}).",
        f"{NOT_READ}; these are its $exception events, grouped by type and message.",
        f"{proof} {few}" if effect else "",
        tables=[telling.table(effects if effect else table.columns, rows, whole=table.whole)],
        window=_window(span, world),
    )


def _of_codes(asked: Asked, world: World) -> bool:
    """Whether error codes are asked for, which an event of the project carries."""
    coded = any({"error", "code"} <= set(naming.pieces(name)) for name in world.held["event"])
    return coded and any(token.stem == "code" for token in asked.every)


def _no_errors(world: World) -> Draft | None:
    """Say that no exceptions are tracked, unless the project has errors of its own to measure."""
    words = {"error", "crash", "exception"}
    if any(words & set(naming.pieces(one.name)) for one in world.events.names):
        return None
    return telling.declined(
        f"{NOT_READ}, and no $exception events are tracked.",
        "No event of errors comes in here either.",
    )


def _most(rows: Sequence[tuple[Any, ...]], effect: str | None) -> str:
    """The most frequent error, or the one whose people did least of something."""
    counted = sorted((row for row in rows if effect and row[2] >= 5), key=lambda row: row[3])
    if counted:
        worst = counted[0]
        return (
            f"Of the people who met {worst[0]}, {worst[3]:g}% did {effect}, the fewest of all"
            " errors"
        )
    first = rows[0]
    times, people = telling.many(first[1], "time"), telling.many(first[2], "person", "people")
    return f"The most frequent error is {first[0]}: {times}, {people}"


def dropped_answer(asked: Asked, world: World) -> Draft | None:
    """The sessions in which something was begun and not finished."""
    found = asked.says("beyond.dropped") and asked.opens("products.find")
    if not found or asked.says("product.metric"):
        return None
    pair = _pair(naming.topic(asked, *phrases.word_set("dropped.plain")), world)
    if pair is None:
        return telling.declined(
            "hogloop does not read session recordings, and which events begin and end that is not"
            " clear.",
            "Name the two, as in “people who did EVENT but not OTHER”.",
        )
    begun, done = pair
    span = _span(asked, world)
    query = _dropped(begun, done, span)
    table = lookups.table(world, query, 50)
    count = lookups.table(world, f"SELECT count() FROM ({query})", 1).rows[0][0]
    columns = ("session", "person", "began", "last page")
    return telling.answered(
        f"{count:,} sessions had {begun} but no {done} ({span.label}).",
        "hogloop does not read session recordings; these are the ids of the sessions, by which "
        "PostHog finds a recording where one was made.",
        "" if table.whole else f"The latest {len(table.rows)} of them are shown.",
        tables=[telling.table(columns, table.rows, whole=table.whole)],
        window=_window(span, world),
        assumptions=(f"dropped off means {begun} without {done} in the same session",),
    )


def _dropped(begun: str, done: str, span: Span) -> str:
    """The sessions with one event and without another, the latest first."""
    session = "properties.$session_id"
    return (
        f"SELECT {session} AS session, any(person.properties.email) AS person, "
        "min(timestamp) AS began, argMax(coalesce(properties.$pathname, properties.$screen_name, "
        f"''), timestamp) AS last_place FROM events WHERE {_during(span)} AND isNotNull({session}) "
        f"GROUP BY session HAVING countIf(event = {literal(begun)}) > 0 "
        f"AND countIf(event = {literal(done)}) = 0 ORDER BY began DESC"
    )


def _errors(span: Span, effect: str | None) -> str:
    base = f"SELECT {TYPE} AS error, count() AS events, uniq(person_id) AS people"
    order = "GROUP BY error ORDER BY events DESC, error"
    if effect is None:
        return f"{base} FROM events WHERE event = '{ERROR}' AND {_during(span)} {order}"
    did = (
        f"SELECT DISTINCT person_id FROM events WHERE event = {literal(effect)} AND {_during(span)}"
    )
    return (
        f"{base}, round(100 * uniqIf(person_id, person_id IN ({did})) / uniq(person_id), 1) AS"
        f" share FROM events WHERE event = '{ERROR}' AND {_during(span)} {order}"
    )


def _effect(asked: Asked, world: World) -> str | None:
    """The event that errors are held against."""
    words = naming.topic(asked, *phrases.word_set("error.plain"))
    found = (
        [one for one in events_for(words, world, described=False) if one.name != ERROR]
        if words
        else []
    )
    return found[0].name if found and found[0].share >= 0.85 else None


def _pair(words: Sequence[str], world: World) -> tuple[str, str] | None:
    """The event that begins a thing and the one that ends it well."""
    found = [one.name for one in events_for(words, world, described=False) if one.share >= 0.85]
    begun = [name for name in found if lexicon().stages & set(naming.pieces(name))]
    ended = [name for name in found if lexicon().outcome & set(naming.pieces(name))]
    return (begun[0], ended[0]) if begun and ended else None


def _span(asked: Asked, world: World) -> Span:
    spans = find(tokenize(asked.text), world.clock)
    return (
        spans[0].span
        if spans
        else back(30, "day", world.clock, "the last 30 days, as no period was named")
    )


def _during(span: Span) -> str:
    bounds = [f"timestamp >= {moment(span.start)}"] if span.start else []
    bounds += [f"timestamp < {moment(span.end)}"] if span.end else []
    return " AND ".join(bounds) or "1 = 1"


def _window(span: Span, world: World) -> Window:
    return Window(_bound(span.start, world), _bound(span.end, world), world.zone.key)


def _bound(at: datetime | None, world: World) -> str | None:
    return at.replace(tzinfo=world.zone).isoformat() if at else None


def _limit(asked: Asked) -> int:
    numbers = [int(t.word) for t in asked.every if t.kind == "number" and t.word.isdigit()]
    return min(numbers[0], 100) if numbers and asked.has("top #") else 10


def _plain(text: str) -> str:
    """Type and message without the brackets of the lists that they come in."""
    kind, _, message = str(text).partition(" ")
    parts = [
        part.strip().removeprefix("[").removesuffix("]").strip("\"'") for part in (kind, message)
    ]
    return ": ".join(part for part in parts if part)
