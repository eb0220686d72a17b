"""What a project tracks: its period, events, properties and their values."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import InvalidArguments, TooSlow
from tools.fence import fence
from tools.literals import literal, path
from tools.query import QueryTable, select
from tools.shown import listing
from tools.values import found

PropertyKind = Literal["event", "person", "session", "group"]


@dataclass(frozen=True)
class ProjectFacts:
    """The project and the period its events cover; times are ISO 8601, None without events."""

    id: int
    name: str
    timezone: str
    week_start_day: int
    """0 Sunday, 1 Monday."""

    now: str | None
    """The project's own clock where it stands still, else None."""

    first_event: str | None
    last_event: str | None
    events: int | None
    groups: tuple[str, ...] = ()
    """The group types, in the order of their index."""

    def for_model(self) -> str:
        """The facts as fenced JSON."""
        return fence(asdict(self))


@dataclass(frozen=True)
class Definitions:
    """Events or properties by name; `whole` says whether there are more."""

    rows: tuple[dict[str, Any], ...]
    whole: bool

    def for_model(self) -> str:
        """The definitions one a line, with a note when there are more."""
        return listing(self.rows) + ("" if self.whole else "\nThere are more: search by name.")


class DescribeProject(Args):
    """Arguments of describe_project: none."""


class ListEvents(Args):
    """Arguments of list_events."""

    search: str = ""
    """Part of the name; empty for all events."""

    limit: int = 500
    """Events to return at most."""


class ListProperties(Args):
    """Arguments of list_properties."""

    kind: PropertyKind = "event"
    """Whose properties."""

    event: str | None = None
    """Only properties seen on this event."""

    group: str | None = None
    """Of kind group: the group type."""

    search: str = ""
    """Part of the name."""

    limit: int = 500
    """Properties at most."""


class PropertyValues(Args):
    """Arguments of property_values."""

    property: str | None = None
    """Without it: which properties hold the searched text."""

    kind: Literal["event", "person"] = "event"
    """Whose property."""

    event: str | None = None
    """Only on this event."""

    search: str = ""
    """Only values that contain this text."""

    whole: bool = False
    """Only values that are it from end to end."""

    limit: int = 50
    """Values at most."""


class FindValues(Args):
    """Arguments of find_values."""

    texts: tuple[str, ...]
    """The texts, each a whole value, whatever its case."""

    words: tuple[str, ...] = ()
    """Texts that may also be words of longer values, as of paths and domains."""


@tool("project:read", "query:read")
def describe_project(posthog: PostHog, args: DescribeProject) -> ProjectFacts:
    """Say which project this is, its time zone and week start, and the period its events cover."""
    project = posthog.project
    first, last, events = _period(posthog)
    return ProjectFacts(
        id=project.id,
        name=project.name,
        timezone=project.timezone,
        week_start_day=project.week_start_day or 0,
        now=project.now,
        first_event=first,
        last_event=last,
        events=events,
        groups=group_types(posthog),
    )


@tool("event_definition:read")
def list_events(posthog: PostHog, args: ListEvents) -> Definitions:
    """List the events the project tracks, with when each was first and last seen."""
    fields = ("name", "description", "created_at", "last_seen_at")
    return _definitions(posthog, "event_definitions/", fields, args.limit, search=args.search)


@tool("property_definition:read")
def list_properties(posthog: PostHog, args: ListProperties) -> Definitions:
    """List properties of events, persons, sessions or groups, with their types."""
    params: dict[str, str | int] = {"search": args.search, "type": args.kind}
    if args.group is not None:
        params["group_type_index"] = _group_index(posthog, args.group)
    if args.event is not None:
        params |= {"event_names": json.dumps([args.event]), "filter_by_event_names": "true"}
    fields = ("name", "property_type", "description")
    return _definitions(posthog, "property_definitions/", fields, args.limit, **params)


@tool("query:read")
def property_values(posthog: PostHog, args: PropertyValues) -> QueryTable:
    """List the values of a property, most frequent first, or find which properties hold a text."""
    if args.property is None:
        return select(posthog, _holders(args), args.limit)
    column = path("properties", args.property)
    where = [*_only(args), _like(column, args) if args.search else f"isNotNull({column})"]
    return select(
        posthog,
        f"SELECT {column} AS value, count() AS count FROM {args.kind}s WHERE {' AND '.join(where)} "
        "GROUP BY value ORDER BY count DESC, value",
        args.limit,
    )


@tool("query:read")
def find_values(posthog: PostHog, args: FindValues) -> QueryTable:
    """Find which properties have these texts as values, among recent events before older ones."""
    return found(posthog, args.texts, args.words, _period(posthog), group_types(posthog))


def group_types(posthog: PostHog) -> tuple[str, ...]:
    """The names of the group types by their index; none when the key may not read groups."""
    if not posthog.grants.covers("group:read"):
        return ()
    rows = sorted(posthog.listed("groups_types/"), key=lambda row: row["group_type_index"])
    return tuple(str(row["group_type"]) for row in rows)


def _group_index(posthog: PostHog, group: str) -> int:
    known = group_types(posthog)
    if group not in known:
        raise InvalidArguments(f"There is no group type {group!r}, only {', '.join(known)}.")
    return known.index(group)


def _holders(args: PropertyValues) -> str:
    """Which properties hold a text: only rows whose raw JSON has it are taken apart."""
    said = _in_json(args.search)
    raw = f"properties ILIKE {literal(f'%{_unlike(said)}%')}"
    if args.whole and not said.replace(".", "").isdigit() and said not in ("true", "false"):
        needles = ", ".join(literal(f'{colon}"{said}"') for colon in (":", ": "))
        raw = f"multiSearchAnyCaseInsensitive(properties, [{needles}])"
    return (
        "SELECT tupleElement(pair, 1) AS property, "
        "replaceRegexpAll(tupleElement(pair, 2), '^\"|\"$', '') AS value, count() AS count "
        "FROM (SELECT arrayJoin(JSONExtractKeysAndValuesRaw(properties)) AS pair "
        f"FROM {args.kind}s WHERE {' AND '.join([*_only(args), raw])}) "
        f"WHERE {_like('value', args)} "
        "GROUP BY property, value ORDER BY count DESC, property, value"
    )


def _only(args: PropertyValues) -> list[str]:
    return [f"event = {literal(args.event)}"] if args.event and args.kind == "event" else []


def _like(column: str, args: PropertyValues) -> str:
    pattern = _unlike(args.search)
    return f"{column} ILIKE {literal(pattern if args.whole else f'%{pattern}%')}"


def _period(posthog: PostHog) -> tuple[str | None, str | None, int | None]:
    """First and last event and how many, or nothing known when the project is too large to scan."""
    try:
        table = select(posthog, "SELECT min(timestamp), max(timestamp), count() FROM events", 1)
    except TooSlow:
        return None, None, None
    first, last, events = table.rows[0]
    return (first, last, events) if events else (None, None, 0)


def _definitions(
    posthog: PostHog, route: str, fields: tuple[str, ...], limit: int, **params: str | int
) -> Definitions:
    """The first `limit` objects of a list, each with only these fields."""
    rows: list[dict[str, Any]] = []
    asked = {key: value for key, value in params.items() if value != ""}
    for one in posthog.pages(route, **asked):
        if len(rows) >= max(1, limit):
            return Definitions(tuple(rows), whole=False)
        rows.append({field: one.get(field) for field in fields})
    return Definitions(tuple(rows), whole=True)


def _unlike(text: str) -> str:
    """The text with the wildcards of LIKE taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _in_json(text: str) -> str:
    """The text as it stands inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
