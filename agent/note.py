"""What a language model is told about a project: its people, its events, its team's words."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from agent.planner.glossary import Glossary
from tools.client import PostHog
from tools.errors import PostHogError, UnexpectedAnswer
from tools.fence import clean
from tools.literals import moment
from tools.project import Project
from tools.query import select
from tools.taxonomy import DescribeProject, ListEvents, describe_project, list_events
from tools.wording import one as worded

CHARACTERS = 2_600
"""Of the whole note: below 800 tokens of English names."""

KEPT = 24 * 3600.0
"""Seconds for which a note is as good as new."""

DAYS = 30
SAMPLE = 200_000
"""Events that are looked through for their properties at most."""

ODD = (PostHogError, UnexpectedAnswer, ValueError)
"""What goes wrong where a server refuses, or answers in a shape that nobody asked for."""

EVENTS = 60
PHRASE = 70
COMMON = 0.6
"""A property that this share of all events has is nothing special about one of them."""


@dataclass(frozen=True)
class Notes:
    """Where notes are kept between conversations; without a folder each is made anew."""

    folder: Path | None = None

    def of(self, posthog: PostHog, now: datetime, glossary: Glossary) -> str:
        """The note about a project."""
        lines = self._kept(posthog)
        if lines is None:
            lines = list(_lines(posthog, now))
            self._keep(posthog, lines)
        return _fitted([*_words(glossary), *lines])

    def _path(self, posthog: PostHog) -> Path | None:
        name = sha256(f"{posthog.host} {posthog.project.id}".encode()).hexdigest()[:16]
        return self.folder and self.folder / f"{name}.json"

    def _kept(self, posthog: PostHog) -> list[str] | None:
        path = self._path(posthog)
        with suppress(OSError, ValueError):
            if path and time.time() - path.stat().st_mtime < KEPT:
                return [str(line) for line in json.loads(path.read_text("utf-8"))]
        return None

    def _keep(self, posthog: PostHog, lines: Sequence[str]) -> None:
        if path := self._path(posthog):
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                path.write_text(json.dumps(list(lines)), "utf-8")


def _lines(posthog: PostHog, now: datetime) -> Iterator[str]:
    """What is worth knowing, the most important first; what the key may not read is left out."""
    with suppress(*ODD):
        yield from _covered(posthog)
    yield from _people(posthog.project)
    with suppress(*ODD):
        yield from _events(posthog, now)


def _covered(posthog: PostHog) -> Iterator[str]:
    """From when to when there are events, and which groups there are."""
    if posthog.grants.missing(("query:read",)):
        return
    facts: Any = describe_project.function(posthog, DescribeProject())
    if facts.events:
        yield f"{facts.events} events from {facts.first_event[:10]} to {facts.last_event[:10]}."
    elif facts.events == 0:
        yield "It has no events yet."
    if facts.groups:
        yield f"Group types: {', '.join(facts.groups)}."


def _people(project: Project) -> Iterator[str]:
    """How people's properties are read, and who are test accounts."""
    if project.person_on_events_querying_enabled is not None:
        then = project.person_on_events_querying_enabled
        when = "as they were at the event" if then else "as of now"
        yield f"Properties of persons are read {when}."
    if project.test_account_filters:
        conditions = " and ".join(worded(found) for found in project.test_account_filters)
        yield f"Test accounts are included unless a question leaves them out, with {conditions}."


def _events(posthog: PostHog, now: datetime) -> Iterator[str]:
    """Events by how often they came of late, with the properties of their own."""
    if posthog.grants.missing(("event_definition:read",)):
        return
    listed: Any = list_events.function(posthog, ListEvents())
    described = {row["name"]: str(row.get("description") or "") for row in listed.rows}
    used: Mapping[str, tuple[int, Sequence[str]]] = {}
    if not posthog.grants.missing(("query:read",)):
        used = _used(posthog, now)
    names = [name for name in used if name in described][:EVENTS]
    if names:
        yield f"Events by their number in the last {DAYS} days, with properties of their own:"
    for name in names:
        count, own = used[name]
        yield _event(f"{name} {count}", own, described[name])
    if rest := [name for name in described if name not in names]:
        yield f"Not of late: {', '.join(rest[:EVENTS])}."


def _used(posthog: PostHog, now: datetime) -> dict[str, tuple[int, Sequence[str]]]:
    """The events of the last days: how many, and which properties they have and others have not."""
    here = now.replace(tzinfo=None)
    where = f"timestamp >= {moment(here - timedelta(DAYS))} AND timestamp < {moment(here)}"
    counted = select(
        posthog,
        f"SELECT event, count() AS n FROM events WHERE {where} GROUP BY event ORDER BY n DESC",
        500,
    )
    keys = select(
        posthog,
        "SELECT event, groupUniqArray(name) AS names FROM ("
        "SELECT event, arrayJoin(JSONExtractKeys(properties)) AS name FROM "
        f"(SELECT event, properties FROM events WHERE {where} LIMIT {SAMPLE})) GROUP BY event",
        500,
    )
    held = {str(event): sorted(map(str, names)) for event, names in keys.rows}
    shared = [name for names in held.values() for name in names]
    many = {name for name in set(shared) if shared.count(name) > COMMON * len(held)}
    own = {
        event: [p for p in names if not p.startswith(("$", "utm_")) and p not in many]
        for event, names in held.items()
    }
    return {str(event): (int(n), own.get(str(event), ())) for event, n in counted.rows}


def _event(name: str, own: Sequence[str], description: str) -> str:
    properties = f" ({', '.join(own[:12])})" if own else ""
    said = f": {description[:PHRASE].rstrip('. ')}" if description else ""
    return f"{name}{properties}{said}"


def _words(glossary: Glossary) -> Iterator[str]:
    """What a team's own words stand for."""
    meanings = {**glossary.terms, **glossary.definitions}
    yield from (f"“{term}” means {meaning}." for term, meaning in meanings.items())


def _fitted(lines: Sequence[str]) -> str:
    """The lines that fit, cleaned, each on one line; how many did not."""
    kept: list[str] = []
    left = CHARACTERS
    for line in (" ".join(clean(line).replace("<", "(").split()) for line in lines):
        if len(line) + 1 > left:
            return "\n".join([*kept, f"… {len(lines) - len(kept)} more: find_names has them."])
        kept.append(line)
        left -= len(line) + 1
    return "\n".join(kept)
