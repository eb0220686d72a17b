"""WebOverviewQuery: visitors, views, visits, how long they were and how many bounced."""

import math
from collections.abc import Iterator
from typing import Any

from tools.local.dates import Window
from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.kind import Kind
from tools.local.queries.reader import Reader
from tools.local.queries.web_model import (
    STARTED,
    WebQuery,
    filtered,
    measured,
    periods,
    visits,
    within,
)

_MEASURES = (
    ("visitors", "unit", "uniqExact", "person"),
    ("views", "unit", "sum", "pages"),
    ("sessions", "unit", "uniqExact", "visit"),
    ("session duration", "duration_s", "avg", "seconds"),
    ("bounce rate", "percentage", "avg", "bounced"),
)
_OF_GOAL = (
    ("visitors", "unit", "uniqExact", "person"),
    ("total conversions", "unit", "sum", "conversions"),
    ("unique conversions", "unit", "uniqExact", "converter"),
)
Number = float | None


class WebOverviewQuery(WebQuery):
    """The numbers over a whole site."""


def answer(query: WebOverviewQuery, reader: Reader) -> dict[str, Any]:
    """The body of PostHog's response."""
    found = periods(query, reader)
    wanted = _OF_GOAL if query.conversionGoal else _MEASURES
    spans = [found.current, found.before or found.current]
    columns = [
        measured(function, column, span, reader)
        for _, _, function, column in wanted
        for span in spans
    ]
    (row,) = reader.rows(_select(query, columns, found.all, reader))
    shown = bool(query.compareFilter and query.compareFilter.compare)
    return {
        "results": list(_results(query, row, compared=shown)),
        "samplingRate": {"numerator": 1, "denominator": None},
        "dateFrom": _text(found.current.start),
        "dateTo": _text(found.current.end),
        "usedPreAggregatedTables": False,
    }


def _select(
    query: WebOverviewQuery, columns: list[Node], spans: list[Window], reader: Reader
) -> Node:
    has_visit = nodes.compare("!=", nodes.field("$session_id"), nodes.constant(""))
    tests = [has_visit, *filtered(query, reader)]
    inner = visits(query, nodes.constant(""), tests, reader)
    return {
        "node": "SelectQuery",
        "select": columns,
        "select_from": nodes.source(inner),
        "where": within(spans, STARTED, reader),
    }


def _results(
    query: WebOverviewQuery, row: list[Any], *, compared: bool
) -> Iterator[dict[str, Any]]:
    wanted = _OF_GOAL if query.conversionGoal else _MEASURES
    pairs = list(zip(row[::2], row[1::2], strict=True))
    for (key, kind, _, _), (value, before) in zip(wanted, pairs, strict=True):
        yield _item(key, kind, value, before if compared else None)
    if query.conversionGoal:
        (people, people_before), _, (converted, converted_before) = pairs
        before = _rate(converted_before, people_before)
        rate = _rate(converted, people)
        yield _item("conversion rate", "percentage", rate, before if compared else None)


def _item(key: str, kind: str, value: Number, before: Number) -> dict[str, Any]:
    if kind == "percentage":
        value, before = _percent(value), _percent(before)
    change = None
    if value is not None and before:
        change = round(100 * (value - before) / before)
    return {
        "key": key,
        "kind": kind,
        "isIncreaseBad": True if key == "bounce rate" else None,
        "value": value,
        "previous": before,
        "changeFromPreviousPct": change,
    }


def _percent(value: Number) -> Number:
    return None if value is None or math.isnan(value) else value * 100


def _rate(part: int, whole: int) -> Number:
    return part / whole if whole else None


def _text(at: Any) -> str:
    return str(at.strftime("%Y-%m-%d %H:%M:%S"))


KIND = Kind("WebOverviewQuery", WebOverviewQuery, answer)
