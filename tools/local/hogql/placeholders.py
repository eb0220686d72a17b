"""Values for the names in braces, put into the tree before anything is printed."""

from collections.abc import Mapping
from typing import Any

from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node


def fill(tree: Node, nodes: Mapping[str, Node]) -> Node:
    """A tree of ours with each placeholder replaced by a node; for a table in FROM, by a query."""
    filled: Node = _fill(tree, nodes)
    return filled


def _fill(item: Any, nodes: Mapping[str, Node]) -> Any:
    if isinstance(item, list):
        return [_fill(part, nodes) for part in item]
    if not isinstance(item, dict):
        return item
    if item.get("node") == "Placeholder":
        return nodes[item["expr"]["chain"][0]]
    return {key: _fill(part, nodes) for key, part in item.items()}


def bind(tree: Node, values: Mapping[str, object]) -> Node:
    """The tree with each placeholder replaced by its value, as a constant."""
    bound: Node = _bind(tree, values)
    return bound


def _bind(item: Any, values: Mapping[str, object]) -> Any:
    if isinstance(item, list):
        return [_bind(part, values) for part in item]
    if not isinstance(item, dict):
        return item
    if item.get("node") == "Placeholder":
        return _constant(item, _value(item, values))
    return {key: _bind(part, values) for key, part in item.items()}


def _value(node: Node, values: Mapping[str, object]) -> object:
    inner = node["expr"]
    if inner["node"] != "Field":
        refuse(node, "A placeholder is a name in braces, as {variables.country}.")
    name = ".".join(str(part) for part in inner["chain"])
    if name not in values and name.startswith("variables."):
        refuse(node, f"Variable {name.removeprefix('variables.')} is missing from query")
    if name not in values:
        refuse(node, f"The placeholder {{{name}}} has no value; give it in `values`.")
    return values[name]


def _constant(node: Node, value: object) -> Node:
    place = {"start": node.get("start"), "end": node.get("end")}
    if isinstance(value, list | tuple):
        kind = "Array" if isinstance(value, list) else "Tuple"
        return {"node": kind, "exprs": [_constant(node, item) for item in value], **place}
    return {"node": "Constant", "value": value, **place}
