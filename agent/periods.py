"""The period a language model measured: read from its queries, held against the one asked for."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo

from agent.answer import Window
from tools.bounds import OPEN, TICK, Period, period
from tools.moments import Clock
from tools.project import Project

TURNED = re.compile(
    r"\b(?:before|after|until|till|since|than|versus|vs\.?|to|with|of|except|excluding)"
    r"\s+(?:the\s+)?$",
    re.IGNORECASE,
)
"""Words that make a period's name stand for another period, or for a part of it."""

BESIDE = re.compile(
    r"\b(?:compar\w+|vs|versus|(?:day|week|month|quarter|year)s? before|previous|prior)\b",
    re.IGNORECASE,
)
"""Words that hold a period against an earlier one, which is then measured with it."""

RUNNING = re.compile(r"^today$|^this | days$")
"""Periods that end now, whether a query says so or not."""

LINE = re.compile(r"- (?P<name>[^:]+): (?P<start>[\d-]+) to (?:now|[\d-]+ \(< (?P<end>[\d-]+)\))")
"""A period as the briefing writes it."""

Fit = Literal["same", "other", "apart"]


def measured(queries: Iterable[str | dict[str, Any]], project: Project) -> Window | None:
    """The one period that all of the queries cover, None when they have none in common."""
    clock = _clock(project)
    found = {
        period(query, clock) if isinstance(query, str) else _dated(query, clock)
        for query in queries
    }
    if len(found) != 1 or found == {OPEN}:
        return None
    return _window(found.pop(), project)


def told(system: str, project: Project) -> Mapping[str, Period]:
    """The periods that the briefing resolved, by their names."""
    clock = _clock(project)
    zone = clock.now.tzinfo
    return {
        found["name"].removeprefix("the ").removesuffix(", so far"): Period(
            _placed(found["start"], zone),
            _placed(found["end"], zone) if found["end"] else clock.now,
        )
        for line in system.splitlines()
        if (found := LINE.fullmatch(line))
    }


def asked(question: str, periods: Iterable[str]) -> str | None:
    """The one period that a question is plainly about."""
    named = [name for name in periods if re.search(_pattern(name), question, re.IGNORECASE)]
    if len(named) != 1 or re.search(r"\bago\b", question, re.IGNORECASE):
        return None
    found = re.search(_pattern(named[0]), question, re.IGNORECASE)
    assert found is not None
    return None if TURNED.search(question[: found.start()]) else named[0]


def fit(name: str, wanted: Period, window: Window) -> Fit:
    """How the measured period lies to the one asked for."""
    start = datetime.fromisoformat(window.start) if window.start else None
    end = datetime.fromisoformat(window.end) if window.end else None
    assert wanted.start is not None
    assert wanted.end is not None
    if (end and end <= wanted.start) or (start and start >= wanted.end):
        return "apart"
    slack = timedelta(days=1) if name.endswith("days") else timedelta(seconds=1)
    begins = start is not None and abs(start - wanted.start) <= slack
    later = RUNNING.search(name) is not None and (end is None or end > wanted.end)
    ends = later or (end is not None and abs(end - wanted.end) <= slack)
    return "same" if begins and ends else "other"


def beside(question: str, wanted: Period, window: Window) -> bool:
    """Whether the period asked for was rightly measured together with those it is held against."""
    if not (BESIDE.search(question) and window.start and wanted.start and wanted.end):
        return False
    end = datetime.fromisoformat(window.end) if window.end else wanted.end
    return datetime.fromisoformat(window.start) < wanted.start and end >= wanted.end


def words(wanted: Period, project: Project) -> str:
    """A period as people read it."""
    return _window(wanted, project).words


def _dated(query: dict[str, Any], clock: Clock) -> Period:
    """The period of a typed query, whose dates are absolute and include their last moment."""
    dates, zone = query.get("dateRange") or {}, clock.now.tzinfo
    start, end = dates.get("date_from"), dates.get("date_to")
    first = None if start in (None, "all") else _placed(start, zone)
    return Period(first, _placed(end, zone) + TICK if end else clock.now)


def _placed(text: str, zone: tzinfo | None) -> datetime:
    """A moment of a typed query, in the project's zone unless it has its own."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _clock(project: Project) -> Clock:
    """The clock by which PostHog reads now(): an embedded project's may stand still."""
    now = datetime.fromisoformat(project.now) if project.now else datetime.now(UTC)
    return Clock(now.astimezone(ZoneInfo(project.timezone)), project.week_start_day or 0)


def _window(found: Period, project: Project) -> Window:
    start, end = (side.isoformat() if side else None for side in found)
    return Window(start, end, project.timezone)


def _pattern(name: str) -> str:
    last = "(?:last|past|previous)" if name.endswith("days") else "(?:last|previous)"
    return rf"\b{name.replace('last', last)}\b(?!\s+of\b)"
