"""What people did around a period: flags, experiments and notes that lie in it or just before."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from agent.planner.english.windows import Span
from agent.planner.why.comparable import end, start
from agent.planner.world import Refused, Request, World

BEFORE = timedelta(days=7)
"""How long before the period something may have happened to be named."""

ROWS = 500
KINDS = ("flags", "experiments", "annotations")
REQUESTS: dict[str, Request] = {
    name: ("run_hogql", {"query": query, "limit": ROWS})
    for name, query in {
        "flags": "SELECT key, created_at FROM system.feature_flags WHERE deleted = 0 "
        "ORDER BY created_at DESC",
        "experiments": "SELECT name, key, start_date, end_date FROM system.experiments AS e "
        "LEFT JOIN (SELECT id AS flag, key FROM system.feature_flags) AS f "
        "ON e.feature_flag_id = f.flag ORDER BY start_date DESC",
        "annotations": "SELECT content, date_marker FROM system.annotations WHERE deleted = 0 "
        "ORDER BY date_marker DESC",
    }.items()
}
CHANGES: Request = ("list_flags", {})
"""Flags with when they were last changed, which the tables don't tell."""


class Overlay:
    """What was noted or switched around a period, and what could not be read."""

    def __init__(self, world: World, span: Span) -> None:
        self._world = world
        self._from, self._to = start(span) - BEFORE, end(span)
        self.unread = tuple(name for name in KINDS if softly(world, REQUESTS[name]) is None)
        self.notes = tuple(
            said for _, said in sorted([*self._flags(), *self._experiments(), *self._annotations()])
        )

    @property
    def switched(self) -> set[str]:
        """The flags that were created or changed then, or whose experiment began or ended."""
        flags = {key for key, at in self._rows("flags") if self._inside(at)}
        flags |= {
            one.key
            for one in getattr(softly(self._world, CHANGES), "rows", ())
            if self._inside(one.changed_at)
        }
        return flags | {
            str(key)
            for _, key, began, ended in self._rows("experiments")
            if key and (self._inside(began) or self._inside(ended))
        }

    def _flags(self) -> Iterable[tuple[datetime, str]]:
        changed = softly(self._world, CHANGES)
        for key, created in self._rows("flags"):
            if at := self._inside(created):
                yield at, f"flag {key} created on {at:%Y-%m-%d}"
        for flag in getattr(changed, "rows", ()):
            at, made = self._inside(flag.changed_at), self._world.local(flag.created_at)
            if at and made and at - made > timedelta(minutes=1):
                yield at, f"flag {flag.key} changed on {at:%Y-%m-%d}"

    def _experiments(self) -> Iterable[tuple[datetime, str]]:
        for name, _, began, ended in self._rows("experiments"):
            if at := self._inside(began):
                yield at, f"experiment {name} started on {at:%Y-%m-%d}"
            if at := self._inside(ended):
                yield at, f"experiment {name} ended on {at:%Y-%m-%d}"

    def _annotations(self) -> Iterable[tuple[datetime, str]]:
        for text, marker in self._rows("annotations"):
            if at := self._inside(marker):
                yield at, f"note “{text}” on {at:%Y-%m-%d}"

    def _rows(self, name: str) -> Sequence[Sequence[Any]]:
        found = softly(self._world, REQUESTS[name])
        return found.rows if found else ()

    def _inside(self, moment: str | None) -> datetime | None:
        at = self._world.local(moment)
        return at if at and self._from <= at < self._to else None


def requests() -> tuple[Request, ...]:
    """What has to be looked up; any of it may be refused."""
    return (*REQUESTS.values(), CHANGES)


def softly(world: World, request: Request) -> Any | None:
    """The output of a call, or None when it was refused."""
    try:
        return world.look(request)[0]
    except Refused:
        return None


def together(world: World, needed: Sequence[Request], welcome: Sequence[Request]) -> list[Any]:
    """The outputs of the needed calls, all asked for in one round with those that may fail."""
    with suppress(Refused):
        world.look(*needed, *welcome)
    return world.look(*needed)
