"""The period a HogQL query covers, as far as its text alone says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tools.moments import Clock, Unit, Unknown, instant, rounding
from tools.parser import Node, SyntaxRefused, parse_select

FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "=="}
SIDES = {">=": "start", ">": "start", "<": "end", "<=": "end", "==": "start and end"}
TICK = timedelta(microseconds=1)
"""The least by which two timestamps differ."""

WITHIN = frozenset(["tohour", "tominute", "tosecond", "todayofweek"])
"""Functions of a time that choose inside a period and do not bound it."""


class Period(NamedTuple):
    """From `start` up to and without `end`; None on a side that nothing certain bounds."""

    start: datetime | None
    end: datetime | None


OPEN = Period(None, None)


class _Limit(NamedTuple):
    """What one condition says: where the period begins or ends, None when that is unknown."""

    side: str
    at: datetime | None


UNCLEAR = (_Limit("start", None), _Limit("end", None))


def period(query: str, clock: Clock) -> Period:
    """The period of `timestamp` in a query; what differs between its parts is left open."""
    try:
        tree = parse_select(query)
    except SyntaxRefused:
        return OPEN
    selects = [_Select(node, clock) for node in _nodes(tree) if node["node"] == "SelectQuery"]
    found = [select.period() for select in selects if select.reads_events or select.mentions]
    starts, ends = {one.start for one in found}, {one.end for one in found}
    whole = Period(*(side.pop() if len(side) == 1 else None for side in (starts, ends)))
    return OPEN if whole.start and whole.end and whole.start >= whole.end else whole


@dataclass(frozen=True)
class _Select:
    """One SELECT: its own conditions, without those of queries inside it."""

    node: Node
    clock: Clock

    @property
    def sources(self) -> list[Node]:
        """What it reads, joined or alone."""
        found, source = [], self.node.get("select_from")
        while source:
            found.append(source)
            source = source.get("next_join")
        return found

    @property
    def events(self) -> list[str]:
        """The names that the table of events goes by."""
        return [
            source.get("alias") or "events"
            for source in self.sources
            if source.get("table", {}).get("chain") == ["events"]
        ]

    @property
    def reads_events(self) -> bool:
        """Whether the table of events is read right here."""
        return bool(self.events)

    @property
    def mentions(self) -> bool:
        """Whether a condition speaks of a time of events."""
        return any(self._mentioned(term) for term in self._terms())

    @property
    def aliases(self) -> Mapping[str, Node]:
        """Columns by the names they are given, which conditions may use."""
        return {c["alias"]: c["expr"] for c in self.node["select"] if c["node"] == "Alias"}

    def period(self) -> Period:
        """The period that its own conditions leave."""
        if len(self.events) > 1:
            return OPEN
        limits = [limit for term in self._terms() for limit in self._limits(term)]
        starts = [limit.at for limit in limits if limit.side == "start"]
        ends = [limit.at for limit in limits if limit.side == "end"]
        known_starts, known_ends = [s for s in starts if s], [e for e in ends if e]
        return Period(
            max(known_starts) if known_starts and known_starts == starts else None,
            min(known_ends) if known_ends and known_ends == ends else None,
        )

    def _terms(self) -> Iterator[Node]:
        """The conditions that hold all at once."""
        waiting = [self.node[part] for part in ("where", "prewhere") if part in self.node]
        while waiting:
            term = waiting.pop()
            if term["node"] == "And":
                waiting.extend(term["exprs"])
            else:
                yield term

    def _limits(self, term: Node) -> Iterator[_Limit]:
        if not self._mentioned(term):
            return
        try:
            yield from self._read(term)
        except Unknown:
            yield from UNCLEAR

    def _read(self, term: Node) -> Iterator[_Limit]:
        if term["node"] == "BetweenExpr" and not term.get("negated"):
            unit = self._unit(term["expr"])
            yield from self._side(">=", unit, term["low"])
            yield from self._side("<=", unit, term["high"])
            return
        if term["node"] != "CompareOperation" or term["op"] not in FLIPPED:
            raise Unknown
        if self._mentioned(term["left"]):
            yield from self._side(term["op"], self._unit(term["left"]), term["right"])
        else:
            yield from self._side(FLIPPED[term["op"]], self._unit(term["right"]), term["left"])

    def _side(self, op: str, unit: Unit | None, node: Node) -> Iterator[_Limit]:
        """What `unit(timestamp) op node` says."""
        try:
            at = instant(node, self.clock)
        except Unknown:
            yield from (limit for limit in UNCLEAR if limit.side in SIDES[op])
            return
        begin = unit.floor(at) if unit else at
        after = unit.after(begin) if unit else begin + TICK
        reached = begin if begin == at else after
        if "start" in SIDES[op]:
            yield _Limit("start", after if op == ">" else reached)
        if "end" in SIDES[op]:
            yield _Limit("end", reached if op == "<" else after)

    def _unit(self, node: Node) -> Unit | None:
        """What the events' time is rounded to, None for the time itself."""
        node = self._named(node)
        if node["node"] == "TypeCast" and node["type_name"].lower() == "date":
            unit, inner = Unit("day"), node["expr"]
        elif node["node"] == "Call":
            unit, inner = rounding(node, self.clock)
        elif self._is_time(node):
            return None
        else:
            raise Unknown
        if not self._is_time(inner):
            raise Unknown
        return unit

    def _named(self, node: Node) -> Node:
        chain = _chain(node)
        return self.aliases.get(str(chain[0]), node) if len(chain) == 1 else node

    def _is_time(self, node: Node) -> bool:
        chain = _chain(node)
        own = len(chain) == 1 or not self.events or chain[0] in self.events
        return _is_timestamp(node) and own

    def _mentioned(self, node: Node) -> bool:
        """Whether the events' time stands in an expression, its aliases read."""
        return any(
            _is_timestamp(part) for seen in _parts(node) for part in _parts(self._named(seen))
        )


def _is_timestamp(node: Node) -> bool:
    chain = _chain(node)
    return chain[-1:] == ["timestamp"] and chain[0] != "properties" and len(chain) <= 2


def _chain(node: Node) -> list[Any]:
    """The names of a field; nothing for another node."""
    return node.get("chain") or []


def _parts(node: Node) -> Iterator[Node]:
    """An expression's nodes, without queries in it and what only chooses inside a period."""
    return _nodes(node, frozenset(["SelectQuery", "SelectSetQuery"]))


def _nodes(tree: object, closed: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Every node of a tree; those of a kind that is closed are not entered."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict) and item.get("node") not in closed and not _within(item):
            if "node" in item:
                yield item
            waiting.extend(item.values())


def _within(node: Node) -> bool:
    return node.get("node") == "Call" and node["name"].lower() in WITHIN
