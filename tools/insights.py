"""What the tools for PostHog's typed queries have in common: arguments, and the table they return.

The numbers are those of PostHog's own screens, and the query can be saved as an insight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import field_validator

from tools.base import Args
from tools.client import PostHog
from tools.conditions import Owners, Where, typed
from tools.errors import UnexpectedAnswer
from tools.names import refuse_unknown
from tools.property_names import refuse_unknown_properties
from tools.shown import shown

TICK = timedelta(microseconds=1)
DAY = len("2026-11-15")

Interval = Literal["hour", "day", "week", "month"]

LARGEST = (
    "Only the largest values are there, not all of them. Take no totals, shares or minima from it."
)


@dataclass(frozen=True)
class InsightTable:
    """The result of a typed query as one plain table; `whole` says whether values were left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    whole: bool
    query: dict[str, Any]
    """The typed query as it was sent, for saving it as an insight."""

    hogql: str
    """The HogQL that PostHog made of it."""

    def for_model(self) -> str:
        """The first rows, what is missing of them, and figures over all."""
        cut = "" if self.whole else LARGEST
        return shown(self.columns, self.rows, cut=cut)


class Some(Args):
    """Events, any of which counts."""

    events: tuple[str, ...] = ()
    """Names, any of which counts; none for every event."""

    where: tuple[Where, ...] = ()
    """Conditions that all must hold."""


class Insight(Args):
    """What every insight takes: a period, and conditions."""

    date_from: str | None = None
    """First day or moment, as 2026-11-01 or 2026-11-01T09:30:00; without it, all data."""

    date_to: str | None = None
    """Last day, counted as a whole, or the moment before which it ends; without it, now."""

    where: tuple[Where, ...] = ()
    """Conditions that all must hold."""

    @field_validator("date_from", "date_to")
    @classmethod
    def _is_date(cls, text: str | None) -> str | None:
        if text is not None:
            datetime.fromisoformat(text)
        return text


def insight(
    kind: str, args: Insight, owners: Owners, interval: str | None = None, **parts: Any
) -> dict[str, Any]:
    """A typed query of a kind; parts that are None are left out."""
    query = {
        "kind": kind,
        "dateRange": dates(args),
        "properties": [typed(one, owners) for one in args.where] or None,
        "interval": interval,
        **parts,
    }
    return {name: part for name, part in query.items() if part is not None}


def dates(args: Insight) -> dict[str, Any]:
    """The period as PostHog's date range, exact on both sides."""
    start = "all" if args.date_from is None else _instant(args.date_from).isoformat()
    found = {"date_from": start, "explicitDate": True}
    if args.date_to is not None:
        following = _instant(args.date_to)
        if len(args.date_to) == DAY:
            following += timedelta(days=1)
        found["date_to"] = (following - TICK).isoformat()
    return found


def entity(one: Some, owners: Owners, **parts: Any) -> dict[str, Any]:
    """Events as a node of a typed query; several are every event with a condition on its name."""
    single = one.events[0] if len(one.events) == 1 else None
    conditions = [typed(condition, owners) for condition in (*named(one), *one.where)]
    node = {"kind": "EventsNode", "event": single, "name": single, "properties": conditions or None}
    node |= parts
    return {key: part for key, part in node.items() if part is not None or key == "event"}


def named(one: Some) -> Sequence[Where]:
    """The condition that an event is one of several."""
    several = len(one.events) > 1
    return (Where(property="event", of="column", values=one.events),) if several else ()


def ran(posthog: PostHog, query: Mapping[str, Any], parts: Iterable[Some]) -> dict[str, Any]:
    """The answer to a typed query about events that the project tracks."""
    refuse_unknown(posthog, (event for one in parts for event in one.events))
    refuse_unknown_properties(posthog, query)
    body = posthog.query(dict(query))
    if not isinstance(body.get("results"), list):
        raise UnexpectedAnswer(
            f"PostHog's answer to a {query['kind']} has no results: is this host a PostHog?"
        )
    return body


def told(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    query: Mapping[str, Any],
    body: Mapping[str, Any],
    *,
    whole: bool = True,
) -> InsightTable:
    """The table of an answer; columns of the same name are numbered."""
    kept = tuple(tuple(map(figure, row)) for row in rows)
    said = str(body.get("hogql") or "")
    return InsightTable(tuple(numbered(columns)), kept, whole, dict(query), said)


def figure(value: Any) -> Any:
    """A whole number as an integer, whatever JSON made of it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def numbered(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that are there already."""
    found: list[str] = []
    for name in names:
        again = sum(1 for other in found if other == name or other.startswith(f"{name} ("))
        found.append(f"{name} ({again + 1})" if name in found else name)
    return found


def title(one: Some) -> str:
    """Events by their names."""
    return " or ".join(one.events) or "any event"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
