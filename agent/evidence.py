"""What an answer rests on, so that it can be run again: its calls, their rows, and definitions."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.messages import Assistant, Message, ToolCall, ToolResult
from agent.version import version
from tools.client import PostHog
from tools.errors import ToolError, TurnError
from tools.toolbox import Toolbox

MEMBERS = re.compile(r"\bIN\s+COHORT\s+(?:(\d+)|'((?:[^'\\]|\\.)*)')", re.IGNORECASE)
MATCHES = re.compile(r"\bmatchesAction\(\s*(?:(\d+)|'((?:[^'\\]|\\.)*)')", re.IGNORECASE)
SCOPES = {"cohorts": "cohort:read", "actions": "action:read"}
MEANING = {"cohorts": ("filters", "groups", "query", "deleted"), "actions": ("steps", "deleted")}
"""What of a cohort or an action decides whom it counts."""


@dataclass(frozen=True)
class Run:
    """One call that measured something, with its period made absolute, and its rows."""

    name: str
    arguments: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    whole: bool
    query: Any

    @property
    def hash(self) -> str:
        """SHA-256 of the columns and rows."""
        return _hash([list(self.columns), [list(row) for row in self.rows]])


@dataclass(frozen=True)
class Evidence:
    """What one answer was made of, and what it depends on besides the data."""

    made_at: str
    version: str
    timezone: str
    definitions: Mapping[str, str]
    """The cohorts and actions that the queries name, each with a hash of what it means."""

    runs: tuple[Run, ...]
    hash: str
    asked: str | None = None
    """The project as it was chosen, None for the usual one."""

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        return asdict(self)

    @classmethod
    def of_json(cls, body: Mapping[str, Any]) -> "Evidence":
        """The evidence that `as_json` was made of."""
        runs = tuple(
            Run(**run | {"columns": tuple(run["columns"]), "rows": tuple(map(tuple, run["rows"]))})
            for run in body["runs"]
        )
        return cls(**dict(body) | {"runs": runs})


def evidence(toolbox: Toolbox, turn: Sequence[Message], asked: str | None) -> Evidence | None:
    """What the calls of a turn found, None when it measured nothing."""
    zone = ZoneInfo(toolbox.project.timezone)
    now = datetime.fromisoformat(toolbox.project.now) if toolbox.project.now else None
    clock = (now or datetime.now(UTC)).astimezone(zone).replace(tzinfo=None)
    runs = tuple(_measured(turn, clock))
    if not runs:
        return None
    defined = definitions(toolbox.posthog, [run.query for run in runs])
    made = datetime.now(UTC).isoformat(timespec="milliseconds")
    digest = _hash([run.hash for run in runs])
    return Evidence(made, version(), toolbox.project.timezone, defined, runs, digest, asked)


def ran(name: str, arguments: Mapping[str, Any], output: Any) -> Run:
    """A call with what it found."""
    rows = tuple(tuple(row) for row in output.rows)
    return Run(name, arguments, tuple(output.columns), rows, output.whole, output.query)


def definitions(posthog: PostHog, queries: Sequence[Any]) -> dict[str, str]:
    """What the cohorts, the actions and the filter of test accounts mean that queries name.

    What the key may not read is left out: then a later look can't tell whether it changed.
    """
    found = {}
    for kind, named in sorted(set(_named(queries))):
        if posthog.grants.missing((SCOPES[kind],)):
            continue
        with suppress(ToolError, TurnError, StopIteration):
            body = _object(posthog, kind, named)
            meaning = {field: body.get(field) for field in MEANING[kind]}
            label = f"{kind[:-1]} {body.get('name') or named} (id {body.get('id')})"
            found[label] = _hash(meaning)
    return found


def _measured(turn: Sequence[Message], clock: datetime) -> Iterator[Run]:
    calls: dict[str, ToolCall] = {}
    for message in turn:
        if isinstance(message, Assistant):
            calls |= {call.id: call for call in message.tool_calls}
        if isinstance(message, ToolResult) and message.name.startswith("run_"):
            call = calls.get(message.call_id)
            if call and isinstance(call.arguments, dict) and hasattr(message.output, "rows"):
                yield ran(call.name, _pinned(call, clock), message.output)


def _pinned(call: ToolCall, clock: datetime) -> dict[str, Any]:
    """The arguments of a call, whose period ends when it was made unless it says otherwise."""
    assert isinstance(call.arguments, dict)
    if call.name == "run_hogql" or call.arguments.get("date_to"):
        return call.arguments
    return call.arguments | {"date_to": clock.isoformat(timespec="seconds")}


def _named(queries: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Kind and id or name of each cohort and action."""
    for query in queries:
        if isinstance(query, str):
            yield from (("cohorts", number or name) for number, name in MEMBERS.findall(query))
            yield from (("actions", number or name) for number, name in MATCHES.findall(query))
        elif isinstance(query, Mapping):
            if query.get("kind") == "ActionsNode":
                yield "actions", str(query.get("id"))
            if query.get("type") == "cohort":
                yield "cohorts", str(query.get("value"))
            yield from _named(list(query.values()))
        elif isinstance(query, list | tuple):
            yield from _named(query)


def _object(posthog: PostHog, kind: str, named: str) -> dict[str, Any]:
    if named.isdecimal():
        return posthog.read(f"{kind}/{named}/")
    return next(one for one in posthog.pages(f"{kind}/") if one.get("name") == named)


def _hash(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
