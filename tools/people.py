"""Persons by e-mail or distinct id, and what one person did."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import InvalidArguments, NotFound, PostHogError
from tools.fence import fence
from tools.literals import literal, moment
from tools.objects import Stored, compact
from tools.query import QueryTable, select

MOST_IDS = 20
PAGE = "coalesce(properties.$pathname, properties.$screen_name, properties.$current_url)"
DETAILS = (
    "arrayStringConcat(arrayMap(pair -> concat(tupleElement(pair, 1), '=', "
    "replaceRegexpAll(tupleElement(pair, 2), '^\"|\"$', '')), arrayFilter("
    "pair -> NOT startsWith(tupleElement(pair, 1), '$'), "
    "JSONExtractKeysAndValuesRaw(properties))), ', ')"
)
"""The event's own properties; PostHog's begin with a dollar sign."""


@dataclass(frozen=True)
class Person:
    """Who somebody is, as far as the project knows."""

    id: str
    name: str
    distinct_ids: tuple[str, ...]
    """At most 20 of them."""

    created_at: str | None
    properties: dict[str, Any] = field(default_factory=dict)
    cohorts: tuple[str, ...] | None = None
    """The cohorts the person is in; None when they were not asked for."""

    flags: dict[str, str] | None = None
    """What each feature flag gives the person; None when it can't be asked."""

    @property
    def known_as(self) -> str:
        """The distinct id that flags are asked with: one given to the person, if there is one."""
        given = [one for one in self.distinct_ids if not _is_uuid(one)]
        return (given or list(self.distinct_ids) or [self.id])[0]


@dataclass(frozen=True)
class Persons:
    """The persons that a name stands for; more than one when an e-mail is used twice."""

    rows: tuple[Person, ...]
    whole: bool = True

    def only(self, name: str) -> Person:
        """The one person, or `InvalidArguments`."""
        if not self.rows:
            raise InvalidArguments(f"No person has the e-mail or distinct id {name!r}.")
        if len(self.rows) > 1:
            ids = ", ".join(one.distinct_ids[0] for one in self.rows[:5] if one.distinct_ids)
            raise InvalidArguments(f"Several persons have {name!r}: give a distinct id ({ids}).")
        return self.rows[0]

    def for_model(self) -> str:
        """The persons as fenced JSON."""
        return fence([compact(one) for one in self.rows]) + (
            "" if self.whole else "\nThere are more."
        )


class GetPerson(Args):
    """Arguments of get_person."""

    name: str
    """E-mail, distinct id or person id."""


class PersonTimeline(Args):
    """Arguments of person_timeline."""

    name: str
    """E-mail, distinct id or person id; it must stand for one person."""

    since: datetime | None = None
    """Only from this time on, in the project's zone; null for all."""

    until: datetime | None = None
    """Only before this time, in the project's zone; null for all."""

    latest: bool = False
    """The latest events rather than the first, when there are more than the limit."""

    limit: int = 200
    """Events to return at most."""


@tool("person:read")
def get_person(posthog: PostHog, args: GetPerson) -> Persons:
    """Find a person by e-mail or distinct id: properties, cohorts and the flags they get."""
    found = find_persons(posthog, args.name)
    return replace(found, rows=tuple(_around(posthog, one) for one in found.rows[:3]))


@tool("person:read", "query:read")
def person_timeline(posthog: PostHog, args: PersonTimeline) -> QueryTable:
    """List what one person did, in order of time: event, page or screen, session."""
    person = find_persons(posthog, args.name).only(args.name)
    where = [f"person_id = {literal(str(UUID(person.id)))}"]
    where += [f"timestamp >= {moment(_plain(args.since))}"] if args.since else []
    where += [f"timestamp < {moment(_plain(args.until))}"] if args.until else []
    order = "DESC" if args.latest else "ASC"
    text = (
        f"SELECT timestamp, event, {PAGE} AS page, {DETAILS} AS details, "
        "properties.$session_id AS session "
        f"FROM events WHERE {' AND '.join(where)} ORDER BY timestamp {order}, uuid {order}"
    )
    found = select(posthog, text, args.limit)
    return replace(found, rows=found.rows[::-1]) if args.latest else found


def find_persons(posthog: PostHog, name: str) -> Persons:
    """Everybody of an e-mail, a distinct id or a person id."""
    said = name.strip()
    if not said:
        raise InvalidArguments("Give an e-mail or a distinct id.")
    if _is_uuid(said) and (one := _by_id(posthog, said)):
        return Persons((one,))
    ways = ("distinct_id", "email") if "@" not in said else ("email", "distinct_id")
    for way in ways:
        asked: dict[str, str | int] = {way: said, "limit": 10}
        found = posthog.read("persons/", **asked)
        rows = tuple(_person(body) for body in found.get("results", []))
        if rows:
            return Persons(rows, whole=not found.get("next"))
    return Persons(())


def _by_id(posthog: PostHog, number: str) -> Person | None:
    try:
        return _person(posthog.read(f"persons/{number}/"))
    except NotFound:
        return None


def _person(body: Stored) -> Person:
    properties = body.get("properties") or {}
    ids = tuple(map(str, body.get("distinct_ids") or ()))
    return Person(
        id=str(body.get("uuid") or body.get("id")),
        name=str(properties.get("email") or body.get("name") or (ids[0] if ids else "")),
        distinct_ids=ids[:MOST_IDS],
        created_at=body.get("created_at"),
        properties=dict(properties),
    )


def _around(posthog: PostHog, person: Person) -> Person:
    """A person with cohorts and flags, as far as the key may read them."""
    return replace(person, cohorts=_cohorts(posthog, person.id), flags=_flags(posthog, person))


def _cohorts(posthog: PostHog, number: str) -> tuple[str, ...] | None:
    try:
        found = posthog.read("persons/cohorts/", person_id=number)
    except PostHogError:
        return None
    return tuple(str(one.get("name")) for one in found.get("results", []))


def _flags(posthog: PostHog, person: Person) -> dict[str, str] | None:
    if not posthog.grants.covers("feature_flag:read"):
        return None
    try:
        told = posthog.read("feature_flags/evaluation_reasons/", distinct_id=person.known_as)
    except PostHogError:
        return None
    return {
        key: str(one.get("value")).lower() for key, one in told.items() if isinstance(one, dict)
    }


def _plain(at: datetime) -> datetime:
    return at.replace(tzinfo=None, microsecond=0)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
