"""Rules of who is in a cohort: as PostHog keeps them, in words, and as HogQL that counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, model_validator

from tools.base import Args
from tools.changes.flag_filters import OPERATORS
from tools.client import PostHog
from tools.cohorts import read_cohort
from tools.conditions import ORDERED, Owners, Where, column, hogql, whole
from tools.errors import InvalidArguments
from tools.literals import literal
from tools.names import refuse_unknown
from tools.objects import named
from tools.wording import criteria

YEARS = 10
"""What “at any time” is: PostHog's cohorts always look back from now."""


class Did(Args):
    """Something that people did, or did not do."""

    event: str
    """The event's name."""

    days: int | None = Field(default=30, ge=1, le=365 * YEARS)
    """In the last so many days; null for at any time (ten years)."""

    at_least: int | None = Field(default=None, ge=1)
    """So often at least."""

    at_most: int | None = Field(default=None, ge=1)
    """So often at most, and once at least."""

    never: bool = False
    """true for those who did not do it in that time."""

    first: bool = False
    """true for those who did it in that time for the first time ever."""

    where: tuple[Where, ...] = ()
    """Conditions on properties of the event."""

    @model_validator(mode="after")
    def _fitting(self) -> "Did":
        counted = self.at_least or self.at_most
        if self.first + self.never + bool(counted) > 1:
            raise ValueError("never, first and a number of times exclude each other")
        if self.at_least and self.at_most and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most")
        return self


class PeopleWho(Args):
    """People for whom all of this holds."""

    where: tuple[Where, ...] = ()
    """What they are: properties (of: person), or members of a cohort or not (of: cohort)."""

    did: tuple[Did, ...] = ()
    """What they did, or did not do."""


@dataclass(frozen=True)
class Rules:
    """Who is in a dynamic cohort."""

    filters: dict[str, Any]
    """As PostHog keeps them, with the names of cohorts for people."""

    test: str
    """HogQL on persons."""

    behavior: bool
    """Whether they ask what people did; flags can't use such a cohort."""

    often: bool = False
    """Whether a rule has a largest number of times."""

    @property
    def words(self) -> str:
        """In plain words."""
        return criteria(self.filters)


def rules(posthog: PostHog, groups: Sequence[PeopleWho]) -> Rules:
    """The rules of those who are in any of the groups, or `InvalidArguments`."""
    if not groups:
        raise InvalidArguments("A cohort needs a rule: what people are, or what they did.")
    every = [one for group in groups for one in group.did]
    refuse_unknown(posthog, (one.event for one in every))
    found = [_group(posthog, group) for group in groups]
    return Rules(
        {"properties": {"type": "OR", "values": [leaves for leaves, _, _ in found]}},
        " OR ".join(f"({test})" for _, test, _ in found),
        bool(every) or any(behavior for _, _, behavior in found),
        any(one.at_most for one in every),
    )


def _group(posthog: PostHog, group: PeopleWho) -> tuple[dict[str, Any], str, bool]:
    """One group as PostHog keeps it, as HogQL, and whether it asks what people did."""
    cohorts = [part for one in group.where if one.of == "cohort" for part in _cohorts(posthog, one)]
    plain = [one for one in group.where if one.of != "cohort"]
    leaves = [
        *(_property(one, "person") | {"negation": False} for one in plain),
        *(leaf for leaf, _, _ in cohorts),
        *(leaf for one in group.did for leaf in _events(one)),
    ]
    if not leaves:
        raise InvalidArguments("A group of people needs a rule: what they are, or what they did.")
    if all(leaf.get("negation") for leaf in leaves):
        raise InvalidArguments(
            "PostHog's cohorts can't be everybody but some: beside what people did not do, or the "
            "cohort they are not in, say what they are or did; or make a static cohort by a query."
        )
    tests = [
        *(_test(one.model_copy(update={"of": "event"})) for one in plain),
        *(test for _, test, _ in cohorts),
        *map(_did, group.did),
    ]
    behavior = any(inner for _, _, inner in cohorts)
    return {"type": "AND", "values": leaves}, " AND ".join(f"({t})" for t in tests), behavior


def _property(one: Where, kind: str) -> dict[str, Any]:
    """A condition as PostHog's filter on a person's or an event's property."""
    if one.of != kind:
        raise InvalidArguments(
            f"{one.property} is asked of the {one.of}: here only a {kind}'s own properties can be."
        )
    operator = OPERATORS.get(one.operator)
    if operator is None:
        raise InvalidArguments(f"Cohorts know no {one.operator!r}; use contains.")
    found: dict[str, Any] = {"key": one.property, "type": kind, "operator": operator}
    values = [str(v).lower() if isinstance(v, bool) else str(whole(v)) for v in one.values]
    if operator in ("exact", "is_not"):
        return found | {"value": values}
    if len(values) > 1:
        raise InvalidArguments(f"{one.operator} takes one value in a cohort: make a group of each.")
    return found | {"value": values[0] if values else operator}


def _test(one: Where) -> str:
    """A condition as HogQL; an order compares as PostHog's filter does, by the property's type."""
    if one.operator not in ORDERED:
        return hogql(one, Owners())
    return f"{column(one, Owners())} {one.operator} {literal(str(whole(one.values[0])))}"


def _cohorts(posthog: PostHog, one: Where) -> Iterator[tuple[dict[str, Any], str, bool]]:
    """Membership of cohorts: in one of them, or in none of them."""
    names = [str(value) for value in one.values] or [one.property]
    bodies = [named(posthog, "cohorts/", name, "name") for name in names]
    negated = one.operator == "!="
    leaves = [
        {
            "type": "cohort",
            "key": "id",
            "value": int(body["id"]),
            "negation": negated,
            "cohort_name": str(body.get("name") or ""),
        }
        for body in bodies
    ]
    word = "NOT IN" if negated else "IN"
    tests = [f"id {word} COHORT {int(body['id'])}" for body in bodies]
    behavior = any(read_cohort(body).behavior for body in bodies)
    if negated or len(leaves) == 1:
        yield from ((leaf, test, behavior) for leaf, test in zip(leaves, tests, strict=True))
    else:
        yield {"type": "OR", "values": leaves}, f"({' OR '.join(tests)})", behavior


def _events(one: Did) -> Iterator[dict[str, Any]]:
    """What people did as PostHog's criteria: two of them for a number between two."""
    found: dict[str, Any] = {
        "type": "behavioral",
        "key": one.event,
        "event_type": "events",
        "time_value": one.days or YEARS,
        "time_interval": "day" if one.days else "year",
        "negation": one.never,
    }
    if one.where:
        found["event_filters"] = [_property(each, "event") for each in one.where]
    times = [(n, how) for n, how in ((one.at_least, "gte"), (one.at_most, "lte")) if n]
    if one.at_least == one.at_most:
        times = [(n, "exact") for n, _ in times[:1]]
    for count, how in times:
        often = {"operator": how, "operator_value": count}
        yield found | {"value": "performed_event_multiple", **often}
    if not times:
        kind = "performed_event_first_time" if one.first else "performed_event"
        yield found | {"value": kind}


def _did(one: Did) -> str:
    """What people did as HogQL on persons, with the periods that PostHog gives each kind."""
    start = f"now() - INTERVAL {one.days} DAY" if one.days else f"now() - INTERVAL {YEARS} YEAR"
    named_so = f"event = {literal(one.event)}"
    asked = " AND ".join([named_so, *map(_test, one.where)])
    if one.first:
        return (
            f"id IN (SELECT person_id FROM events WHERE {named_so} GROUP BY person_id HAVING "
            f"min(timestamp) >= toStartOfDay({start}) AND "
            f"min(timestamp) = minIf(timestamp, {asked}))"
        )
    if not (one.at_least or one.at_most):
        return (
            f"id {'NOT IN' if one.never else 'IN'} (SELECT person_id FROM events WHERE {asked} "
            f"AND timestamp >= toStartOfDay({start}))"
        )
    often = [f"count() >= {one.at_least or 1}"]
    often += [f"count() <= {one.at_most}"] if one.at_most else []
    return (
        f"id IN (SELECT person_id FROM events WHERE {asked} AND timestamp > {start} "
        f"GROUP BY person_id HAVING {' AND '.join(often)})"
    )
