"""How answers about objects are worded."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from agent.answer import AnswerTable, Draft
from agent.planner.plan import Reply
from agent.planner.world import World

READS_ONLY = "hogloop does not make this kind of change yet"


def at(text: str | None, world: World) -> str:
    """An instant in the project's zone; a whole day by its date."""
    moment = world.local(text)
    if moment is None:
        return "an unknown time"
    return f"{moment:%Y-%m-%d %H:%M} ({world.zone.key})"


def day(text: str | None, world: World) -> str:
    """The day of an instant."""
    moment = world.local(text)
    return f"{moment:%Y-%m-%d}" if moment else "an unknown day"


def now(world: World) -> str:
    """The instant that the answer holds for."""
    moment: datetime = world.clock.now
    return f"{moment:%Y-%m-%d %H:%M} ({world.zone.key})"


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, whole: bool = True
) -> AnswerTable:
    """A table of an answer."""
    kept = tuple(tuple(row) for row in rows)
    return AnswerTable(tuple(columns), kept, whole, len(kept) if whole else None)


def many(count: float, one: str, several: str = "") -> str:
    """A count with its noun."""
    noun = one if count == 1 else several or f"{one}s"
    return f"{count:,.0f} {noun}"


def answered(headline: str, *text: str, tables: Sequence[AnswerTable] = (), **more: Any) -> Draft:
    """An answer."""
    return Draft("answered", headline, _joined(text), tuple(tables), **more)


def declined(headline: str, *text: str, tables: Sequence[AnswerTable] = (), **more: Any) -> Draft:
    """A refusal, with its reason and what can be done instead."""
    return Draft("declined", headline, _joined(text), tuple(tables), **more)


def asks(headline: str, *text: str, choices: Iterable[str] = (), **more: Any) -> Draft:
    """A question back; each choice is a question of its own."""
    ways = tuple(choices)
    reply = Reply("asked", headline, _joined(text), ways, ways)
    return Draft("asked", headline, _joined(text), choices=ways, plan=reply, **more)


def place(world: World, *path: object) -> str:
    """Where PostHog shows an object, as a path on its host."""
    return f"/project/{world.facts.id}/{'/'.join(map(str, path))}"


def _joined(text: Iterable[str]) -> str:
    return "\n".join(part for part in text if part)
