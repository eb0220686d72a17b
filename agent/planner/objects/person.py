"""Answers about one person: who it is, what was done when, which flags and cohorts apply."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.answer import Draft, Window
from agent.planner.english.dates import find
from agent.planner.english.words import tokenize
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.flags import spelled_flag
from agent.planner.world import World
from tools.people import Person
from tools.wording import joined

COLUMNS = ("when", "event", "page", "details")
MOST, SHOWN, BEFORE = 2_000, 200, 30
UP_TO = re.compile(r"\bup to\b", re.IGNORECASE)
"""What somebody was up to last week is no bound of a period."""

VIEWS = ("$pageview", "$screen")


def person_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about one person, None when figures are asked for."""
    if asked.says("person.metric"):
        return None
    name = asked.emails[0] if asked.emails else _distinct_id(asked)
    if name is None:
        return _which(asked)
    if not _about_a_person(asked) or _about_a_flag(asked, world):
        return None
    (found,) = world.look(("get_person", {"name": name}))
    if not found.rows:
        hint = "E-mails are compared letter by letter; a distinct id works as well."
        return telling.declined(
            f"No person has the e-mail or distinct id {name} in this project.", hint
        )
    if len(found.rows) > 1:
        ids = [one.known_as for one in found.rows]
        return telling.asks(
            f"{len(found.rows)} persons have {name}. Which one?",
            choices=[asked.text.replace(name, one) for one in ids],
        )
    person = found.rows[0]
    if asked.says("person.objects"):
        return _objects(person, world)
    return (
        _profile(person, world) if asked.says("person.profile") else _timeline(asked, person, world)
    )


def _about_a_person(asked: Asked) -> bool:
    """Whether it asks what somebody is or did, rather than for a flag's value."""
    if asked.says("person.objects"):
        return True
    shapes = ("person.timeline", "person.profile") if asked.emails else ("person.did",)
    return asked.says(*shapes) and not asked.says("noun.flag", "noun.cohort")


def _about_a_flag(asked: Asked, world: World) -> bool:
    """Whether it asks what somebody gets of a flag whose key is written."""
    known = lookups.softly(world, ("list_flags", {})) if asked.says("flag.sees") else None
    return known is not None and spelled_flag(asked, known[0].rows) is not None


def _distinct_id(asked: Asked) -> str | None:
    """A distinct id that is written as such."""
    said = asked.after("distinct id|ids") or asked.after("user|person id")
    return said[0].text if said else None


def _which(asked: Asked) -> Draft | None:
    if not asked.says("person.this") or not asked.says("person.timeline"):
        return None
    return telling.asks(
        "Which user is meant?",
        "Name one by e-mail or distinct id, as in “What did jane@example.com do in the last 7"
        " days?”.",
    )


def _objects(person: Person, world: World) -> Draft:
    """The cohorts somebody is in, and what the flags give."""
    cohorts = (
        "unknown, the key may not read them"
        if person.cohorts is None
        else joined(person.cohorts) or "none"
    )
    flags = person.flags or {}
    given = [
        f"{key} ({value})" if value != "true" else key
        for key, value in flags.items()
        if value != "false"
    ]
    rows = [("cohort", name, "in it") for name in person.cohorts or ()]
    rows += [("flag", key, value) for key, value in flags.items()]
    told = (
        joined(given) or "none"
        if person.flags is not None
        else "unknown, the key may not read them"
    )
    return telling.answered(
        f"{person.name} is in the cohorts: {cohorts}; gets the flags: {told}.",
        f"Flags were asked with the distinct id {person.known_as}; flags of groups need the group"
        " and count as off here.",
        tables=[telling.table(("kind", "name", "value"), rows)],
        assumptions=(f"as of {telling.now(world)}",),
    )


def _profile(person: Person, world: World) -> Draft:
    rows = [(name, value) for name, value in sorted(person.properties.items())]
    return telling.answered(
        f"{person.name}: first seen {telling.at(person.created_at, world)},"
        f" {telling.many(len(rows), 'property', 'properties')}.",
        f"Distinct ids: {', '.join(person.distinct_ids)}." if person.distinct_ids else "",
        f"In the cohorts {joined(person.cohorts)}." if person.cohorts else "",
        tables=[telling.table(("property", "value"), rows)],
    )


def _timeline(asked: Asked, person: Person, world: World) -> Draft:
    """What somebody did, in order, in the period or before the event that is named."""
    spans = find(tokenize(UP_TO.sub(" ", asked.text)), world.clock)
    span = spans[0].span if spans else None
    call: dict[str, Any] = {"name": person.id, "latest": True, "limit": MOST}
    call |= {"since": span.start.isoformat()} if span and span.start else {}
    call |= {"until": span.end.isoformat()} if span and span.end else {}
    (table,) = world.look(("person_timeline", call))
    rows = [[_when(row[0], world), *row[1:]] for row in table.rows]
    period = span.label if span else "all time"
    if not rows:
        return telling.answered(
            f"{person.name} did nothing that was tracked: {period}.", _known(person, world)
        )
    if asked.has("pages|page|urls|screens"):
        rows = [row for row in rows if row[1] in VIEWS]
    note, rows = _narrowed(asked, rows, world)
    bounds = (span.start, span.end) if span else None
    return _listed(Story(person, rows, table.whole, period, note, bounds), world)


def _narrowed(asked: Asked, rows: list[list[Any]], world: World) -> tuple[str, list[list[Any]]]:
    """Only the last sessions, or only what came before an event, where that is asked for."""
    count = next((int(t.word) for t in asked.every if t.kind == "number" and t.word.isdigit()), 0)
    if count and asked.has("last|latest|recent # sessions|session|visits"):
        ids = list(dict.fromkeys(row[4] for row in rows if row[4]))[-count:]
        return f"their last {telling.many(len(ids), 'session')}", [
            row for row in rows if row[4] in ids
        ]
    if count and asked.has("last|latest|recent # events|event|actions|action"):
        return f"their last {telling.many(min(count, len(rows)), 'event')}", rows[-count:]
    after = asked.after("before|until") or asked.after("prior to")
    target = [word.word for word in after]
    if not target:
        return "", rows
    events = _meant(target, sorted({row[1] for row in rows}))
    places = [i for i, row in enumerate(rows) if row[1] in events]
    if not places:
        known = _meant(target, [name.name for name in world.events.names])
        return (
            f"they never did {joined(known, 'or') or ' '.join(target)} in that time",
            rows[-BEFORE:],
        )
    end = places[-1]
    return (
        f"up to their last {rows[end][1]}, at {rows[end][0]:%Y-%m-%d %H:%M}",
        rows[max(0, end - BEFORE) : end + 1],
    )


def _meant(words: Sequence[str], events: Sequence[str]) -> list[str]:
    return naming.related(words, {name: name for name in events})


@dataclass(frozen=True)
class Story:
    """What is told of somebody's doings."""

    person: Person
    rows: list[list[Any]]
    whole: bool
    period: str
    note: str
    bounds: tuple[datetime | None, datetime | None] | None


def _listed(story: Story, world: World) -> Draft:
    """The events in order, with what they add up to."""
    person, rows, period, note = story.person, story.rows, story.period, story.note
    if not rows:
        return telling.answered(
            f"{person.name} viewed no page or screen: {period}.", _known(person, world)
        )
    shown = rows[-SHOWN:]
    kinds = {
        name: sum(row[1] == name for row in rows) for name in dict.fromkeys(row[1] for row in rows)
    }
    top = sorted(kinds.items(), key=lambda one: -one[1])[:5]
    sessions = len({row[4] for row in rows if row[4]})
    whole = story.whole and len(shown) == len(rows)
    start, end = story.bounds or (rows[0][0], rows[-1][0] + timedelta(seconds=1))
    return telling.answered(
        f"{person.name}: {telling.many(len(rows), 'event')} in {telling.many(sessions, 'session')},"
        f" {rows[0][0]:%Y-%m-%d %H:%M} to {rows[-1][0]:%Y-%m-%d %H:%M}"
        f" ({world.zone.key}){f', {note}' if note else ''}.",
        f"Most: {joined([f'{name} ({count:,})' for name, count in top])}.",
        "" if whole else f"Only the last {len(shown):,} are shown.",
        _known(person, world),
        tables=[
            telling.table(
                COLUMNS, [(f"{row[0]:%Y-%m-%d %H:%M:%S}", *row[1:4]) for row in shown], whole=whole
            )
        ],
        window=Window(_bound(start, world), _bound(end, world), world.zone.key),
        assumptions=(f"period: {period}",),
    )


def _bound(at: datetime | None, world: World) -> str | None:
    return at.replace(tzinfo=world.zone).isoformat() if at else None


def _known(person: Person, world: World) -> str:
    return f"The person was found, first seen {telling.at(person.created_at, world)}."


def _when(text: str, world: World) -> datetime:
    at = world.local(text)
    assert at is not None
    return at.replace(microsecond=0)
