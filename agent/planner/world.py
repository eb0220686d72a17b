"""What the tools have told about the project so far, and what has still to be asked."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.messages import Assistant, Message, ToolCall, ToolResult, User
from agent.planner.common_text import shared
from agent.planner.english.lexicon import lexicon
from agent.planner.english.tagging import Vocabulary
from agent.planner.english.windows import Clock
from agent.planner.naming import event_names, former_names, plain_names, property_names
from agent.planner.plan import Property

Request = tuple[str, dict[str, Any]]
HOLDERS = ("event", "person", "session")


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
    part: bool = False
    """Whether it is only a part of many values: a word of their paths or domains."""


class Known:
    """The results in a conversation, by the call that asked for them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._results: dict[str, ToolResult] = {}
        self.asked_at = datetime.now(UTC)
        calls: dict[str, ToolCall] = {}
        for message in messages:
            if isinstance(message, User):
                self.asked_at = message.asked_at or self.asked_at
                self._results = {k: r for k, r in self._results.items() if r.name in LASTING}
            if isinstance(message, Assistant):
                calls |= {call.id: call for call in message.tool_calls}
            if isinstance(message, ToolResult) and message.call_id in calls:
                self._results[_key(*_request(calls[message.call_id]))] = message

    def look(self, *requests: Request) -> list[Any]:
        """The outputs of these calls, or `Missing` for those not made, or `Refused`."""
        return [self._output(request) for request in self._made(requests)]

    def _made(self, requests: Sequence[Request]) -> Sequence[Request]:
        missing = [request for request in requests if _key(*request) not in self._results]
        if missing:
            raise Missing(missing)
        return requests

    def _output(self, request: Request) -> Any:
        result = self._results[_key(*request)]
        if result.error:
            raise Refused(result)
        return result.output


LASTING = frozenset({"describe_project", "list_events", "list_properties", "find_values"})
"""Tools whose results hold for a whole conversation."""


class World:
    """The project as the planner sees it, through the same tools a language model has."""

    def __init__(
        self, known: Known, as_of: datetime | None = None, offered: frozenset[str] = frozenset()
    ) -> None:
        self._known = known
        self._offered = offered
        self._of: dict[str, dict[str, Property]] = {}
        self._shared: dict[tuple[str, ...], dict[str, Property]] = {}
        facts, events, *properties = known.look(
            ("describe_project", {}),
            ("list_events", {}),
            *(("list_properties", {"kind": kind}) for kind in HOLDERS),
        )
        self.facts = facts
        self.zone = ZoneInfo(facts.timezone)
        self.clock = Clock(
            now=self._now(as_of),
            week_start=facts.week_start_day,
            first=self.local(facts.first_event),
            last=self.local(facts.last_event),
        )
        self.last_seen = {row["name"]: self.local(row["last_seen_at"]) for row in events.rows}
        self.held = {
            kind: _properties(definitions.rows, kind)
            for kind, definitions in zip(HOLDERS, properties, strict=True)
        }
        of_groups = known.look(
            *(("list_properties", {"kind": "group", "group": group}) for group in facts.groups)
        )
        self.held |= {
            group: _properties(definitions.rows, group)
            for group, definitions in zip(facts.groups, of_groups, strict=True)
        }
        pairs = tuple((row["name"], row.get("description") or "") for row in events.rows)
        self.former = former_names(pairs)
        """Event → the events that were its name before, as descriptions tell."""

        self.events = event_names(pairs, tuple(self.held["event"]))
        self.properties = property_names(
            tuple(dict.fromkeys(name for held in self.held.values() for name in held)),
            frozenset(
                p.name
                for held in self.held.values()
                for p in held.values()
                if p.kind in ("Boolean", "DateTime")
            ),
            tuple(self.held["event"]),
        )
        self.groups = plain_names(tuple(facts.groups))
        self.things = plain_names(())
        self.vocabulary = Vocabulary(
            self.clock, self.events, self.properties, self.groups, self.things
        )

    def offers(self, tool: str) -> bool:
        """Whether a tool may be called now; one that changes things only in write mode."""
        return tool in self._offered

    def look(self, *requests: Request) -> list[Any]:
        """See `Known.look`."""
        return self._known.look(*requests)

    def properties_of(self, event: str) -> dict[str, Property]:
        """The properties of one event."""
        if event not in self._of:
            (definitions,) = self.look(("list_properties", {"kind": "event", "event": event}))
            self._of[event] = _properties(definitions.rows, "event")
        return self._of[event]

    def of_all(self, events: Iterable[str]) -> dict[str, dict[str, Property]]:
        """The properties of several events, asked for together."""
        names = tuple(events)
        new = [name for name in names if name not in self._of]
        self.look(*(("list_properties", {"kind": "event", "event": name}) for name in new))
        return {name: self.properties_of(name) for name in names}

    def shared(self, events: tuple[str, ...]) -> dict[str, Property]:
        """The properties that all of these events have."""
        if events not in self._shared:
            first, *rest = self.of_all(events).values()
            found = {n: p for n, p in first.items() if all(n in other for other in rest)}
            self._shared[events] = found
        return self._shared[events]

    def common(self) -> dict[str, Property]:
        """The event properties of whatever event: set by themselves, or by all of a few events."""
        if () not in self._shared:
            tracked = tuple(dict.fromkeys(name.name for name in self.events.names))
            held = self.held["event"].items()
            automatic = {n: p for n, p in held if n.startswith(("$", "utm_"))}
            everywhere = self.shared(tracked) if 0 < len(tracked) <= FEW else {}
            self._shared[()] = automatic | everywhere
        return self._shared[()]

    def values(self, texts: Sequence[str], words: Sequence[str] = ()) -> dict[str, list[Value]]:
        """Where each text stands among values, most frequent first; words also within them."""
        ways = {text: spellings(text) for text in texts}
        asked = tuple(dict.fromkeys(way for some in ways.values() for way in some))
        parts = dict.fromkeys(way for text in words for way in ways[text])
        sought = {"texts": list(asked)} | ({"words": list(parts)} if parts else {})
        (table,) = self.look(("find_values", sought))
        by_way: dict[str, list[Value]] = {way: [] for way in asked}
        for rows in _alike(table.rows):
            way, holder, name, *_ = rows[0]
            known = self.held.get(holder, {}).get(name)
            if known and way in by_way:
                by_way[way] += _values(known, way, rows)
        for text in asked:
            by_way[text] = by_way[text] or self._country(text)
        return {
            text: list(dict.fromkeys(by_way[text] or (v for way in some for v in by_way[way])))
            if text.lower() not in lexicon().values
            else list(dict.fromkeys(v for way in some for v in by_way[way]))
            for text, some in ways.items()
        }

    def _country(self, text: str) -> list[Value]:
        """A country that no event comes from is still one that may be asked about."""
        name = lexicon().countries.get(text.lower())
        held = self.held["event"].get("$geoip_country_name")
        return [Value(held, name, 1)] if name and held else []

    def local(self, text: str | None) -> datetime | None:
        """An ISO 8601 instant as naive time in the project's zone."""
        if not text:
            return None
        at = datetime.fromisoformat(text)
        return at if at.tzinfo is None else at.astimezone(self.zone).replace(tzinfo=None)

    def _now(self, as_of: datetime | None) -> datetime:
        here = self._known.asked_at.astimezone(self.zone).replace(tzinfo=None)
        return as_of or self.local(self.facts.now) or here


def clock_of(messages: Sequence[Message]) -> Clock:
    """What time it was for the project in a conversation."""
    return World(Known(messages)).clock


def spellings(text: str) -> tuple[str, ...]:
    """The text, its usual ways in data, its words joined as identifiers are, and its singular."""
    single = [text[:-1]] if text.endswith("s") and not text.endswith("ss") and len(text) > 3 else []
    joined = [
        one.replace(" ", mark) for one in (text, *single) for mark in ("_", "-", "") if " " in one
    ]
    usual = lexicon().values.get(text.lower(), ())
    if text.startswith("/") and text[1:]:
        return (text, text.rstrip("/") if text.endswith("/") else f"{text}/")
    words = text.lower().split()
    within = [
        " ".join((*words[:i], way.lower(), *words[i + 1 :]))
        for i, word in enumerate(words)
        for way in lexicon().values.get(word, ())
        if len(words) > 1
    ]
    return tuple(dict.fromkeys((text, *usual, *joined, *single, *within)))


FEW = 12
"""Up to how many events are looked through for the properties that all of them have."""

CODE = 2
"""The length of codes that values begin with: en, of en-US."""

MANY = 4
"""From how many values of a property on a text among their words is only a part of each."""


def _alike(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """The rows of find_values in lists, each of one text and one property."""
    found: dict[tuple[Any, ...], list[Sequence[Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[:3]), []).append(row)
    yield from found.values()


def _values(known: Property, text: str, rows: Sequence[Sequence[Any]]) -> list[Value]:
    """Whole values; or where many only have the text among their words, the text as a part."""
    found = [Value(known, str(row[3]), int(row[4])) for row in rows]
    whole = [one for one in found if one.value.lower() == text.lower()]
    paths = found[0].value.startswith("/")
    single = " " not in text and len(text) > CODE
    words = text.lower().split()
    part = text if single else shared([one.value for one in found], words).rstrip("/")
    if whole or not part or len(found) < (2 if paths else MANY):
        return whole or found
    return [Value(known, part, sum(one.count for one in found), part=True)]


def _request(call: ToolCall) -> Request:
    return call.name, call.arguments if isinstance(call.arguments, dict) else {}


def _key(name: str, arguments: dict[str, Any]) -> str:
    return f"{name} {json.dumps(arguments, sort_keys=True)}"


_READ: dict[int, tuple[object, dict[str, Property]]] = {}
"""Definitions that were read, by identity: a question is read again after each lookup."""


def _properties(rows: Sequence[dict[str, Any]], holder: str) -> dict[str, Property]:
    known = _READ.get(id(rows))
    if known and known[0] is rows:
        return known[1]
    made = {
        row["name"]: Property(row["name"], holder, row.get("property_type") or "String")
        for row in rows
    }
    if len(_READ) > 1_000:
        _READ.clear()
    _READ[id(rows)] = (rows, made)
    return made
