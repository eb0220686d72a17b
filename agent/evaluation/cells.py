"""The rows that a right answer holds: gold plans run as PostHog's typed queries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.answer import Answer
from agent.evaluation.grammar import Gold, Term, parse
from agent.evaluation.spans import resolve
from agent.planner.english.windows import Clock, Span, back
from tools.errors import ToolError
from tools.toolbox import Toolbox

MATHS = {"unique_session": "sessions", "avg_per_user": "per_person"}
MATHS |= {
    name: name for name in ("total", "unique", "sum", "avg", "median", "min", "max", "first_time")
}
MATHS |= {name: name for name in ("p75", "p90", "p95", "p99")}
OPERATORS = frozenset({"=", "!=", ">", ">=", "<", "<=", "contains", "not contains", "set"})
SIMPLE = frozenset({"r", "i", "bd", "lim", "sort", "disp", "cum", "win", "round", "f", "viz"})
"""Options of gold plans that typed queries can say; others leave an answer unjudged."""

KINDS = ("event", "person", "session")
LIMIT = 25
CHECKED = 10
"""Rows that an answer must hold at most, the largest or the first."""

Rows = Sequence[Sequence[Any]]


@dataclass
class Truth:
    """What a project's own numbers are, asked through the same tools."""

    toolbox: Toolbox
    _held: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def rows(self, gold_plan: str, answer: Answer) -> list[Rows]:
        """The rows of each alternative; none where no typed query says it."""
        found = []
        for one in gold_plan.split(" | "):
            try:
                found += list(self._of(parse(one), answer))
            except (ToolError, KeyError, ValueError):
                continue
        return found

    def _of(self, gold: Gold, answer: Answer) -> Iterator[Rows]:
        if not set(gold.options) <= SIMPLE or not gold.kinds <= {"T", "F"}:
            return
        for body in gold.bodies:
            name, asked = self._call(gold, body)
            for span in self._spans(gold, answer):
                table: Any = self.toolbox.run(name, asked | span)
                yield _counts(table, gold) if name == "run_funnel" else table.rows[:CHECKED]

    def _call(self, gold: Gold, body: Sequence[Term]) -> tuple[str, dict[str, Any]]:
        split = [self._by(one, body) for one in gold.options.get("bd", "").split(",") if one]
        if "F" in gold.kinds:
            asked: dict[str, Any] = {"steps": [self._events(one) for one in body]}
            if window := re.match(r"(\d+)([dhw])", gold.options.get("win", "")):
                units = {"d": "day", "h": "hour", "w": "week"}
                asked |= {"window": int(window[1]), "window_unit": units[window[2]]}
            return "run_funnel", asked | ({"breakdown": split[0]} if split else {})
        asked = {"series": [self._series(one) for one in body], "breakdown": split}
        if interval := gold.option("i"):
            asked["interval"] = interval[0]
        if formula := gold.option("f"):
            asked["formula"] = formula[0]
        limit = re.match(r"\d+", gold.options.get("lim", ""))
        asked["cumulative"] = bool(gold.option("cum"))
        return "run_trends", asked | {"limit": int(limit[0]) if limit else LIMIT}

    def _series(self, one: Term) -> dict[str, Any]:
        found = self._events(one) | {"math": MATHS[one.math]}
        return found | ({"property": one.prop} if one.prop else {})

    def _events(self, one: Term) -> dict[str, Any]:
        events = sorted(one.events - {"*"})
        where = [self._where(events, c) for c in one.where if c[0] != "r"]
        return {"events": events, "where": where}

    def _where(self, events: Sequence[str], said: tuple[str, str, frozenset[str]]) -> Any:
        name, operator, values = said
        if operator not in OPERATORS or name in ("weekday", "hour"):
            raise ValueError(name)
        of = self._owner(name, events)
        exact = [self._spelled(name, of, value) for value in sorted(values)]
        return {"property": name, "of": of, "operator": operator, "values": exact}

    def _by(self, text: str, body: Sequence[Term]) -> dict[str, str]:
        name = text.strip().removesuffix("?").split(".")[-1]
        events = sorted(body[0].events - {"*"})
        return {"property": name, "of": self._owner(name, events)}

    def _owner(self, name: str, events: Sequence[str]) -> str:
        """Whose property it is: of these events, else of people, else of sessions."""
        for kind in KINDS:
            if name in self._names(kind, events[0] if events and kind == "event" else ""):
                return kind
        raise ValueError(name)

    def _names(self, kind: str, event: str) -> frozenset[str]:
        if (kind, event) not in self._held:
            asked = {"kind": kind, "limit": 5_000} | ({"event": event} if event else {})
            found: Any = self.toolbox.run("list_properties", asked)
            self._held[kind, event] = frozenset(row["name"] for row in found.rows)
        return self._held[kind, event]

    def _spelled(self, name: str, of: str, value: str) -> Any:
        """A value as the data spells it, since gold plans have lost its capitals."""
        if re.fullmatch(r"-?\d+(?:\.\d+)?", value):
            return float(value) if "." in value else int(value)
        if of == "session":
            return value
        asked = {"property": name, "kind": of, "search": value, "whole": True, "limit": 1}
        found: Any = self.toolbox.run("property_values", asked)
        return found.rows[0][0] if found.rows else value

    def _spans(self, gold: Gold, answer: Answer) -> Iterator[dict[str, str]]:
        """The periods of the plan; by default the one that the answer states, else 30 days."""
        clock = self._clock()
        for said in gold.option("r") or ("default",):
            if said == "all":
                yield {}
            elif said == "default":
                window = answer.window
                if window and window.start and window.end:
                    start, end = (datetime.fromisoformat(t) for t in (window.start, window.end))
                    yield _bounds(Span(start, end, ""))
                else:
                    yield _bounds(back(30, "day", clock, ""))
            elif span := resolve(said, clock):
                yield _bounds(span)

    def _clock(self) -> Clock:
        project = self.toolbox.project
        zone = ZoneInfo(project.timezone)
        now = datetime.fromisoformat(project.now) if project.now else datetime.now(zone)
        return Clock(now.astimezone(zone).replace(tzinfo=None), project.week_start_day or 0)


def holds(answer: Answer, gold: Rows) -> bool:
    """Whether each row with something in it stands in a table of the answer, or in its words."""
    rows = [row for row in gold if any(cell for cell in row if isinstance(cell, int | float))]
    said = [float(n.replace(",", "")) for n in NUMBER.findall(f"{answer.headline}\n{answer.text}")]
    if len(gold) == 1 and all(isinstance(cell, int | float) for cell in gold[0]):
        return all(_stated(cell, said) for cell in gold[0])
    tables = [row for table in answer.tables for row in table.rows]
    return bool(rows) and all(any(_alike(row, wanted) for row in tables) for wanted in rows)


NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def _stated(cell: float, said: Sequence[float]) -> bool:
    """Whether a number is among the words, as it is, rounded, or in per cent."""
    ways = (cell, cell * 100)
    return any(
        abs(one - way) <= (0.5 if abs(way) >= 1000 else 0.0501) or one == round(way)
        for one in said
        for way in ways
    )


def _alike(row: Sequence[Any], wanted: Sequence[Any]) -> bool:
    return all(any(_same(cell, one) for cell in row) for one in wanted if one is not None)


def _same(cell: Any, wanted: Any) -> bool:
    if isinstance(wanted, int | float) and isinstance(cell, int | float):
        return abs(cell - wanted) <= 0.0051 or abs(cell - 100 * wanted) <= 0.051
    told, said = str(cell).casefold(), str(wanted).casefold()
    return told == said or (DAY.match(said) is not None and told[:10] == said[:10])


DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _counts(table: Any, gold: Gold) -> Rows:
    """Of a funnel how many reach each step, by its value; with a split the last step alone."""
    split = bool(gold.options.get("bd"))
    places: Mapping[str, int] = {name: place for place, name in enumerate(table.columns)}
    people = places["people"]
    if not split:
        return [[row[people]] for row in table.rows]
    last = max(row[places["step"]] for row in table.rows)
    return [[row[0], row[people]] for row in table.rows if row[places["step"]] == last][:CHECKED]


def _bounds(span: Span) -> dict[str, str]:
    found = {"date_from": span.start.isoformat()[:19]} if span.start else {}
    return found | ({"date_to": span.end.isoformat()[:19]} if span.end else {})
