"""The filters a screen puts around a query: `{filters}` and the ends of its date range.

After posthog/hogql/filters.py: without filters `{filters}` is true, and a comparison with an end
that is not set is true as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tools.local.dates import DateError, parse_date
from tools.local.hogql import nodes
from tools.local.hogql.context import Context
from tools.local.hogql.errors import HogQLError, refuse
from tools.local.hogql.filters import Filters
from tools.local.hogql.kinds import Node

_TABLES = frozenset(["events", "sessions", "groups"])


@dataclass(frozen=True)
class QueryFilters:
    """What `{filters}` stands for."""

    properties: Sequence[Mapping[str, Any]] = ()
    date_from: str | None = None
    date_to: str | None = None
    without_test_accounts: bool = False


@dataclass(frozen=True)
class _Place:
    """Where the walk is: the SELECT it is in, and whether inside of a comparison."""

    filters: QueryFilters
    context: Context
    tables: frozenset[str] = frozenset()
    comparing: bool = False


class _Unset(Exception):
    """An end of the date range is not set: the comparison around it decides nothing."""


def replace_filters(tree: Node, filters: QueryFilters, context: Context) -> Node:
    """The tree with the placeholders of filters replaced; other placeholders stay."""
    replaced: Node = _visit(tree, _Place(filters, context))
    return replaced


def _visit(item: Any, place: _Place) -> Any:
    if isinstance(item, list):
        return [_visit(part, place) for part in item]
    if not isinstance(item, dict):
        return item
    if item.get("node") == "Placeholder":
        return _placeholder(item, place)
    if item.get("node") == "CompareOperation":
        return _comparison(item, place)
    if item.get("node") == "SelectQuery":
        place = replace(place, tables=frozenset(_tables(item)), comparing=False)
    return {key: _visit(part, place) for key, part in item.items()}


def _comparison(node: Node, place: _Place) -> Node:
    try:
        return {key: _visit(part, replace(place, comparing=True)) for key, part in node.items()}
    except _Unset:
        return nodes.TRUE


def _tables(select: Node) -> list[str]:
    found, join = [], select.get("select_from")
    while join:
        chain = join["table"].get("chain") or []
        found.append(".".join(str(part) for part in chain))
        join = join.get("next_join")
    return found


def _placeholder(node: Node, place: _Place) -> Node:
    chain = [str(part) for part in node["expr"].get("chain") or []]
    if chain[:1] != ["filters"]:
        return node
    if chain == ["filters"]:
        return _all(node, place)
    if chain == ["filters", "dateRange", "from"]:
        return _end(node, place, "from", _from(place))
    if chain == ["filters", "dateRange", "to"]:
        return _end(node, place, "to", _to(place))
    refuse(
        node,
        f"Unsupported filters placeholder `{{{'.'.join(chain)}}}`. Supported filters placeholders "
        "are: `{filters}`, `{filters.dateRange.from}`, `{filters.dateRange.to}`.",
    )


def _end(node: Node, place: _Place, name: str, at: datetime | None) -> Node:
    if at is not None:
        return nodes.constant(at)
    if place.comparing:
        raise _Unset
    placeholder = f"{{filters.dateRange.{name}}}"
    refuse(
        node,
        f"The `{placeholder}` placeholder must be used directly in a comparison (e.g. `timestamp > "
        f"{placeholder}`), not nested inside a function call, when the date range is not set.",
    )


def _all(node: Node, place: _Place) -> Node:
    if not place.tables & _TABLES:
        refuse(
            node,
            "Cannot use 'filters' placeholder in a SELECT clause that does not select from the "
            "events, sessions, logs, traces or groups table.",
        )
    try:
        return nodes.all_of([*_properties(place), *_dates(place), *_real_accounts(place)])
    except HogQLError as error:
        refuse(node, error.message)


def _properties(place: _Place) -> list[Node]:
    given = place.filters.properties
    if "groups" in place.tables:
        return [Filters(place.context.clock(), "group").all_of(given)]
    if "sessions" not in place.tables:
        return [Filters(place.context.clock()).all_of(given)]
    of_session = [one for one in given if one.get("type") == "session"]
    others = [one for one in given if one.get("type") != "session"]
    if others and "events" not in place.tables:
        raise HogQLError(
            "Can only use session properties in a filter when selecting from only the sessions "
            "table."
        )
    by_session = Filters(place.context.clock(), "session").all_of(of_session)
    return [by_session, Filters(place.context.clock()).all_of(others)]


def _dates(place: _Place) -> list[Node]:
    names = {"groups": "created_at", "events": "timestamp", "sessions": "$start_timestamp"}
    at = nodes.field(next(name for table, name in names.items() if table in place.tables))
    bounds = (("<", _to(place)), (">=", _from(place)))
    return [nodes.compare(op, at, nodes.constant(end)) for op, end in bounds if end is not None]


def _real_accounts(place: _Place) -> list[Node]:
    if not place.filters.without_test_accounts:
        return []
    return [Filters(place.context.clock()).one(one) for one in place.context.test_account_filters]


def _from(place: _Place) -> datetime | None:
    given = place.filters.date_from
    return None if given == "all" else _moment(given, place)


def _to(place: _Place) -> datetime | None:
    return _moment(place.filters.date_to, place)


def _moment(text: str | None, place: _Place) -> datetime | None:
    try:
        return parse_date(text, place.context.clock()) if text else None
    except DateError as error:
        raise HogQLError(str(error)) from None
