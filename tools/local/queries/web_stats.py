"""WebStatsTableQuery: visitors and views of a site, split by page, source, device or place.

After posthog/hogql_queries/web_analytics/stats_table.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from tools.local.dates import Window
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.kind import Kind
from tools.local.queries.paged import Listing, Paged, ordered, read_page
from tools.local.queries.reader import Reader
from tools.local.queries.web_breakdowns import ENTRY_PAGE, Name, WebBreakdown
from tools.local.queries.web_model import (
    WebQuery,
    filtered,
    measured,
    periods,
    visits,
)

_PREFIX = "context.columns."
_FRACTIONS = ("bounce_rate", "conversion_rate")
_COUNTRY = "arrayElement(topK(1)(arrayElement(splitByChar('-', assumeNotNull(value)), 2)), 1)"
_JOINED = """SELECT counts.*, bounce.bounce_rate AS bounce_rate,
  bounce.bounce_rate_before AS bounce_rate_before
FROM {counts} AS counts LEFT JOIN {bounces} AS bounce ON counts.breakdown = bounce.breakdown"""
_ORDERS = {
    "Visitors": "visitors",
    "Views": "views",
    "BounceRate": "bounce_rate",
    "TotalConversions": "total_conversions",
    "UniqueConversions": "unique_conversions",
    "ConversionRate": "conversion_rate",
}
_ALWAYS = ("unique_conversions", "total_conversions", "visitors", "views")
Way = Literal["ASC", "DESC"]


class WebStatsTableQuery(WebQuery):
    """The pages of a site, split."""

    breakdownBy: Name
    includeBounceRate: bool | None = None
    includeAvgTimeOnPage: Literal[False] | None = None
    includeScrollDepth: Literal[False] | None = None
    includeHost: Literal[False] | None = None
    orderBy: tuple[str, Way] | None = None
    limit: int | None = Field(default=None, ge=1)
    offset: int | None = Field(default=None, ge=0, lt=2**63)


@dataclass(frozen=True)
class _Table:
    """One table: its rows are the values of a breakdown."""

    query: WebStatsTableQuery
    reader: Reader

    @property
    def breakdown(self) -> WebBreakdown:
        return WebBreakdown(self.query.breakdownBy)

    @property
    def beside(self) -> bool:
        """Whether bounces are counted apart: a visit bounces on the page that it began with."""
        query = self.query
        return query.breakdownBy == "Page" and bool(query.includeBounceRate) and not self.goal

    @property
    def goal(self) -> bool:
        return self.query.conversionGoal is not None

    @property
    def names(self) -> list[str]:
        """The measures of the table."""
        if self.goal:
            return ["visitors", "total_conversions", "unique_conversions", "conversion_rate"]
        return ["visitors", "views", *(["bounce_rate"] if self.query.includeBounceRate else [])]

    def tree(self) -> Node:
        """A SELECT of `breakdown` and of each measure, now and `_before`."""
        if not self.beside:
            measures = [("visitors", "uniqExact", "visitor"), *self._others()]
            return self._counted(
                self.breakdown.value(), filtered(self.query, self.reader), measures
            )
        counts = [("visitors", "uniqExact", "visitor"), ("views", "sum", "pages")]
        tests = filtered(self.query, self.reader)
        everywhere = filtered(self.query, self.reader, paths=False)
        bounces = [("bounce_rate", "avg", "bounced")]
        return nodes.query(
            _JOINED,
            counts=self._counted(self.breakdown.value(), tests, counts),
            bounces=self._counted(nodes.expr(ENTRY_PAGE), everywhere, bounces),
        )

    def _others(self) -> list[tuple[str, str, str]]:
        if self.goal:
            return [
                ("total_conversions", "sum", "conversions"),
                ("unique_conversions", "uniqExact", "converter"),
            ]
        bounces = [("bounce_rate", "avg", "bounced")] if self.query.includeBounceRate else []
        return [("views", "sum", "pages"), *bounces]

    def _counted(
        self, value: Node, tests: Sequence[Node], measures: Sequence[tuple[str, str, str]]
    ) -> Node:
        """Measures of the visits with each value of a breakdown."""
        now, before = self._spans()
        whole = now is not None or any(column == "bounced" for _, _, column in measures)
        columns = [nodes.alias("breakdown", self.breakdown.shown())]
        if self.breakdown.name == "Language":
            columns.append(nodes.alias("country", nodes.expr(_COUNTRY)))
        for name, function, column in measures:
            columns.append(nodes.alias(name, measured(function, column, now, self.reader)))
            columns.append(nodes.alias(f"{name}_before", self._before(function, column, before)))
        return {
            "node": "SelectQuery",
            "select": columns,
            "select_from": nodes.source(visits(self.query, value, tests, self.reader, whole=whole)),
            "where": self.breakdown.known(),
            "group_by": [nodes.field("breakdown")],
        }

    def _before(self, function: str, column: str, span: Window | None) -> Node:
        if span is None:
            return nodes.constant(None)
        return measured(function, column, span, self.reader)

    def _spans(self) -> tuple[Window | None, Window | None]:
        """The periods visits must have begun in; without a comparison only pages' bounces care."""
        found = periods(self.query, self.reader)
        return found.current if found.before or self.beside else None, found.before


def answer(query: WebStatsTableQuery, reader: Reader) -> dict[str, Any]:
    """The body of PostHog's response."""
    table = _Table(query, reader)
    page = read_page(Paged(limit=query.limit, offset=query.offset), _listing(table), reader)
    columns = ["breakdown_value", *table.names, "ui_fill_fraction", "cross_sell"]
    return {
        **page,
        "results": [_row(table, row) for row in page["results"]],
        "columns": [_PREFIX + name for name in columns],
        "types": None,
        "samplingRate": {"numerator": 1, "denominator": None},
        "usedPreAggregatedTables": False,
    }


def _listing(table: _Table) -> Listing:
    """The columns of a row, one after the other; the last one says how full its bar is."""
    columns = [nodes.field("breakdown")]
    for name in table.names:
        columns += [_measure(name), _measure(name, "_before")]
    order = _order(table)
    columns.append(_filled(order[0][0]))
    if table.breakdown.name == "Language":
        columns.append(nodes.field("country"))
    by = [ordered(_measure(name, part), way) for name, way in order for part in ("", "_before")]
    by.append(ordered(nodes.field("breakdown"), "ASC"))
    return Listing(nodes.source(table.tree()), columns, [], by)


def _order(table: _Table) -> list[tuple[str, Way]]:
    """PostHog's order, after the one asked for."""
    field, way = table.query.orderBy or (None, "DESC")
    if field is not None and _ORDERS.get(field) not in table.names:
        raise HogQLError(f"orderBy: this table has no {field}.")
    first = [_ORDERS[field]] if field else []
    names = [*first, *(name for name in _ALWAYS if name in table.names and name not in first)]
    return [(name, way) for name in names]


def _measure(name: str, part: str = "") -> Node:
    if name != "conversion_rate":
        return nodes.field(name + part)
    return nodes.expr(
        "if({all} = 0, NULL, {some} / {all})",
        all=nodes.field(f"visitors{part}"),
        some=nodes.field(f"unique_conversions{part}"),
    )


def _filled(name: str) -> Node:
    if name in _FRACTIONS:
        return _measure(name)
    whole = {"node": "WindowFunction", "name": "sum", "exprs": [_measure(name)], "over_expr": {}}
    return nodes.arithmetic("/", _measure(name), whole)


def _row(table: _Table, row: list[Any]) -> list[Any]:
    value, count = row[0], 2 * len(table.names)
    pairs = [row[place : place + 2] for place in range(1, count, 2)]
    if table.breakdown.name == "Language":
        value = f"{value}-{row[-1]}"
    return [value, *pairs, row[count + 1], ""]


KIND = Kind("WebStatsTableQuery", WebStatsTableQuery, answer)
