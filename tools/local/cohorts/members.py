"""All criteria of a cohort as one HogQL query for the ids of its members."""

from collections.abc import Sequence
from typing import NamedTuple

from tools.local.cohorts.conditions import condition
from tools.local.cohorts.criteria import Criteria, Event, Group, Member, Person
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.reader import Reader


class Those(NamedTuple):
    """Some persons, or everybody but them."""

    query: Node
    negated: bool


def members(criteria: Criteria, reader: Reader) -> Node:
    """The members' ids, each once, as the column `person_id`."""
    those = _group(criteria.properties, reader)
    if those.negated:
        raise HogQLError("Top level condition cannot be negated")
    return nodes.query("SELECT DISTINCT id AS person_id FROM {those}", those=those.query)


def _those(criterion: Event | Member | Person | Group, reader: Reader) -> Those:
    if isinstance(criterion, Group):
        return _group(criterion, reader)
    return Those(condition(criterion, reader), criterion.negation)


def _group(group: Group, reader: Reader) -> Those:
    if not group.values:
        raise HogQLError("Cohort has a property group with no condition")
    parts = [_those(value, reader) for value in group.values]
    if group.type == "AND":
        return _all(parts)
    # De Morgan: one of them is not none of the others.
    found = _all([Those(part.query, not part.negated) for part in parts])
    return Those(found.query, not found.negated)


def _all(parts: Sequence[Those]) -> Those:
    """Those in every part; where all are negated, not those in any of them."""
    wanted = [part.query for part in parts if not part.negated]
    unwanted = [part.query for part in parts if part.negated]
    if not wanted:
        return Those(_any(unwanted), True)
    first, *others = wanted
    tests = [nodes.compare("in", nodes.field("id"), other) for other in others]
    tests += [nodes.compare("not in", nodes.field("id"), other) for other in unwanted]
    if not tests:
        return Those(first, False)
    query = nodes.query(
        "SELECT id FROM {first} WHERE {test}", first=first, test=nodes.all_of(tests)
    )
    return Those(query, False)


def _any(queries: Sequence[Node]) -> Node:
    if len(queries) == 1:
        return queries[0]
    return nodes.query("SELECT DISTINCT id FROM {some}", some=nodes.union(queries))
