"""Answers about the quality of the data: what is stale, doubled, missing or oddly named."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from agent.answer import AnswerTable, Draft
from agent.planner.english.words import name_words
from agent.planner.objects import naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import descriptions, events_for, spelled_events
from agent.planner.objects.naming import pieces
from agent.planner.objects.quality_checks import copies, doubled, gaps, half_filled
from agent.planner.world import Refused, World
from tools.wording import joined

STALE = 90
FOUND = tuple[str, AnswerTable | None]


def quality_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about the quality of the data, None for anything else."""
    if asked.says("quality.doubled") and not asked.says("schema.metric"):
        return _doubled(asked, world)
    if asked.says("quality.silent"):
        return _silent(asked, world)
    if asked.says("quality.gaps"):
        return _gaps(asked, world)
    return _all(world) if asked.says("quality.all") else None


def _all(world: World) -> Draft:
    """Every check, each with its finding."""
    checks: tuple[tuple[str, FOUND], ...] = (
        ("events that stopped", _stopped(world)),
        ("different ways of naming", _styles(world)),
        ("names that mean the same", _alike(world)),
        ("properties rarely filled", _soft(half_filled, world)),
        ("ids that come twice", _soft(doubled, world)),
        ("days without an event that comes daily", _soft(gaps, world)),
    )
    bad = [name for name, (_, table) in checks if table]
    lines = [f"{name[0].upper()}{name[1:]}: {text}" for name, (text, _) in checks]
    return telling.answered(
        (
            f"{len(bad)} of {len(checks)} checks found something: {joined(bad)}."
            if bad
            else f"All {len(checks)} checks found nothing."
        ),
        *lines,
        tables=[table for _, (_, table) in checks if table],
        assumptions=(f"as of {telling.now(world)}", "fill rates and gaps over the last 90 days"),
    )


def _soft(check: Callable[[World], FOUND], world: World) -> FOUND:
    """A check, or why it could not be made: a large project may refuse a long query."""
    try:
        return check(world)
    except Refused as refused:
        return f"could not be checked ({refused}).", None


def _doubled(asked: Asked, world: World) -> Draft | None:
    """Events of one kind whose id occurs more than once."""
    words = naming.topic(
        asked,
        "duplicate",
        "duplicates",
        "duplicated",
        "double",
        "doubled",
        "twice",
        "same",
        "ids",
        "id",
        "counted",
    )
    spelled = [one.name for one in spelled_events(asked, world)]
    events = spelled or [one.name for one in events_for(words, world) if one.share >= 0.6][:8]
    if words and not events:
        return None
    text, table = doubled(world, events)
    if not table and "could come twice" in text and events:
        text, table = copies(world, events)
    if not table:
        return telling.answered(f"No: {text}")
    return telling.answered(
        f"Yes: {text}",
        tables=[table],
        assumptions=("two events are doubled when they share the id",),
    )


def _silent(asked: Asked, world: World) -> Draft:
    """Events that have not come in for some days, and that hiding them is not done."""
    days = _days(asked) or STALE
    found = _quiet(world, days)
    hiding = asked.has("hide|archive|delete|remove|clean|deprecate|drop")
    note = (
        "hogloop does not hide events, nor change anything else in PostHog yet; PostHog lets people"
        " hide an event under data management."
        if hiding
        else ""
    )
    if not found:
        return telling.answered(f"Every event has come in within the last {days} days.", note)
    rows = [(name, f"{at:%Y-%m-%d}" if at else "never") for name, at in found]
    head = (
        f"{telling.many(len(rows), 'event')} {'has' if len(rows) == 1 else 'have'} not fired in the"
        f" last {days} days"
    )
    draft = telling.declined if hiding else telling.answered
    return draft(
        f"{head}: {joined([f'{name} (last {last})' for name, last in rows[:8]])}.",
        note,
        tables=[telling.table(("event", "last seen"), rows)],
        assumptions=(f"as of {telling.now(world)}",),
    )


def _gaps(asked: Asked, world: World) -> Draft:
    events = [one.name for one in spelled_events(asked, world)]
    words = naming.topic(
        asked,
        "gap",
        "gaps",
        "missing",
        "tracking",
        "broken",
        "break",
        "outage",
        "data",
        "days",
        "holes",
    )
    events = events or [one.name for one in events_for(words, world) if one.share >= 0.9][:3]
    text, table = gaps(world, events)
    return telling.answered(
        text[0].upper() + text[1:],
        tables=[table] if table else [],
        assumptions=("the last 90 days",),
    )


def _stopped(world: World) -> FOUND:
    found = _quiet(world, 30)
    if not found:
        return "every event came in within the last 30 days.", None
    rows = [(name, f"{at:%Y-%m-%d}" if at else "never") for name, at in found]
    return f"{joined([f'{name} (last {last})' for name, last in rows[:6]])}.", telling.table(
        ("event", "last seen"), rows
    )


def _quiet(world: World, days: int) -> list[tuple[str, datetime | None]]:
    since = world.clock.now - timedelta(days=days)
    found = [(name, at) for name, at in world.last_seen.items() if at is None or at < since]
    return sorted(found, key=lambda one: str(one[1]))


def _styles(world: World) -> FOUND:
    """Whether names of events are written in one way."""
    styles: dict[str, list[str]] = defaultdict(list)
    for name in sorted(descriptions(world)):
        if not name.startswith("$"):
            styles[_style(name)].append(name)
    usual = max(styles, key=lambda one: len(styles[one]), default="")
    odd = [(name, style) for style, names in styles.items() if style != usual for name in names]
    if not odd:
        return (
            (
                f"all names of events are in {usual}."
                if usual
                else "there are no events of one's own."
            ),
            None,
        )
    return (
        f"most are in {usual}, but {joined([f'{name} is in {style}' for name, style in odd[:6]])}.",
        telling.table(("event", "style"), odd),
    )


def _style(name: str) -> str:
    if " " in name:
        return "words with spaces"
    if ":" in name or "." in name:
        return "words with : or ."
    if "-" in name:
        return "kebab-case"
    if name != name.lower():
        return "mixedCase"
    return "snake_case"


def _alike(world: World) -> FOUND:
    """Events whose names, or whose descriptions, say that they are one thing."""
    known = descriptions(world)
    named = [name for name in sorted(known) if not name.startswith("$")]
    pairs = [(a, b) for i, a in enumerate(named) for b in named[i + 1 :] if _same(a, b)]
    pairs += [
        (b, a)
        for a in named
        for b in named
        if a != b and b in known[a].replace(",", " ").replace(".", " ").split()
    ]
    found = sorted({tuple(sorted(pair)) for pair in pairs})
    if not found:
        return "none.", None
    rows = [(a, b, known[a] or known[b]) for a, b in found]
    return f"{joined([f'{a} and {b}' for a, b, _ in rows[:5]])}.", telling.table(
        ("event", "other event", "description"), rows
    )


def _same(a: str, b: str) -> bool:
    """Whether two names are the same words in another style, order or form."""
    return sorted(pieces(" ".join(name_words(a)))) == sorted(pieces(" ".join(name_words(b))))


def _days(asked: Asked) -> int | None:
    for i, token in enumerate(asked.every[:-1]):
        unit = {"day": 1, "week": 7, "month": 30, "year": 365}.get(asked.every[i + 1].stem, 0)
        if token.kind == "number" and token.word.isdigit() and unit:
            return int(token.word) * unit
    return None
