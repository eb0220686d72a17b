"""How many persons, or groups, a set of conditions would reach."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tools.local.bodies import invalid
from tools.local.cohorts.calculation import fresh_for
from tools.local.flags.validation import check_cohort
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.home import Home
from tools.local.queries.reader import Reader

Filter = Mapping[str, Any]
_PERSONS = "SELECT countIf({test}), count() FROM persons"
_GROUPS = "SELECT countIf({test}), count() FROM groups WHERE index = {index}"


class Reach(NamedTuple):
    """Those who meet the conditions, of all."""

    affected: int
    total: int


def reach(home: Home, filters: Sequence[Filter], group: int | None) -> Reach:
    """Whom the filters of a condition meet."""
    fresh_for(home, filters)
    try:
        tree = _persons(home, filters) if group is None else _groups(home, filters, group)
        return Reach(*Reader.of(home).rows(tree)[0])
    except HogQLError as error:
        raise invalid(str(error)) from None


def _persons(home: Home, filters: Sequence[Filter]) -> Node:
    for one in filters:
        if one.get("type") == "flag":
            raise HogQLError("A condition on another flag has no blast radius: leave it out.")
        if one.get("type") == "cohort":
            check_cohort(home.meta, one)
    test = Reader.of(home).filters("person").all_of(list(filters))
    return nodes.query(_PERSONS, test=test)


def _groups(home: Home, filters: Sequence[Filter], group: int) -> Node:
    if any(one.get("type") != "group" or one.get("group_type_index") != group for one in filters):
        raise HogQLError("Invalid group type index for feature flag condition.")
    test = Reader.of(home).filters("group").all_of(list(filters))
    return nodes.query(_GROUPS, test=test, index=nodes.constant(group))
