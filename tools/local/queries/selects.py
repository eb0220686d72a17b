"""SELECTs put together from columns and conditions."""

from collections.abc import Mapping, Sequence

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node

EVENTS = nodes.source(nodes.field("events"))


def select(table: Node, columns: Mapping[str, Node], where: Node, keys: Sequence[Node]) -> Node:
    """A SELECT of named columns, grouped by keys."""
    return {
        "node": "SelectQuery",
        "select": [nodes.alias(name, node) for name, node in columns.items()],
        "select_from": table,
        "where": where,
        "group_by": list(keys),
    }
