"""Series as PostHog's trends answer has them, and formulas over them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import Any

from tools.local.dates import Window
from tools.local.hogql import HogQLError
from tools.local.queries import intervals
from tools.local.queries.breakdowns import rank
from tools.local.queries.compare import compares
from tools.local.queries.formula import Formula
from tools.local.queries.model import Entity
from tools.local.queries.reader import Reader
from tools.local.queries.series import label, title
from tools.local.queries.trends_model import FormulaNode, TrendsQuery
from tools.local.queries.trends_ranking import Group, Points

Result = dict[str, Any]
MAX_POINTS = 1_000_000
_TOO_MANY = "The result has over 1,000,000 values: ask for longer intervals or fewer breakdowns."


@dataclass(frozen=True)
class Axis:
    """The intervals of a period, named once for all that is shown over them."""

    span: Window
    starts: Sequence[datetime]
    days: list[str]
    labels: list[str]
    period: str
    """current or previous."""

    @classmethod
    def of(cls, span: Window, period: str) -> "Axis":
        """The axis of a window."""
        starts, unit = span.buckets(), span.interval
        named = intervals.days(starts, unit), intervals.labels(span)
        return cls(span, starts, *named, period)


@dataclass(frozen=True)
class Line:
    """One series over one period, for one cohort where there are cohorts."""

    order: int
    series: Entity
    axis: Axis
    cohort: int | None = None


@dataclass(frozen=True)
class Frame:
    """What the results of one query have in common."""

    query: TrendsQuery
    current: Axis
    """The current period, also beside results of the previous one."""

    reader: Reader
    several: bool
    """Whether a label must name the series besides the breakdown value."""

    @cached_property
    def instants(self) -> list[str]:
        """The intervals of the current period, as instants."""
        return [intervals.iso(at) for at in self.current.starts]

    def results(self, line: Line, found: Sequence[Group]) -> list[Result]:
        """A result for each group, in PostHog's order."""
        if not self.query.totals and len(found) * len(line.axis.starts) > MAX_POINTS:
            raise HogQLError(_TOO_MANY)
        made = [(group, self._result(line, group)) for group in found]
        made.sort(key=lambda one: (rank(one[0].value), -size(one[1]), one[0].value))
        return [result for _, result in made]

    def _result(self, line: Line, group: Group) -> Result:
        result = self._values(line, group.points)
        name = label(line.series, self.reader)
        result |= {
            "label": name,
            "filter": self._filter(),
            "action": self._action(line),
        }
        if compares(self.query.compareFilter):
            result |= {"compare": True, "compare_label": line.axis.period}
        if line.cohort is not None:
            shown = self._cohort(line.cohort)
            return result | self._split(name, shown, line.cohort or "all")
        if group.value:
            listed = list(group.value)
            value = listed if _listed(self.query) else listed[0]
            return result | self._split(name, "::".join(listed), value)
        return result

    def _split(self, name: str, shown: str, value: object) -> Result:
        label = f"{name} - {shown}" if self.several else shown
        return {"label": label, "breakdown_value": value}

    def _cohort(self, key: int) -> str:
        if not key:
            return "all users"
        found = self.reader.home.meta.document("cohort", key)
        if found is None:
            raise HogQLError(f"There is no cohort {key} to break down by.")
        return str(found.get("name"))

    def _values(self, line: Line, points: Points) -> Result:
        if self.query.totals:
            total = points.get(0)
            return {"data": [], "days": [], "count": 0, "aggregated_value": total or 0}
        axis = line.axis
        data = self._smooth(intervals.filled(points, axis.starts, axis.span.interval))
        count = data[-1] if self.query.cumulative and data else float(sum(data))
        return {
            "data": data,
            "labels": axis.labels,
            "days": axis.days,
            "count": count,
        }

    def _smooth(self, data: list[Any]) -> list[Any]:
        if self.query.cumulative:
            data = list(accumulate(data))
        width = self.query.shown.smoothingIntervals or 1
        if width < 2:
            return data
        parts = [data[max(0, at - width) : at] for at in range(1, len(data) + 1)]
        return [math.floor(sum(part) / len(part)) for part in parts]

    def _action(self, line: Line) -> Result:
        series, name = line.series, title(line.series, self.reader)
        return {
            "days": self.instants,
            "id": name,
            "type": "events",
            "order": line.order,
            "name": name or "All events",
            "custom_name": series.custom_name,
            "math": series.math,
            "math_property": series.math_property,
            "math_hogql": series.math_hogql,
            "math_group_type_index": series.math_group_type_index,
            "properties": {},
        }

    def _filter(self) -> Result:
        query = self.query
        found: Result = {
            "insight": "TRENDS",
            "properties": query.properties,
            "filter_test_accounts": query.filterTestAccounts,
            "date_to": intervals.iso(self.current.span.end),
            "date_from": intervals.iso(self.current.span.start),
            "entity_type": "events",
            "sampling_factor": query.samplingFactor,
            "aggregation_group_type_index": query.aggregation_group_type_index,
            "interval": query.interval,
        }
        for part in (query.trendsFilter, query.breakdownFilter):
            found |= part.model_dump(mode="json") if part else {}
        return {name: value for name, value in found.items() if value is not None}


def computed(frame: Frame, node: FormulaNode, found: Sequence[Sequence[Result]]) -> list[Result]:
    """A formula over the results of every series, by breakdown value and period."""
    formula = Formula.read(node.formula, len(found))
    made = [_computed(frame, node, formula, row) for row in _rows(frame, found)]
    if compares(frame.query.compareFilter):
        return sorted(made, key=lambda one: -one["count"])
    return sorted(made, key=_importance, reverse=True)


def _rows(frame: Frame, found: Sequence[Sequence[Result]]) -> Iterator[list[Result]]:
    """The results of every series for one breakdown value; nought where a series has none."""
    by_value = [{_key(result): result for result in results} for results in found]
    keys = {key: result for results in reversed(by_value) for key, result in results.items()}
    for key in sorted(keys):
        empty = {
            **keys[key],
            "data": [0] * len(keys[key]["data"]),
            "count": 0,
            "aggregated_value": 0,
        }
        yield [results.get(key, empty) for results in by_value]


def _computed(frame: Frame, node: FormulaNode, formula: Formula, row: Sequence[Result]) -> Result:
    made = {**row[0], "label": node.custom_name or f"Formula ({node.formula})", "action": None}
    if frame.query.totals:
        value = float(formula.at([result["aggregated_value"] for result in row]))
        return made | {"aggregated_value": value, "data": None, "count": 0}
    data = [formula.at(values) for values in zip(*(one["data"] for one in row), strict=True)]
    made.pop("aggregated_value", None)
    return made | {"data": data, "count": float(sum(data))}


def _key(result: Mapping[str, Any]) -> str:
    return repr(result.get("breakdown_value"))


def _importance(result: Mapping[str, Any]) -> tuple[int, float, str]:
    value = result.get("breakdown_value")
    place = rank(value if isinstance(value, list) else [str(value)])
    return -place, size(result), _key(result)


def size(result: Mapping[str, Any]) -> float:
    """How large a result is, for its place among others."""
    return float(result.get("aggregated_value", sum(result["data"] or [])))


def _listed(query: TrendsQuery) -> bool:
    """Whether breakdown values are lists: where they are written as breakdowns."""
    return query.breakdownFilter is not None and bool(query.breakdownFilter.breakdowns)
