"""run_hogql: read-only HogQL, guarded before it is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import InvalidRequest, QueryRefused, UnexpectedAnswer
from tools.hogql import Statement, check
from tools.names import refuse_unknown_events
from tools.property_names import refuse_unknown_properties
from tools.shown import shown

MAX_ROWS = 10_000
BEGINNING = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:select|with)\b", re.IGNORECASE | re.DOTALL
)
UNKNOWN_FIELD = re.compile(r"resolve field:? '?([\w$]+)")
BEFORE, AFTER = 10, 60
"""Characters before and after the place of an error that are told."""

MORE = (
    "There are more rows than the limit let through. Take no totals or shares from it, and maxima "
    "or minima only of what it is ordered by."
)


@dataclass(frozen=True)
class QueryTable:
    """Rows of a query; `whole` says whether there were more."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    types: tuple[str, ...]
    """ClickHouse's type of each column."""

    whole: bool
    query: str
    """The HogQL as it was sent."""

    def for_model(self) -> str:
        """The first rows, what is missing of them, and figures over all."""
        cut = "" if self.whole else MORE
        return shown(self.columns, self.rows, cut=cut, types=self.types)


class RunHogQL(Args):
    """Arguments of run_hogql."""

    query: str
    """One SELECT statement in HogQL."""

    limit: int = 500
    """Rows at most, up to 10,000."""


@tool("query:read")
def run_hogql(posthog: PostHog, args: RunHogQL) -> QueryTable:
    """Run one read-only HogQL query and return its rows."""
    sent = args.query
    try:
        _is_query(sent)
        statement = _guarded(sent, args.limit)
        refuse_unknown_events(posthog, sent)
        refuse_unknown_properties(posthog, sent)
        sent = statement.text
        return _send(posthog, statement)
    except QueryRefused as error:
        raise QueryRefused(f"{error}{_place(sent, error.position)}") from None
    except InvalidRequest as error:
        told = f"{error}{_place(sent, error.position)}{_as_event(posthog, str(error))}"
        raise InvalidRequest(told, error.status, error.position) from None


def _is_query(query: str) -> None:
    """Refuse what has no SELECT, in words that say so: small models forget it."""
    if query.strip() and not BEGINNING.match(query):
        raise QueryRefused("A query begins with SELECT or WITH: write all of it.")


def _as_event(posthog: PostHog, error: str) -> str:
    """How to write an event that stands in a query as if it were a column."""
    found = UNKNOWN_FIELD.search(error)
    name = found[1] if found else ""
    return f" {name} is an event: event = '{name}'." if name in posthog.events_seen else ""


def _place(query: str, position: int | None) -> str:
    """The part of a query that an error is about."""
    if position is None or not 0 <= position < len(query):
        return ""
    start = max(0, position - BEFORE)
    part = " ".join(query[start : position + AFTER].split())
    return f" There: {'…' * (start > 0)}{part}"


def select(
    posthog: PostHog, query: str, limit: int, values: Mapping[str, object] | None = None
) -> QueryTable:
    """Guard a HogQL query, ask for one row more than `limit`, and say whether that was all.

    The values stand for the names in braces: a text that stays the same is parsed once.
    """
    return _send(posthog, _guarded(query, limit, values), values)


def _guarded(query: str, limit: int, values: Mapping[str, object] | None = None) -> Statement:
    return check(query, max(1, min(limit, MAX_ROWS)), values)


def _send(
    posthog: PostHog, statement: Statement, values: Mapping[str, object] | None = None
) -> QueryTable:
    asked = {"kind": "HogQLQuery", "query": statement.text}
    body = posthog.query(asked | ({"values": dict(values)} if values else {}))
    return _table(body, statement.text, statement.limit)


def _table(body: dict[str, Any], query: str, limit: int) -> QueryTable:
    try:
        rows = tuple(tuple(row) for row in body["results"])
        columns = tuple(str(column) for column in body["columns"])
        types = tuple(str(kind[1]) for kind in body.get("types") or ())
    except (KeyError, TypeError, IndexError) as error:
        raise UnexpectedAnswer(
            "PostHog's answer to a query has no rows: is this host a PostHog?"
        ) from error
    whole = len(rows) <= limit and not body.get("hasMore")
    return QueryTable(columns, rows[:limit], types, whole, query)
