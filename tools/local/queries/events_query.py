"""EventsQuery: a page of events with columns that a person writes.

After posthog/hogql_queries/events_query_runner.py.
"""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from tools.local.dates import parse_date
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries import actors_shown
from tools.local.queries.breakdowns import written
from tools.local.queries.kind import Kind
from tools.local.queries.model import Filters
from tools.local.queries.paged import Listing, Paged, default_order, ordering, read_page
from tools.local.queries.reader import Reader

STAR = (
    "uuid",
    "event",
    "properties",
    "timestamp",
    "distinct_id",
    "elements_chain",
    "created_at",
)
_FUTURE = timedelta(seconds=5)
_DAY_AGO = "-24h"
Rows = list[list[Any]]


class EventsQuery(Paged):
    """A list of events; without columns each is shown whole."""

    select: list[str]
    where: list[str] | None = None
    properties: Filters = None
    fixedProperties: Filters = None
    event: str | None = None
    events: list[str] | None = None
    actionId: int | None = None
    personId: str | None = None
    filterTestAccounts: bool | None = None
    after: str | None = None
    before: str | None = None

    @property
    def names(self) -> list[str]:
        """The columns as they are asked for."""
        return self.select or ["*"]


def answer(query: EventsQuery, reader: Reader) -> dict[str, Any]:
    """The body of PostHog's response."""
    columns = [_column(name) for name in query.names]
    if query.orderBy is None:
        order = default_order(query.names, columns, "timestamp")
    else:
        order = ordering(query.orderBy)
    listing = Listing(nodes.source(nodes.field("events")), columns, _tests(query, reader), order)
    page = read_page(query, listing, reader)
    for place, name in enumerate(query.names):
        show = _SHOWN.get(_bare(name))
        if show is not None:
            show(page["results"], place, reader)
    return {**page, "columns": [_title(*pair) for pair in zip(query.names, columns, strict=True)]}


def _bare(name: str) -> str:
    """A column without the words a person sees over it."""
    return name.split("--")[0].strip()


def _title(name: str, column: Node) -> str:
    return str(column["alias"]) if column["node"] == "Alias" else name


def _column(name: str) -> Node:
    """What is read for a column; some are put together afterwards."""
    if name == "*":
        return nodes.call("tuple", *(nodes.field(part) for part in STAR))
    if _bare(name) == "person":
        return nodes.field("distinct_id")
    if _bare(name) == "person_display_name":
        names = [nodes.field("person", "properties", key) for key in actors_shown.NAMES]
        shown = nodes.call("coalesce", *names, nodes.field("distinct_id"))
        person = nodes.call("toString", nodes.field("person", "id"))
        return nodes.call("tuple", shown, person, nodes.field("distinct_id"))
    return written(name)


def _tests(query: EventsQuery, reader: Reader) -> list[Node]:
    """Which events are listed; those of the future only when asked for."""
    filters, at = reader.filters(), nodes.field("timestamp")
    names = [name for name in (query.event, *(query.events or ())) if name]
    tests = [written(text) for text in query.where or ()]
    tests += [filters.all_of(query.properties), filters.all_of(query.fixedProperties)]
    if names:
        tests.append(nodes.compare("in", nodes.field("event"), nodes.constant(tuple(names))))
    if query.actionId is not None:
        tests.append(nodes.call("matchesAction", nodes.constant(query.actionId)))
    if query.personId is not None:
        tests.append(nodes.compare("==", nodes.field("person_id"), _person(query.personId)))
    if query.filterTestAccounts:
        tests.append(reader.test_accounts())
    before = parse_date(query.before, reader.now) if query.before else reader.now + _FUTURE
    tests.append(nodes.compare("<", at, reader.moment(before)))
    after = query.after or _DAY_AGO
    if after != "all":
        tests.append(nodes.compare(">", at, reader.moment(parse_date(after, reader.now))))
    return tests


def _person(text: str) -> Node:
    try:
        return nodes.constant(str(UUID(text)))
    except ValueError:
        raise HogQLError(f"personId is the uuid of a person, not {text!r}.") from None


def _show_whole(rows: Rows, place: int, reader: Reader) -> None:
    for row in rows:
        event = dict(zip(STAR, row[place], strict=True))
        row[place] = {
            **event,
            "properties": json.loads(event["properties"] or "{}"),
            "team_id": reader.home.meta.project.id,
        }


def _show_person(rows: Rows, place: int, reader: Reader) -> None:
    known = actors_shown.by_distinct_id(sorted({row[place] for row in rows}), reader)
    for row in rows:
        person = known.get(row[place])
        shown = {"distinct_id": row[place]}
        if person:
            shown |= {"uuid": person["id"]}
            shown |= {key: person[key] for key in ("created_at", "properties")}
        row[place] = shown


def _show_name(rows: Rows, place: int, reader: Reader) -> None:
    for row in rows:
        keys: Sequence[str] = ("display_name", "id", "distinct_id")
        row[place] = dict(zip(keys, row[place], strict=True))


_SHOWN: dict[str, Callable[[Rows, int, Reader], None]] = {
    "*": _show_whole,
    "person": _show_person,
    "person_display_name": _show_name,
}
KIND = Kind("EventsQuery", EventsQuery, answer)
