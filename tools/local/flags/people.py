"""Who asks: the project's rows about a person and their groups, under what the request says."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tools.local.clock import clock
from tools.local.flags.continuity import kept
from tools.local.flags.flag import Flag
from tools.local.flags.matching import Values, text
from tools.local.flags.subject import Group, Subject
from tools.local.hogql.literals import literal, string
from tools.local.home import Home
from tools.local.results import read_result

_PEOPLE = """
SELECT known.distinct_id, toString(known.person_id), persons.properties
FROM (
  SELECT distinct_id, argMax(person_id, (version, late)) AS person_id
  FROM (
    SELECT distinct_id, person_id, version, is_deleted, 0 AS late FROM person_distinct_ids
    WHERE distinct_id IN ({ids})
    UNION ALL
    SELECT distinct_id, person_id, version, is_deleted, 1 AS late FROM person_distinct_id_overrides
    WHERE distinct_id IN ({ids})
  )
  GROUP BY distinct_id HAVING argMax(is_deleted, (version, late)) = 0
) AS known
LEFT JOIN (
  SELECT id, properties FROM persons FINAL WHERE is_deleted = 0 AND id IN (
    SELECT person_id FROM person_distinct_ids WHERE distinct_id IN ({ids})
    UNION ALL
    SELECT person_id FROM person_distinct_id_overrides WHERE distinct_id IN ({ids})
  )
) AS persons ON known.person_id = persons.id"""
_GROUPS = "SELECT `index`, properties FROM groups FINAL WHERE (`index`, key) IN ({keys})"
_IDS = """
SELECT DISTINCT distinct_id FROM person_distinct_ids WHERE person_id = {person}
UNION DISTINCT
SELECT DISTINCT distinct_id FROM person_distinct_id_overrides WHERE person_id = {person}"""
_STATIC = "SELECT DISTINCT cohort_id FROM cohort_people WHERE person_id = {person}"


@dataclass(frozen=True)
class Asked:
    """What a request says of the one it asks for."""

    distinct_id: str
    person_properties: Values = field(default_factory=dict)
    groups: Mapping[str, Any] = field(default_factory=dict)
    """Group type → key."""

    group_properties: Mapping[str, Values] = field(default_factory=dict)
    device_id: str | None = None
    anonymous_id: str | None = None


@dataclass(frozen=True)
class Person:
    """A person as the project knows them."""

    id: str
    properties: Values


def subject(home: Home, asked: Asked, flags: Iterable[Flag]) -> Subject:
    """The one a request asks for; rows are read only if a flag depends on them."""
    active, project = [flag for flag in flags if flag.active], home.meta.project
    people = _people(home, asked) if any(map(_personal, active)) else {}
    person = people.get(asked.distinct_id)
    return Subject(
        distinct_id=asked.distinct_id,
        values={**(person.properties if person else {}), **asked.person_properties},
        now=clock(project).astimezone(ZoneInfo(project.timezone)),
        groups=_groups(home, asked, active),
        device_id=asked.device_id,
        cohorts={body["id"]: body for body in home.meta.documents("cohort")},
        static=_static(home, person.id) if person and any(map(_by_cohort, active)) else frozenset(),
        kept=kept(home.meta, {one: found.id for one, found in people.items()}, asked, active),
        anonymous_id=asked.anonymous_id,
    )


def people(home: Home, ids: Sequence[str]) -> dict[str, Person]:
    """The persons behind distinct ids."""
    listed = ", ".join(string(one) for one in ids)
    return {
        distinct_id: Person(person_id, json.loads(properties or "{}"))
        for distinct_id, person_id, properties in _rows(home, _PEOPLE.format(ids=listed))
    }


def distinct_ids(home: Home, person_id: str) -> list[str]:
    """The ids a person goes by, in the order of the alphabet."""
    try:
        person = literal(UUID(person_id))
    except ValueError:
        return []
    found = sorted(row[0] for row in _rows(home, _IDS.format(person=person)))
    known = people(home, found) if found else {}
    return [one for one in found if one in known and known[one].id == str(UUID(person_id))]


def _people(home: Home, asked: Asked) -> dict[str, Person]:
    ids = [asked.distinct_id, *([asked.anonymous_id] if asked.anonymous_id else [])]
    return people(home, ids)


def _groups(home: Home, asked: Asked, flags: Sequence[Flag]) -> dict[int, Group]:
    names = enumerate(home.meta.project.group_types)
    sent = {
        index: (name, text(asked.groups[name]))
        for index, name in names
        if isinstance(asked.groups.get(name), str | int | float) and asked.groups[name] != ""
    }
    known = _group_rows(home, {index: key for index, (_, key) in sent.items()}, flags)
    return {
        index: Group(
            key,
            {**known.get(index, {}), "$group_key": key, **asked.group_properties.get(name, {})},
        )
        for index, (name, key) in sent.items()
    }


def _group_rows(
    home: Home, keys: Mapping[int, str], flags: Sequence[Flag]
) -> dict[int, dict[str, Any]]:
    if not keys or not any(map(_grouped, flags)):
        return {}
    pairs = ", ".join(f"({literal(index)}, {literal(key)})" for index, key in keys.items())
    found = _rows(home, _GROUPS.format(keys=pairs))
    return {index: json.loads(properties or "{}") for index, properties in found}


def _static(home: Home, person_id: str) -> frozenset[int]:
    return frozenset(row[0] for row in _rows(home, _STATIC.format(person=string(person_id))))


def _rows(home: Home, sql: str) -> list[list[Any]]:
    return read_result(home.store.read(sql))[0]


def _personal(flag: Flag) -> bool:
    kinds = {one.get("type", "person") for one in _filters(flag)}
    return bool({"person", "cohort"} & kinds) or flag.enrollment or flag.continuous


def _by_cohort(flag: Flag) -> bool:
    return any(one.get("type") == "cohort" for one in _filters(flag))


def _grouped(flag: Flag) -> bool:
    return any(one.get("type") == "group" for one in _filters(flag))


def _filters(flag: Flag) -> list[Mapping[str, Any]]:
    supers = flag.super_condition.filters if flag.super_condition else ()
    return [*supers, *(one for condition in flag.conditions for one in condition.filters)]
