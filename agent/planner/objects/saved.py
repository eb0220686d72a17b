"""Answers about saved insights, dashboards and annotations: which there are about something."""

from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.english.dates import find
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.world import World
from tools.flag_words import said
from tools.saved import Saved
from tools.wording import joined

COLUMNS = ("kind", "id", "name", "what it shows", "last modified", "by", "in PostHog at")
ALIKE = {
    "engagement": "active retention stickiness",
    "engaged": "active retention stickiness",
    "growth": "signups active",
    "activation": "first booking onboarding",
    "acquisition": "signups",
    "churn": "retention lifecycle cancelled",
    "money": "revenue",
    "sales": "revenue",
    "mau": "monthly active users",
    "dau": "daily active users",
    "wau": "weekly active users",
    "kpi": "key metrics",
    "kpis": "key metrics",
    "loyalty": "retention",
}
"""What people look for under another word than the one it is saved under."""


def saved_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a search among saved things, None when something is to be measured."""
    everything = asked.opens("saved.everything") and asked.has("everything|anything")
    if asked.says("annotation.list") and asked.says("saved.search"):
        return _annotations(asked, world)
    searching = asked.says("saved.noun") and asked.opens("saved.search")
    if not (everything or searching) or asked.says("saved.metric"):
        return None
    found = lookups.saved(world)
    left = _wanted(asked)
    kinds = _kinds(asked) if not everything else {"insight", "dashboard"}
    pool = [one for one in found if one.kind in kinds]
    kept = about(left, pool, found) if left else list(pool)
    more = _others(left, world) if everything and left else ""
    return _told(asked, left, kept, pool, kinds, more, world)


def about(words: Sequence[str], pool: Sequence[Saved], every: Sequence[Saved]) -> list[Saved]:
    """The saved things that words are about, the closest first; a dashboard is what is on it."""
    texts = {f"{one.kind} {one.id}": f"{_said_of(one)} {_held(one, every)}" for one in pool}
    by_key = {f"{one.kind} {one.id}": one for one in pool}
    known = [part for word in words for part in (word, *ALIKE.get(word, "").split())]
    return [by_key[key] for key in naming.related(known, texts)]


def _said_of(one: Saved) -> str:
    return f"{one.name} {one.description} {one.shows}"


def _held(board: Saved, every: Sequence[Saved]) -> str:
    """What is said of the insights on a dashboard."""
    if board.kind != "dashboard":
        return ""
    return " ".join(_said_of(one) for one in every if board.id in one.dashboards)


def row(one: Saved, world: World) -> tuple[object, ...]:
    """A saved thing as a row of COLUMNS."""
    page = ("insights", one.short_id) if one.kind == "insight" else ("dashboard", one.id)
    changed = telling.at(one.changed_at, world)
    told = changed if one.kind == "insight" else f"created {changed}"
    shown = one.shows or one.description
    return (one.kind, one.id, one.name, shown, told, one.changed_by, telling.place(world, *page))


def _wanted(asked: Asked) -> list[str]:
    quoted = [piece for text in asked.quoted for piece in naming.topic_of(text)]
    return quoted or naming.topic(asked, *phrases.word_set("saved.plain"))


def _kinds(asked: Asked) -> set[str]:
    insight = asked.has("insight|insights|report|reports|chart|charts|query|queries|graph")
    board = asked.has("dashboard|dashboards")
    return (
        {"insight", "dashboard"} if insight == board else {"insight"} if insight else {"dashboard"}
    )


def _told(
    asked: Asked,
    left: Sequence[str],
    kept: Sequence[Saved],
    pool: Sequence[Saved],
    kinds: set[str],
    more: str,
    world: World,
) -> Draft:
    noun = "saved insight or dashboard" if len(kinds) > 1 else f"saved {kinds.copy().pop()}"
    topic = f" about “{' '.join(left)}”" if left else ""
    names = ", ".join(one.name for one in pool)
    if not kept:
        there = f"There are {len(pool)}: {names}." if pool else "None is saved at all."
        return telling.answered(f"There is no {noun}{topic}.", there, more)
    told = ", ".join(f"{one.name} ({one.kind} {one.id})" for one in kept[:8])
    many = telling.many(
        len(kept), noun, noun.replace("insight", "insights").replace("dashboard", "dashboards")
    )
    return telling.answered(
        f"There {'is' if len(kept) == 1 else 'are'} {many.replace(' or ', ' and ')}{topic}:"
        f" {told}.",
        (
            "Looked for in names, descriptions and what they show; the closest come first."
            if left
            else ""
        ),
        more,
        tables=[telling.table(COLUMNS, [row(one, world) for one in kept])],
    )


def _others(left: Sequence[str], world: World) -> str:
    """Flags, cohorts, experiments, actions and events about the same, as far as readable."""
    parts = []
    calls = ("list_flags", "list_cohorts", "list_experiments", "list_actions")
    for name, kind in zip(calls, ("flag", "cohort", "experiment", "action"), strict=True):
        output = lookups.softly(world, (name, {}))
        texts = (
            {getattr(one, "key", "") or one.name: _text(one) for one in output[0].rows}
            if output
            else {}
        )
        if names := naming.related(left, texts):
            parts.append(f"{kind} {joined(names)}")
    texts = {name.name: name.name for name in world.events.names}
    if events := naming.related(left, texts)[:6]:
        parts.append(f"event {joined(events)}")
    return f"Besides: {'; '.join(parts)}." if parts else ""


def _text(one: object) -> str:
    parts = [getattr(one, name, "") for name in ("key", "name", "description", "criteria", "means")]
    return " ".join([*map(str, parts), said(one) if hasattr(one, "conditions") else ""])  # type: ignore[arg-type]


def _annotations(asked: Asked, world: World) -> Draft:
    found = lookups.annotations(world)
    spans = find(asked.every, world.clock)
    if spans:
        span = spans[0].span
        found = tuple(
            one
            for one in found
            if (at := world.local(one.date))
            and (span.start is None or at >= span.start)
            and (span.end is None or at < span.end)
        )
    when = f" for {spans[0].span.label}" if spans else ""
    if not found:
        return telling.answered(f"There is no annotation{when}.")
    rows = [(telling.day(one.date, world), one.text, one.by) for one in found]
    told = "; ".join(f"{day} {text}" for day, text, _ in rows[:8])
    return telling.answered(
        f"There {'is' if len(rows) == 1 else 'are'} {telling.many(len(rows), 'annotation')}{when}:"
        f" {told}.",
        tables=[telling.table(("day", "annotation", "by"), rows)],
    )
