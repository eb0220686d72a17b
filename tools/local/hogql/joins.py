"""FROM and its joins."""

from collections.abc import Mapping

from tools.kinds import Kind
from tools.local.hogql.catalogue import NUMBERS, Table, find_table, queryable
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.scope import Scope, Selected
from tools.local.hogql.sources import QuerySource, Source, TableSource
from tools.posthog_tables import posthog_tables

_SIDES: Mapping[str, tuple[str, ...]] = {
    "": ("INNER", "LEFT", "RIGHT", "FULL", "CROSS"),
    "ANY": ("INNER", "LEFT", "RIGHT"),
    "SEMI": ("LEFT", "RIGHT"),
    "ANTI": ("LEFT", "RIGHT"),
    "ASOF": ("INNER", "LEFT"),
}
"""How strictly rows pair, and the sides from which each may be asked; the first is understood."""
_REASONS = {
    "ValuesQuery": "VALUES can't stand in FROM; use arrayJoin([…]).",
    "PivotExpr": "PIVOT is not supported; use sumIf(x, condition) for each column.",
    "UnpivotExpr": "UNPIVOT is not supported; use ARRAY JOIN [('a', a), ('b', b)] AS pair.",
    "HogQLXTag": "Tags such as <Sparkline /> can't stand in FROM.",
}
_IDLE = frozenset(["JOIN", "OUTER", "ALL"])
_ONE_SIDED = ("RIGHT", "FULL")
MAX_NUMBERS = 10_000_000


class From:
    """The sources of one SELECT, in order, printed once everything has been asked of them."""

    def __init__(self, scope: Scope, node: Node | None) -> None:
        self.parts: list[tuple[str, Source, str]] = []
        while node:
            self._add(scope, node)
            node = node.get("next_join")

    def sql(self) -> str:
        """The FROM clause."""
        if not self.parts:
            return ""
        joined = (f"{how}{source.sql()}{condition}" for how, source, condition in self.parts)
        return f" FROM {''.join(joined)}"

    def _add(self, scope: Scope, node: Node) -> None:
        name, source = _source(scope, node, first=not self.parts)
        if name in scope.sources:
            refuse(node, f"Already have joined a table called {name!r}; give it another alias.")
        scope.sources[name] = source
        if not self.parts:
            self.parts.append(("", source, ""))
            return
        strictness, side = _how(node)
        how = f" {side} {strictness} JOIN " if strictness else f" {side} JOIN "
        self.parts.append((how, source, _condition(scope, node, name, strictness, side)))


def _source(scope: Scope, node: Node, *, first: bool) -> tuple[str, Source]:
    if node.get("table_final"):
        refuse(node, "The FINAL keyword is not supported in HogQL as it causes slow queries")
    if node.get("sample") and not _is_whole_sample(node["sample"]):
        refuse(node, "SAMPLE is not supported in the embedded project; it reads every row.")
    table, alias = node["table"], node.get("alias")
    if table["node"] in ("SelectQuery", "SelectSetQuery"):
        return _queried(scope, node, scope.query.select(scope.query, table, scope.ctes), alias)
    if table["node"] != "Field":
        refuse(table, _REASONS.get(table["node"], f"{table['node']} can't stand in FROM."))
    return _named(scope, node, table, alias, first=first)


def _queried(scope: Scope, node: Node, selected: Selected, alias: str | None) -> tuple[str, Source]:
    if names := node.get("column_aliases"):
        selected = selected.renamed(node, names)
    inner = scope.query.alias()
    return alias or inner, QuerySource(selected.text, inner, selected.columns, scope.context)


def _is_whole_sample(sample: object) -> bool:
    """SAMPLE 1 reads everything."""
    ratio = sample.get("sample_value", {}) if isinstance(sample, dict) else {}
    return not ratio.get("right") and ratio.get("left", {}).get("value") == 1


def _named(
    scope: Scope, node: Node, table: Node, alias: str | None, *, first: bool
) -> tuple[str, Source]:
    name = ".".join(str(part) for part in table["chain"])
    cte = scope.ctes.get(name)
    if cte is not None and not cte.is_column:
        return _queried(scope, node, scope.query.expand(cte), alias or name)
    if node.get("column_aliases"):
        refuse(node, f"The columns of {name} can't be renamed here; write (SELECT …) AS t(x, y).")
    inner = scope.query.alias()
    if name == "numbers":
        return alias or name, _numbers(scope, node, inner)
    found = _table(scope, table, name)
    if node.get("table_args"):
        refuse(node, f"{name} takes no arguments.")
    scope.query.tables[name] = None
    derived = found.derived or not first
    return alias or name, TableSource(found, inner, scope.context, derived)


def _table(scope: Scope, node: Node, name: str) -> Table:
    found = find_table(name, scope.context)
    if found and not found.readable(scope.context):
        refuse(node, f"You don't have access to table `{name}`.")
    if found:
        return found
    if name in posthog_tables():
        refuse(node, f"The table {name} is not available in the embedded project yet.")
    known = ", ".join(queryable())
    refuse(node, f"Unknown table {name!r}. The tables are {known}; persons are users.")


def _numbers(scope: Scope, node: Node, alias: str) -> Source:
    bounds = [scope.expr(arg) for arg in node.get("table_args") or []]
    texts = [bound.text for bound in bounds if bound.kind is Kind.INTEGER and bound.text.isdigit()]
    if not texts or len(texts) != len(bounds) or len(texts) > 2 or int(texts[-1]) > MAX_NUMBERS:
        refuse(node, f"numbers takes one or two constants, at most {MAX_NUMBERS:,} rows.")
    columns = {"number": Sql("number", NUMBERS.columns["number"].kind, nullable=False)}
    return QuerySource(
        f"SELECT number FROM numbers({', '.join(texts)})", alias, columns, scope.context
    )


def _how(node: Node) -> tuple[str, str]:
    """How strictly rows pair, and which side's rows are kept without a pair."""
    words = [word for word in node.get("join_type", "").split() if word not in _IDLE]
    strictness = next((word for word in words if word in _SIDES), "")
    sides = _SIDES[strictness]
    side = next((word for word in words if word != strictness), sides[0])
    if side not in sides or len(words) > 2:
        refuse(node, f"{node.get('join_type')} is not supported in the embedded project.")
    return strictness, side


def _condition(scope: Scope, node: Node, name: str, strictness: str, side: str) -> str:
    constraint, shown = node.get("constraint"), f"{strictness} {side} JOIN".strip()
    if constraint is None:
        if side != "CROSS":
            refuse(node, f"{shown} needs ON or USING; every row with every row is CROSS JOIN.")
        return ""
    if constraint["constraint_type"] == "USING":
        return _using(scope, node, constraint, name, side)
    if shown != "INNER JOIN" and not _has_key(constraint["expr"]):
        refuse(constraint["expr"], f"{shown} needs a = b in its ON; use CROSS JOIN and WHERE.")
    inner = scope.within(in_join=True, clause="JOIN")
    return f" ON {inner.expr(constraint['expr']).text}"


def _has_key(node: Node) -> bool:
    """Whether ClickHouse finds pairs by an equality, and need not try every row with every row."""
    if node["node"] == "And":
        return any(map(_has_key, node["exprs"]))
    if node["node"] == "Or":
        return all(map(_has_key, node["exprs"]))
    return node.get("op") == "==" or node.get("name") == "equals"


def _using(scope: Scope, node: Node, constraint: Node, name: str, side: str) -> str:
    """USING as ON, for columns that are computed; the first source's column stands for both."""
    if side in _ONE_SIDED:
        refuse(node, f"USING with {side} JOIN is not supported; write ON.")
    expr = constraint["expr"]
    fields = expr["exprs"] if expr["node"] == "Tuple" else [expr]
    others = [key for key in scope.sources if key != name]
    tests = []
    for field in fields:
        if field["node"] != "Field":
            refuse(field, "USING takes names of columns; write ON for anything else.")
        key = str(field["chain"][-1])
        owner = next((other for other in others if scope.sources[other].owns(key)), None)
        if owner is None:
            refuse(field, f"Unable to resolve field: {key} on the left of USING.")
        left = scope.resolve(field, [owner, key])
        tests.append(f"{left.text} = {scope.resolve(field, [name, key]).text}")
        scope.using.add(key)
    return f" ON {' AND '.join(tests)}"
