"""Answers about what a word, an event or a property means in this project."""

from collections.abc import Sequence
from typing import Any

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import Match, descriptions, property_rows
from agent.planner.objects.cohorts import whom
from agent.planner.objects.properties import every_property, value_table
from agent.planner.objects.tracking import COLUMNS, rows_of
from agent.planner.world import World
from tools.literals import literal
from tools.wording import joined

ASKING = ("define.ask", "define.what", "define.when", "define.difference")


def definition_answer(asked: Asked, world: World) -> Draft | None:
    """What something means, None when no meaning is asked for."""
    if not asked.says(*ASKING):
        return None
    if asked.says("define.ask", "define.what") and (term := _term(asked)):
        return _from_glossary(*term, asked, world)
    events = naming.named(asked, [one.name for one in world.events.names])
    if events and _only(asked, events):
        inorder = sorted(events, key=lambda one: one.start)
        return _events([one.name for one in inorder], asked, world)
    names = _property_names(asked, world)
    if names and _only(asked, names):
        return _property(names[0].name, world)
    return _word(asked, world) if asked.says("define.ask") else None


def _term(asked: Asked) -> tuple[str, str] | None:
    """The glossary's term, when the question is about it and nothing else."""
    found = asked.glossary.meaning(asked.text)
    if found is None:
        return None
    words = {token.stem for token in asked.every} - {stem for stem in naming.pieces(found[0])}
    plain = {piece for word in phrases.word_set("define.plain") for piece in naming.pieces(word)}
    return found if words <= plain else None


def _from_glossary(term: str, meaning: str, asked: Asked, world: World) -> Draft:
    stands = term in asked.glossary.terms
    return telling.answered(
        f"“{term}” means {meaning}.",
        f"That is in the glossary {asked.glossary.path}"
        + (
            "; in questions the words stand for it."
            if stands
            else "; it only explains, questions do not use it."
        ),
        choices=(f"How many {term}s were there in the last 30 days?",) if stands else (),
    )


def _only(asked: Asked, named: Sequence[naming.Named]) -> bool:
    """Whether beside the names there are only words that ask for a meaning."""
    inside = {i for one in named for i in range(one.start, one.end)}
    rest = {
        token.word
        for i, token in enumerate(asked.every)
        if i not in inside and token.kind != "number"
    }
    loose = asked.says("define.when", "define.ask") and not asked.opens("define.what")
    return loose or not rest - phrases.word_set("define.plain")


def _property_names(asked: Asked, world: World) -> list[naming.Named]:
    names = (
        {str(row["name"]) for _, row in every_property(world)}
        if asked.says("define.ask")
        else set()
    )
    written = [name for name in names if name.lower() in asked.text.lower()]
    return naming.named(asked, written)


def _events(names: Sequence[str], asked: Asked, world: World) -> Draft:
    """What one event is, or how several differ, by description and by data."""
    known = descriptions(world)
    rows = rows_of([Match(name, 1.0) for name in names[:4]], world)
    told = [
        f"{name}: “{known[name].rstrip('.')}”" if known.get(name) else f"{name} has no description"
        for name in names[:4]
    ]
    facts = [_facts(row) for row in rows]
    own = {name: _own(name, world) for name in names[:4]}
    lines = [
        f"{name} carries {joined(props) or 'no properties of its own'}."
        for name, props in own.items()
    ]
    unknown = [name for name in names[:4] if not known.get(name)]
    lines += [_around(name, world) for name in unknown[:2]]
    if unknown:
        lines.append(
            "What it is meant to be is known to whoever sends it; a description in PostHog (data"
            " management) would say it to all."
        )
    elif asked.says("define.when"):
        lines.append(
            "When exactly it is sent is decided by the code that sends it; the description is all"
            " that PostHog knows."
        )
    return telling.answered(
        f"{'; '.join(told)}.",
        *facts,
        *lines,
        tables=[telling.table(COLUMNS, rows)],
        choices=[f"What properties does {names[0]} have?", f"{names[0]} per week"],
    )


def _facts(row: Sequence[Any]) -> str:
    name, _, total, recent, first, last = row
    if not total:
        return f"No {name} has been received yet."
    return (
        f"{name}: {total:,} events, {recent:,} in the last 30 days, first seen {first}, last seen"
        f" {last}."
    )


def _own(event: str, world: World) -> list[str]:
    rows = property_rows(world, "event", event)
    return [str(row["name"]) for row in rows if not str(row["name"]).startswith("$")][:12]


def _around(event: str, world: World) -> str:
    """On which pages or screens an event without a description happens."""
    table = lookups.table(
        world,
        "SELECT coalesce(properties.$pathname, properties.$screen_name, '') AS place, count() AS"
        f" count FROM events WHERE event = {literal(event)} AND timestamp >= now() - INTERVAL 90"
        " DAY GROUP BY place ORDER BY count DESC, place",
        5,
    )
    places = [f"{row[0]} ({row[1]:,})" for row in table.rows if row[0]]
    return f"{event} happens mostly on {joined(places)} (last 90 days)." if places else ""


def _property(name: str, world: World) -> Draft:
    """What a property is: its description, its holders, its most frequent values."""
    rows = [(holder, row) for holder, row in every_property(world) if row["name"] == name]
    text = next((row.get("description") for _, row in rows if row.get("description")), "")
    holder, row = rows[0]
    table = value_table(name, holder, None, 10, world)
    values = [f"{value} ({count:,})" for value, count in table.rows if value is not None]
    return telling.answered(
        f"{name}: “{text}”." if text else f"{name} has no description.",
        f"A {row.get('property_type') or 'value'} of the {joined([one for one, _ in rows])}.",
        f"Its most frequent values: {joined(values)}." if values else "",
        tables=[telling.table(("value", "count"), table.rows, whole=table.whole)],
    )


def _word(asked: Asked, world: World) -> Draft | None:
    """What a word of the team means, as far as anything saved in PostHog says it."""
    words = naming.topic(asked, *phrases.word_set("define.plain"))
    if not words:
        return None
    said = " ".join(words)
    texts = _explained(world)
    found = [name for name in naming.related(words, texts) if _covers(words, texts[name])]
    file = asked.glossary.path or "glossary.toml"
    if not found:
        near = naming.related(words, texts)[:3]
        return telling.answered(
            f"No definition of “{said}” is recorded: not in the glossary, and in no event, action,"
            " insight or cohort.",
            (
                f"The nearest: {joined([f'{name} ({texts[name]})' for name in near], 'or')}."
                if near
                else ""
            ),
            f"A proposal for {file}, with the right event in it:\n[terms]\n“{said}” = “people who"
            " did EVENT”".replace("“", '"').replace("”", '"'),
        )
    lines = [f"{name}: {texts[name]}" for name in found[:5]]
    return telling.answered(
        f"“{said}” is described by {found[0]}: {texts[found[0]]}.",
        f"Also: {'; '.join(lines[1:])}." if len(lines) > 1 else "",
        "The glossary has no entry for it, so this is only what is saved in PostHog. A proposal"
        f" for {file}:",
        f'[definitions]\n"{said}" = "{texts[found[0]].partition(";")[0].replace(chr(34), "")}"',
    )


def _explained(world: World) -> dict[str, str]:
    """What is saved in PostHog with words that explain it: actions, insights, cohorts, events."""
    calls = ("list_saved", "list_cohorts", "list_actions")
    outputs = {
        name: found[0].rows for name in calls if (found := lookups.softly(world, (name, {})))
    }
    texts = {
        f"the {one.kind} “{one.name}”": "; ".join(filter(None, (one.description, one.shows)))
        for one in outputs.get("list_saved", ())
    }
    texts |= {f"the cohort “{one.name}”": whom(one) for one in outputs.get("list_cohorts", ())}
    texts |= {
        f"the action “{one.name}”": "; ".join(filter(None, (one.description, one.means)))
        for one in outputs.get("list_actions", ())
    }
    return texts | {f"the event {name}": text for name, text in descriptions(world).items() if text}


def _covers(words: Sequence[str], text: str) -> bool:
    held = set(naming.pieces(text))
    return all(set(naming.pieces(word)) <= held for word in words)
