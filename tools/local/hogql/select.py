"""SELECT and sets of SELECTs."""

from collections.abc import Iterator, Mapping

from tools.local.hogql.columns import columns_of
from tools.local.hogql.errors import refuse
from tools.local.hogql.joins import From
from tools.local.hogql.kinds import Node, Sql, common
from tools.local.hogql.literals import identifier
from tools.local.hogql.scope import Cte, Query, Scope, Selected
from tools.local.hogql.session_bounds import narrow
from tools.local.hogql.windows import ordered, over

_KNOWN = frozenset(["node", "start", "end", "ctes", "distinct", "select", "select_from"]) | {
    *("array_join_op", "array_join_list", "where", "prewhere", "group_by", "group_by_mode"),
    *("having", "qualify", "order_by", "limit", "limit_by", "limit_with_ties", "offset"),
    "window_exprs",
}
_SET_OPERATORS = frozenset(
    ["UNION ALL", "UNION DISTINCT", "INTERSECT", "INTERSECT DISTINCT", "EXCEPT", "EXCEPT DISTINCT"]
)


def select(query: Query, node: Node, ctes: Mapping[str, Cte]) -> Selected:
    """Print a SELECT, or a set of them."""
    if node["node"] == "SelectSetQuery":
        return _set(query, node, ctes)
    if node["node"] != "SelectQuery":
        refuse(node, f"A {node['node']} is not supported in the embedded project yet.")
    return _select(query, node, ctes)


def _set(query: Query, node: Node, ctes: Mapping[str, Cte]) -> Selected:
    """Members in the order of the text; INTERSECT binds as ClickHouse says."""
    first = node["initial_select_query"]
    ctes = _with(first, ctes)
    members = [select(query, first, ctes)]
    text = f"({members[0].text})"
    for part in node.get("subsequent_select_queries") or []:
        if part["set_operator"] not in _SET_OPERATORS:
            refuse(
                part["select_query"],
                f"{part['set_operator']} is not supported; write UNION ALL or UNION DISTINCT.",
            )
        member = select(query, part["select_query"], ctes)
        if len(member.columns) != len(members[0].columns):
            refuse(part["select_query"], _count_message(members[0], member))
        members.append(member)
        text += f" {part['set_operator']} ({member.text})"
    columns = {
        name: common([list(member.columns.values())[index] for member in members])
        for index, name in enumerate(members[0].columns)
    }
    scope = Scope(query, ctes)
    bounds = "".join(_bounds(scope, node))
    text = f"SELECT * FROM ({text}){bounds}" if bounds else text
    return Selected(text, columns, members[0].shown)


def _count_message(first: Selected, other: Selected) -> str:
    return (
        f"The SELECTs of a set have as many columns each; these have {len(first.columns)} "
        f"and {len(other.columns)}."
    )


def _with(node: Node, ctes: Mapping[str, Cte]) -> dict[str, Cte]:
    known = dict(ctes)
    names: set[str] = set()
    for entry in node.get("ctes") or []:
        name = entry["name"]
        if name in names:
            refuse(entry, f"WITH has two entries called {name!r}; give one another name.")
        if entry.get("materialized"):
            refuse(entry, "MATERIALIZED is not supported in the embedded project; leave it out.")
        names.add(name)
        known[name] = Cte(
            entry["expr"],
            dict(known),
            entry.get("cte_type") == "column",
            tuple(entry.get("columns") or ()),
            name if entry.get("recursive") else "",
        )
    return known


def _select(query: Query, node: Node, ctes: Mapping[str, Cte]) -> Selected:
    for key in node:
        if key not in _KNOWN and node[key]:
            place = node["limit"] if key == "limit_percent" else node
            name = key.upper().replace("_", " ")
            refuse(place, f"{name} is not supported in the embedded project.")
    scope = Scope(query, _with(node, ctes), windows=node.get("window_exprs") or {})
    source = From(scope, node.get("select_from"))
    array_join = _array_join(scope, node)
    found = list(columns_of(scope, node))
    columns = {unique: value for _, unique, value in found}
    for described in scope.windows.values():
        over(scope, described)
    listed = ", ".join(f"{value.text} AS {identifier(name)}" for name, value in columns.items())
    clauses = "".join(_clauses(scope, node))
    narrow(scope, node)
    distinct = "DISTINCT " if node.get("distinct") else ""
    text = f"SELECT {distinct}{listed}{source.sql()}{array_join}{clauses}"
    return Selected(text, columns, tuple(shown for shown, _, _ in found))


def _array_join(scope: Scope, node: Node) -> str:
    if not node.get("array_join_op"):
        return ""
    how = node["array_join_op"]
    if how not in ("ARRAY JOIN", "LEFT ARRAY JOIN", "INNER ARRAY JOIN"):
        refuse(node, f"{how} is not supported in the embedded project.")
    inner, parts = scope.within(clause="ARRAY JOIN"), []
    for item in node["array_join_list"]:
        if item["node"] != "Alias":
            refuse(item, "ARRAY JOIN arrays must have an alias, as ARRAY JOIN x AS y.")
        parts.append((inner.expr(item["expr"]).text, item["alias"]))
    for _, name in parts:
        scope.aliases[name] = Sql(identifier(name))
    listed = ", ".join(f"{text} AS {identifier(name)}" for text, name in parts)
    return f" {how.removeprefix('INNER ')} {listed}"


def _clauses(scope: Scope, node: Node) -> Iterator[str]:
    tests = [node[key] for key in ("prewhere", "where") if node.get(key)]
    if tests:
        inner = scope.within(clause="WHERE")
        texts = [inner.expr(test).text for test in tests]
        yield f" WHERE {' AND '.join(texts)}"
    yield from _grouping(scope, node)
    if node.get("having"):
        yield f" HAVING {scope.within(clause='HAVING').expr(node['having']).text}"
    if node.get("qualify"):
        yield f" QUALIFY {scope.expr(node['qualify']).text}"
    if node.get("order_by"):
        yield f" ORDER BY {', '.join(ordered(scope, item) for item in node['order_by'])}"
    if node.get("limit_by"):
        yield _limit_by(scope, node["limit_by"])
    yield from _bounds(scope, node)


def _grouping(scope: Scope, node: Node) -> Iterator[str]:
    mode = node.get("group_by_mode")
    inner = scope.within(clause="GROUP BY")
    if mode == "all":
        yield " GROUP BY ALL"
    elif mode == "grouping_sets":
        sets = (f"({_listed(inner, item['exprs'])})" for item in node["group_by"])
        yield f" GROUP BY GROUPING SETS ({', '.join(sets)})"
    elif mode in ("rollup", "cube"):
        yield f" GROUP BY {mode.upper()}({_listed(inner, node['group_by'])})"
    elif mode:
        refuse(node, f"GROUP BY {mode.upper()} is not supported in the embedded project.")
    elif node.get("group_by"):
        yield f" GROUP BY {_listed(inner, node['group_by'])}"


def _listed(scope: Scope, nodes: list[Node]) -> str:
    return ", ".join(scope.expr(node).text for node in nodes)


def _limit_by(scope: Scope, node: Node) -> str:
    rows, offset = constant_rows(scope, node["n"]), node.get("offset_value")
    skipped = f" OFFSET {constant_rows(scope, offset)}" if offset else ""
    return f" LIMIT {rows}{skipped} BY {_listed(scope, node['exprs'])}"


def _bounds(scope: Scope, node: Node) -> Iterator[str]:
    limit, offset = (
        None if node.get(key) is None else constant_rows(scope, node[key])
        for key in ("limit", "offset")
    )
    if limit is not None and node.get("limit_with_ties"):
        yield f" LIMIT {offset or 0}, {limit} WITH TIES"
        return
    yield "" if limit is None else f" LIMIT {limit}"
    yield "" if offset is None else f" OFFSET {offset}"


def constant_rows(scope: Scope, node: Node) -> int:
    """The number of rows a LIMIT or OFFSET says, which must be a constant."""
    value = scope.expr(node)
    if not value.constant or not value.text.isdigit():
        refuse(node, "LIMIT and OFFSET take a whole number, not an expression.")
    return int(value.text)
