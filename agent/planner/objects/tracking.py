"""Whether something is tracked, since when, and whether it still comes in."""

from collections.abc import Sequence
from datetime import timedelta

from agent.answer import Draft
from agent.planner.english.lexicon import lexicon
from agent.planner.english.words import stem
from agent.planner.objects import naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import (
    STANDARD,
    SURE,
    Match,
    descriptions,
    events_for,
    seen,
    spelled_events,
)
from agent.planner.world import World
from tools.wording import joined

COLUMNS = ("event", "description", "events", "last 30 days", "first seen", "last seen")
DEAD = "$dead_click"
QUIET = timedelta(days=7)


def tracking_answer(asked: Asked, world: World) -> Draft | None:
    """Whether, since when and until when something is tracked; None when that is not asked."""
    timed = asked.says("schema.since", "schema.still")
    if not timed and not asked.says("schema.tracked"):
        return None
    spelled = [one.name for one in spelled_events(asked, world) if _is_written(one.name, asked)]
    if spelled:
        return _tracked(asked, [Match(name, 1.0) for name in spelled], "", world)
    if unknown := [name for name in naming.slugs(asked) if "_" in name or "." in name]:
        return unknown_event(unknown[0], world)
    words = naming.topic(asked, *phrases.word_set("tracking.plain"))
    if not words:
        return None
    if asked.says("idiom.dead_click") and DEAD not in descriptions(world):
        found = events_for(["rage", "click"], world)
        return _untracked("clicks that do nothing", ["click"], found, world, own=DEAD)
    found = events_for(words, world)
    sure = [one for one in found if one.share >= SURE * 0.9]
    said = " ".join(words)
    return _tracked(asked, sure[:5], said, world) if sure else _untracked(said, words, found, world)


def rows_of(matches: Sequence[Match], world: World) -> list[tuple[object, ...]]:
    """Events as rows of COLUMNS."""
    counts = seen(world, [one.name for one in matches])
    known = descriptions(world)
    return [
        (
            one.name,
            known.get(one.name, ""),
            *((counts[one.name][0], counts[one.name][3]) if one.name in counts else (0, 0)),
            *(
                (telling.day(at, world) for at in counts[one.name][1:3])
                if one.name in counts
                else ("", "")
            ),
        )
        for one in matches
    ]


def unknown_event(name: str, world: World) -> Draft:
    """Say that an event of that name is not tracked, with the nearest ones."""
    found = events_for(naming.topic_of(name.replace("_", " ")), world)
    return _untracked(name, naming.topic_of(name.replace("_", " ")), found, world, quoted=True)


def _tracked(asked: Asked, matches: Sequence[Match], said: str, world: World) -> Draft:
    rows = rows_of(sorted(matches, key=lambda one: not one.named), world)
    sure = any(one.named for one in matches)
    name, text, total, recent, first, last = rows[0]
    if not total:
        return telling.answered(
            f"{name} is defined in this project, but no such event has been received.",
            _described(text),
        )
    facts = (
        f"{total:,} events, {recent:,} of them in the last 30 days, first seen {first}, last seen"
        f" {last}"
    )
    if asked.says("schema.since"):
        head = f"{name} is tracked since {first}"
    elif asked.says("schema.still"):
        head = _still(str(name), world, last)
    else:
        likely = f"The nearest by its description is {name}, which may or may not be meant"
        head = f"Yes: {joined([str(row[0]) for row in rows[:3]])}" if sure else likely
    others = (
        f"Other events of that kind: {joined([str(row[0]) for row in rows[1:]])}."
        if len(rows) > 1
        else ""
    )
    return telling.answered(
        f"{head} ({facts}).",
        _described(text),
        others,
        tables=[telling.table(COLUMNS, rows)],
        assumptions=((f"“{said}” taken as {name}",) if said else ())
        + (f"as of {telling.now(world)}",),
    )


def _still(name: str, world: World, last: object) -> str:
    at = world.last_seen.get(name)
    quiet = at is not None and at < world.clock.now - QUIET
    return f"No, {name} has not come in since {last}" if quiet else f"Yes, {name} still comes in"


def _untracked(
    said: str,
    words: Sequence[str],
    found: Sequence[Match],
    world: World,
    *,
    quoted: bool = False,
    own: str = "",
) -> Draft:
    ideas = {idea for word in words for idea in lexicon().concepts.get(stem(word), ())}
    own = own or next((STANDARD[idea] for idea in ideas if idea in STANDARD), "")
    hint = (
        f"PostHog's own name for it would be {own}, which this project does not have."
        if own
        else ""
    )
    near = [one for one in found if one.share >= 0.3][:5] or [
        Match(name, 0.3) for name in naming.near(said, [one.name for one in world.events.names])
    ]
    rows = rows_of(near, world)
    told = [f"{row[0]}{f' (“{row[1]}”)' if row[1] else ''}" for row in rows]
    head = (
        f"No event is called “{said}”"
        if quoted
        else f"No event for “{said}” is tracked in this project"
    )
    return telling.declined(
        f"{head}{', so none can be counted' if quoted else ''}.",
        f"The nearest: {joined(told, 'or')}." if told else "Nothing comes near it.",
        hint if own and own not in {name.name for name in world.events.names} else "",
        tables=[telling.table(COLUMNS, rows)] if rows else [],
        choices=[
            f"How many {one.name} events were there in the last 30 days?"
            for one in near
            if one.share >= 0.6
        ][:2],
    )


def _described(text: object) -> str:
    return f"Its description: “{text}”" if text else "It has no description."


def _is_written(name: str, asked: Asked) -> bool:
    """Whether a name stands as a name: with signs of its own, or in quotation marks."""
    signs = any(sign in name for sign in "_$:.-") or any(c.isupper() for c in name[1:])
    quoted = name.lower() in {text.lower() for text in asked.quoted}
    written = name.lower() in asked.text.lower()
    return written and (signs or quoted or " " in name)
