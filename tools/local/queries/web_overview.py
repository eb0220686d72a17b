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
    visits_at_once,
    within,
)

_MEASURES = (
    ("visitors", "unit", "uniqExact", "visitor"),
    ("views", "unit", "sum", "pages"),
    ("sessions", "unit", "uniqExact", "visit"),
    ("session duration", "duration_s", "avg", "seconds"),
    ("bounce rate", "percentage", "avg", "bounced"),
)
_OF_GOAL = (
    ("visitors", "unit", "uniqExact", "visitor"),
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
    # Where there is one period only, all visits are of it.
    now = found.current if found.before else None
    spans = [now, found.before] if found.before else [now]
    columns = [
        nodes.alias(f"{column}_{place}", measured(function, column, span, reader))
        for place, span in enumerate(spans)
        for _, _, function, column in wanted
    ]
    (row,) = reader.rows(_select(query, columns, found.all, reader))
    values, before = row[: len(wanted)], row[len(wanted) :] or [None] * len(wanted)
    shown = bool(query.compareFilter and query.compareFilter.compare)
    return {
        "results": list(_results(query, values, before if shown else [None] * len(wanted))),
        "samplingRate": {"numerator": 1, "denominator": None},
        "dateFrom": _text(found.current.start),
        "dateTo": _text(found.current.end),
        "usedPreAggregatedTables": False,
    }


def _select(
    query: WebOverviewQuery, columns: list[Node], spans: list[Window], reader: Reader
) -> Node:
    has_visit = nodes.compare("!=", nodes.field("$session_id"), nodes.constant(""))
    tests = filtered(query, reader)
    if nodes.all_of(tests) == nodes.TRUE and not query.conversionGoal:
        inner = visits_at_once(query, reader)
    else:
        inner = visits(query, nodes.constant(""), [has_visit, *tests], reader)
    return {
        "node": "SelectQuery",
        "select": columns,
        "select_from": nodes.source(inner),
        "where": within(spans, STARTED, reader),
    }


def _results(
    query: WebOverviewQuery, values: list[Any], before: list[Any]
) -> Iterator[dict[str, Any]]:
    wanted = _OF_GOAL if query.conversionGoal else _MEASURES
    for (key, kind, _, _), *pair in zip(wanted, values, before, strict=True):
        yield _item(key, kind, *pair)
    if query.conversionGoal:
        (people, _, converted), (people_before, _, converted_before) = values, before
        rates = _rate(converted, people), _rate(converted_before, people_before)
        yield _item("conversion rate", "percentage", *rates)


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


def _rate(part: int, whole: int | None) -> Number:
    return part / whole if whole else None


def _text(at: Any) -> str:
    return str(at.strftime("%Y-%m-%d %H:%M:%S"))


KIND = Kind("WebOverviewQuery", WebOverviewQuery, answer)
