"""Whether a query means the same rows each time it is asked, as its pages need it to."""

from collections.abc import Iterator

from tools.parser import Node, parse_select

CUTS = ("limit", "offset", "limit_by")
CHANCE = ("rand", "generateuuid", "canonicalrand")
"""How functions begin that give something else each time."""


def unsettled(query: str, key: str) -> str:
    """Why the rows of a query may be others for its next page, "" where they can't be."""
    tree = parse_select(query)
    for node in _nodes(tree):
        if node["node"] == "Call" and str(node["name"]).lower().startswith(CHANCE):
            return f"{node['name']}() gives other values for each page: leave it out."
        if not any(node.get(cut) is not None for cut in CUTS):
            continue
        if node is not tree or node.get("limit_by") is not None:
            return (
                "A LIMIT within the query leaves open which rows it means, and each page could "
                "mean others: leave it out."
            )
        if not _orders_by(node, key):
            return (
                "Its LIMIT leaves open which rows it means, and each page could mean others: add "
                f"ORDER BY {key} to it, or leave the LIMIT out."
            )
    return ""


def _orders_by(select: Node, key: str) -> bool:
    orders = [one["expr"] for one in select.get("order_by") or ()]
    return any(".".join(map(str, one.get("chain") or ())) == key for one in orders)


def _nodes(item: object) -> Iterator[Node]:
    """Every node of a tree."""
    if isinstance(item, dict):
        if "node" in item:
            yield item
        for inner in item.values():
            yield from _nodes(inner)
    elif isinstance(item, list):
        for inner in item:
            yield from _nodes(inner)
