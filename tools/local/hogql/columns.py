"""The columns of a SELECT: expressions, aliases, `*` and COLUMNS(…)."""

import re
from collections.abc import Iterator

from tools.local.hogql.calls import late_value
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.literals import identifier
from tools.local.hogql.names import column_name
from tools.local.hogql.scope import Scope

Column = tuple[str, Sql, bool]
"""A name, its value, and whether the author gave the name."""

_RESERVED = frozenset(["team_id", "true", "false", "null"])
# Python's own patterns can take for ever to match; these can't.
_PART = r"\^?(?:\w|\\[$.])*(?:\.\*(?:\w|\\[$.])*){0,2}\$?"
_PLAIN_PATTERN = re.compile(rf"{_PART}(?:\|{_PART})*")


def columns_of(scope: Scope, node: Node) -> Iterator[tuple[str, str, Sql]]:
    """Names as shown, names that are unique and values; what is shown twice gets a number."""
    taken: set[str] = set()
    for item in node["select"]:
        for name, value, explicit in _expanded(scope, item):
            if explicit and name in taken:
                refuse(item, f"There are two columns called {name!r}; give one another alias.")
            unique = _unique(name, taken)
            taken.add(unique)
            yield name, unique, value


def _unique(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _expanded(scope: Scope, item: Node) -> Iterator[Column]:
    if item["node"] == "Field" and item["chain"][-1] == "*":
        yield from _star(scope, item, item["chain"][:-1])
    elif item["node"] == "ColumnsExpr":
        yield from _matching(scope, item)
    elif item["node"] == "Alias":
        yield _aliased(scope, item)
    else:
        yield column_name(item), scope.expr(item), False


def _aliased(scope: Scope, item: Node) -> Column:
    name = item["alias"]
    if name.lower() in _RESERVED or name.startswith("__t") or "%" in name:
        refuse(item, f"{name!r} can't be an alias; choose another name.")
    value = scope.expr(item["expr"])
    scope.aliases[name] = value._replace(text=identifier(name), bare="", constant=False)
    if late := late_value(item["expr"]):
        scope.late[name] = late
    return name, value, True


def _star(scope: Scope, item: Node, chain: list[str]) -> Iterator[Column]:
    if len(chain) > 1 or (chain and chain[0] not in scope.sources):
        refuse(item, f"Unable to resolve {'.'.join(chain)}.*; before .* stands a table of FROM.")
    if not scope.sources:
        refuse(item, "Cannot use '*' when there are no tables in the query")
    if not chain and len(scope.sources) > 1:
        refuse(
            item, "Cannot use '*' without table name when there are multiple tables in the query"
        )
    for key in chain or scope.sources:
        for name in scope.sources[key].names:
            yield name, scope.resolve(item, [key, name]), False


def _matching(scope: Scope, item: Node) -> Iterator[Column]:
    """COLUMNS(a, b), COLUMNS('regex') and * with EXCLUDE or REPLACE."""
    if item.get("all_columns"):
        yield from _changed(scope, item)
    elif columns := item.get("columns"):
        for column in columns:
            yield from _expanded(scope, column)
    else:
        yield from _named_alike(scope, item)


def _named_alike(scope: Scope, item: Node) -> Iterator[Column]:
    pattern = item.get("regex") or ""
    if not pattern or not _PLAIN_PATTERN.fullmatch(pattern):
        refuse(item, "COLUMNS takes a pattern of names, .*, ^, $ and |; list the columns instead.")
    found = [column for column in _star(scope, item, []) if re.search(pattern, column[0])]
    if not found:
        refuse(item, f"No column matches {pattern!r}.")
    yield from found


def _changed(scope: Scope, item: Node) -> Iterator[Column]:
    columns = list(_star(scope, item, []))
    without, other = item.get("exclude") or [], item.get("replace") or {}
    names = {name for name, _, _ in columns}
    for name in (*without, *other):
        if name not in names:
            refuse(item, f"There is no column {name!r} to exclude or replace.")
    for name, value, explicit in columns:
        if name not in without:
            yield name, scope.expr(other[name]) if name in other else value, explicit
