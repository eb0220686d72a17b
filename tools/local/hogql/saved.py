"""Saved objects named in a query: the one that a number or a name means."""

from collections.abc import Mapping
from typing import Any

from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node
from tools.local.hogql.scope import Scope

Object = Mapping[str, Any]


def find(scope: Scope, node: Node, kind: str, *, article: str = "a") -> Object:
    """The cohort or action of this id or name, in PostHog's words where there is none."""
    wanted = node.get("value")
    known = [one for one in scope.context.objects(kind) if not one.get("deleted")]
    if isinstance(wanted, str):
        return _by_name(node, kind, article, [one for one in known if one["name"] == wanted])
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        for one in known:
            if one["id"] == int(wanted):
                return one
    refuse(node, f"Could not find {kind} with ID {wanted}")


def _by_name(node: Node, kind: str, article: str, found: list[Object]) -> Object:
    if len(found) > 1:
        refuse(node, f"Found multiple {kind}s with name '{node['value']}'")
    if not found:
        refuse(node, f"Could not find {article} {kind} with the name '{node['value']}'")
    return found[0]
