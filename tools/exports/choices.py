"""The usual exports: events of a period, persons, a cohort, the rows of a query."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tools.client import PostHog
from tools.errors import InvalidArguments
from tools.exports.settled import unsettled
from tools.exports.what import Bounds, Column, Key, What
from tools.hogql import check
from tools.literals import literal, path
from tools.names import refuse_unknown
from tools.objects import named
from tools.taxonomy import ListProperties, list_properties

PERSONAL = re.compile(
    r"e-?mail|phone|address|^\$?ip$|^name$|(^|_)(first|last|full|user|sur|nick|customer)_?name$|"
    r"birth|ssn|distinct_id|geoip",
    re.IGNORECASE,
)
"""Names of what tells people apart: exported only when it is asked for."""

PROPERTIES = 10_000
"""More of one event than PostHog keeps."""

EVENT_KEYS = (Key("timestamp", "time"), Key("toString(uuid)"))
PERSON_KEYS = (Key("toString(id)"),)
EVENT_COLUMNS = ("uuid", "timestamp", "event", "person_id")
PERSON_COLUMNS = ("id", "created_at")
FIELDS = (
    *EVENT_COLUMNS,
    "distinct_id",
    "properties",
    "created_at",
    "$session_id",
    "elements_chain",
)
PERSON_FIELDS = (*PERSON_COLUMNS, "properties", "is_identified")


def events(
    posthog: PostHog,
    names: Sequence[str],
    start: datetime,
    end: datetime,
    *,
    columns: Sequence[str] = (),
    where: Sequence[str] = (),
) -> What:
    """The events of some names, or all, from `start` up to `end`, that are stored by now."""
    if start >= end:
        raise InvalidArguments("The period ends before it begins: exchange its two ends.")
    refuse_unknown(posthog, names)
    now = datetime.now(UTC)
    usual = () if columns else _usual(posthog, names)
    held = tuple(own for own in usual if PERSONAL.search(own))
    plain = (f"properties.{own}" for own in usual if own not in held)
    chosen = _each_once(columns) or (*EVENT_COLUMNS, *plain)
    named_so = [f"event IN ({', '.join(map(literal, names))})"] if names else []
    return What(
        "events",
        "events",
        tuple(_event_column(name) for name in chosen),
        EVENT_KEYS,
        tuple([*named_so, *where]),
        Bounds(_utc(start), _utc(min(end, _ahead(posthog, now)))),
        seen=_utc(_ahead(posthog, now)),
        held=held,
    )


def persons(posthog: PostHog, cohort: str = "", columns: Sequence[str] = ()) -> What:
    """All persons, or those of a cohort."""
    where: tuple[str, ...] = ()
    if cohort:
        body = named(posthog, "cohorts/", cohort, "name")
        where = (f"id IN COHORT {int(body['id'])}",)
    chosen = _each_once(columns) or PERSON_COLUMNS
    seen = _utc(_ahead(posthog, datetime.now(UTC)))
    found = tuple(map(_person_column, chosen))
    return What("persons", "persons", found, PERSON_KEYS, where, seen=seen)


def rows(query: str, key: str = "") -> What:
    """The rows of one's own query; more than a page of them needs a column that is unique."""
    check(query, 1)
    text = query.strip().rstrip(";")
    keys = (Key(f"toString({path(key)})"),) if key else ()
    # On lines of its own, so that a comment at its end hides nothing that follows.
    return What("query", f"(\n{text}\n)", (), keys, unsettled=unsettled(text, key))


def personal(what: What) -> tuple[str, ...]:
    """The columns that may tell who somebody is."""
    whole = ("properties", "person.properties")
    return tuple(c.name for c in what.columns if PERSONAL.search(c.name) or c.name in whole)


def _usual(posthog: PostHog, names: Sequence[str]) -> tuple[str, ...]:
    """The properties that the team itself sends with these events."""
    found: dict[str, None] = {}
    for name in names:
        args = ListProperties(kind="event", event=name, limit=PROPERTIES)
        listed: Any = list_properties.function(posthog, args)
        for row in listed.rows:
            own = str(row["name"])
            if not own.startswith("$"):
                found[own] = None
    return tuple(found)


def _each_once(columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(columns))


def _event_column(name: str) -> Column:
    if name in FIELDS:
        return Column(name, "toString(uuid)" if name == "uuid" else path(name))
    holder, _, rest = name.partition(".")
    if holder == "person" and rest.startswith("properties."):
        own = rest.removeprefix("properties.")
        raw = f"JSONExtractRaw(person.properties, {literal(own)})"
        return Column(name, path("person", "properties", own), raw)
    if holder == "properties" and rest:
        return Column(name, path("properties", rest), _raw(rest))
    raise InvalidArguments(
        f"There is no column {name!r}: write properties.NAME, person.properties.NAME, or one of "
        f"{', '.join(FIELDS)}."
    )


def _person_column(name: str) -> Column:
    if name in PERSON_FIELDS:
        return Column(name, "toString(id)" if name == "id" else path(name))
    holder, _, rest = name.partition(".")
    if holder == "properties" and rest:
        return Column(name, path("properties", rest), _raw(rest))
    raise InvalidArguments(
        f"There is no column {name!r}: write properties.NAME, or one of {', '.join(PERSON_FIELDS)}."
    )


def _raw(name: str) -> str:
    return f"JSONExtractRaw(properties, {literal(name)})"


def _ahead(posthog: PostHog, now: datetime) -> datetime:
    """Now; of an embedded project the later of its own clock and ours."""
    own = posthog.project.now
    return max(now, datetime.fromisoformat(own).astimezone(UTC)) if own else now


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
