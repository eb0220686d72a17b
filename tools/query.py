"""run_hogql: read-only HogQL, guarded before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import UnexpectedAnswer
from tools.fence import fence
from tools.hogql import Statement, check
from tools.names import refuse_unknown_events

MODEL_ROWS = 200
MAX_ROWS = 10_000


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
        """The rows as fenced JSON, at most 200 of them, with a note of what is missing."""
        shown = self.rows[:MODEL_ROWS]
        note = "" if self.whole and len(shown) == len(self.rows) else _note(len(shown))
        return fence({"columns": self.columns, "rows": shown}) + note


class RunHogQL(Args):
    """Arguments of run_hogql."""

    query: str
    """One SELECT statement in HogQL. Bound `timestamp` on both sides where it can be."""

    limit: int = 500
    """Rows to return at most, 1 to 10,000."""


@tool("query:read")
def run_hogql(posthog: PostHog, args: RunHogQL) -> QueryTable:
    """Run one read-only HogQL query and return its rows."""
    statement = _guarded(args.query, args.limit)
    refuse_unknown_events(posthog, args.query)
    return _send(posthog, statement)


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


def _note(shown: int) -> str:
    return f"\nOnly the first {shown} rows are shown; do not take totals or maxima from them."
