"""What the tools have told about the project so far, and what has still to be asked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.messages import Assistant, Message, ToolCall, ToolResult, User
from agent.planner.linking import Name, read_name
from agent.planner.plan import Holder, Property
from agent.planner.windows import Clock
from tools.query import QueryTable

Request = tuple[str, dict[str, Any]]


class Missing(Exception):
    """Something must be looked up first."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self.requests = tuple(requests)
        super().__init__(", ".join(name for name, _ in requests))


class Refused(Exception):
    """A tool the planner cannot do without has failed."""

    def __init__(self, result: ToolResult) -> None:
        self.result = result
        super().__init__(result.text)


@dataclass(frozen=True)
class Value:
    """A property value found in the data."""

    property: Property
    value: str
    count: int


class Known:
    """The results in a conversation, by the call that asked for them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._results: dict[str, ToolResult] = {}
        calls: dict[str, ToolCall] = {}
        for message in messages:
            if isinstance(message, User):
                self._results = {k: r for k, r in self._results.items() if r.name != "run_hogql"}
            if isinstance(message, Assistant):
                calls |= {call.id: call for call in message.tool_calls}
            if isinstance(message, ToolResult) and message.call_id in calls:
                self._results[_key(*_request(calls[message.call_id]))] = message

    def look(self, *requests: Request) -> list[Any]:
        """The outputs of these calls, or `Missing` for those not made, or `Refused`."""
        missing = [request for request in requests if _key(*request) not in self._results]
        if missing:
            raise Missing(missing)
        results = [self._results[_key(*request)] for request in requests]
        for result in results:
            if result.error:
                raise Refused(result)
        return [result.output for result in results]


class World:
    """The project as the planner sees it, through the same tools a language model has."""

    def __init__(self, known: Known, as_of: datetime | None = None) -> None:
        facts, events, _ = known.look(
            ("describe_project", {}), ("list_events", {}), ("list_properties", {"kind": "person"})
        )
        self._known = known
        self.facts = facts
        self.zone = ZoneInfo(facts.timezone)
        self.clock = Clock(
            now=self._now(as_of),
            week_start=facts.week_start_day,
            first=self.local(facts.first_event),
            last=self.local(facts.last_event),
        )
        self.events: tuple[Name, ...] = tuple(read_name(row["name"]) for row in events.rows)
        self.last_seen = {row["name"]: self.local(row["last_seen_at"]) for row in events.rows}

    def look(self, *requests: Request) -> list[Any]:
        """See `Known.look`."""
        return self._known.look(*requests)

    def properties(self, event: str | None) -> dict[str, Property]:
        """The properties of one event, or of any."""
        arguments = {"kind": "event"} | ({"event": event} if event else {})
        (definitions,) = self.look(("list_properties", arguments))
        return _properties(definitions.rows, "event")

    def properties_of(self, events: Sequence[str]) -> dict[str, dict[str, Property]]:
        """The properties of several events, asked for together."""
        found = self.look(*(("list_properties", {"kind": "event", "event": e}) for e in events))
        return {e: _properties(d.rows, "event") for e, d in zip(events, found, strict=True)}

    def person_properties(self) -> dict[str, Property]:
        """The properties of persons."""
        (definitions,) = self.look(("list_properties", {"kind": "person"}))
        return _properties(definitions.rows, "person")

    def values(
        self, texts: Sequence[str], event: str | None, kind: Holder, *, whole: bool = True
    ) -> list[list[Value]]:
        """Where each text stands among the values of events or persons, most frequent first."""
        requests = [
            ("property_values", self._sought({"kind": kind, "search": text, "whole": whole}, event))
            for text in texts
        ]
        known = self.properties(event) if kind == "event" else self.person_properties()
        return [_values(table, known) for table in self.look(*requests)]

    def local(self, text: str | None) -> datetime | None:
        """An ISO 8601 instant as naive time in the project's zone."""
        if not text:
            return None
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is None else at.astimezone(self.zone).replace(tzinfo=None)

    def _now(self, as_of: datetime | None) -> datetime:
        if as_of is not None:
            return as_of
        return self.local(self.facts.now) or datetime.now(self.zone).replace(tzinfo=None)

    def _sought(self, arguments: dict[str, Any], event: str | None) -> dict[str, Any]:
        return arguments | ({"event": event} if event and arguments["kind"] == "event" else {})


def _request(call: ToolCall) -> Request:
    return call.name, call.arguments if isinstance(call.arguments, dict) else {}


def _key(name: str, arguments: dict[str, Any]) -> str:
    return f"{name} {json.dumps(arguments, sort_keys=True)}"


def _properties(rows: Sequence[dict[str, Any]], holder: Holder) -> dict[str, Property]:
    return {
        row["name"]: Property(row["name"], holder, row.get("property_type") or "String")
        for row in rows
    }


def _values(table: QueryTable, known: dict[str, Property]) -> list[Value]:
    return [
        Value(known[name], str(value), int(count))
        for name, value, count in table.rows
        if name in known
    ]
