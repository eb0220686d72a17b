"""IN COHORT: whether a person is among the members of a cohort now."""

from tools.kinds import Kind
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.literals import literal
from tools.local.hogql.saved import Object, find
from tools.local.hogql.scope import Scope


def in_cohort(scope: Scope, node: Node) -> Sql:
    """The comparisons `IN COHORT` and `NOT IN COHORT`, whose right side is an id or a name."""
    named = node["right"]
    if named["node"] != "Constant":
        refuse(named, "IN COHORT only works with constant arguments")
    cohort = find(scope, named, "cohort")
    members = f"SELECT person_id FROM cohort_people WHERE {_are_members(cohort)}"
    person = scope.expr(node["left"])
    how = "NOT IN" if node["op"] == "not in cohort" else "IN"
    return Sql(f"({person.text} {how} ({members}))", Kind.BOOLEAN, nullable=False)


def _are_members(cohort: Object) -> str:
    """Which rows are members now: of a static cohort all, of another those of its version."""
    rows = f"cohort_id = {literal(int(cohort['id']))}"
    if cohort.get("is_static"):
        return rows
    version = cohort.get("version")
    return f"{rows} AND {'0' if version is None else f'version = {literal(int(version))}'}"
