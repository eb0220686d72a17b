"""FROM and its joins."""

from tools.kinds import Kind
from tools.local.hogql.catalogue import NUMBERS, QUERYABLE, TABLES, Table
from tools.local.hogql.errors import refuse
from tools.local.hogql.kinds import Node, Sql
from tools.local.hogql.scope import Scope
from tools.local.hogql.sources import QuerySource, Source, TableSource
from tools.posthog_tables import posthog_tables

_JOINS = {
    "JOIN": "INNER JOIN",
    "INNER JOIN": "INNER JOIN",
    "LEFT JOIN": "LEFT JOIN",
    "LEFT OUTER JOIN": "LEFT JOIN",
    "RIGHT JOIN": "RIGHT JOIN",
    "RIGHT OUTER JOIN": "RIGHT JOIN",
    "FULL JOIN": "FULL JOIN",
    "FULL OUTER JOIN": "FULL JOIN",
    "CROSS JOIN": "CROSS JOIN",
    "LEFT ANY JOIN": "LEFT ANY JOIN",
    "INNER ANY JOIN": "INNER ANY JOIN",
    "LEFT SEMI JOIN": "LEFT SEMI JOIN",
    "LEFT ANTI JOIN": "LEFT ANTI JOIN",
    "ASOF LEFT JOIN": "ASOF LEFT JOIN",
    "ASOF INNER JOIN": "ASOF INNER JOIN",
}
_ONE_SIDED = frozenset(["RIGHT JOIN", "FULL JOIN"])
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
        how = _how(node) if self.parts else ""
        self.parts.append((how, source, _condition(scope, node, name, how)))


def _source(scope: Scope, node: Node, *, first: bool) -> tuple[str, Source]:
    for key, clause in (
        ("sample", "SAMPLE"),
        ("table_final", "FINAL"),
        ("column_aliases", "Column aliases"),
    ):
        if node.get(key) and not _is_whole_sample(node.get(key)):
            refuse(node, f"{clause} in FROM is not supported in the embedded project.")
    table, alias = node["table"], node.get("alias")
    if table["node"] in ("SelectQuery", "SelectSetQuery"):
        selected = scope.query.select(scope.query, table, scope.ctes)
        inner = scope.query.alias()
        return alias or inner, QuerySource(selected.text, inner, selected.columns, scope.context)
    if table["node"] != "Field":
        refuse(table, f"{table['node']} can't stand in FROM here.")
    return _named(scope, node, table, alias, first=first)


def _is_whole_sample(sample: object) -> bool:
    """SAMPLE 1 reads everything."""
    ratio = sample.get("sample_value", {}) if isinstance(sample, dict) else {}
    return not ratio.get("right") and ratio.get("left", {}).get("value") == 1


def _named(
    scope: Scope, node: Node, table: Node, alias: str | None, *, first: bool
) -> tuple[str, Source]:
    name = ".".join(str(part) for part in table["chain"])
    inner = scope.query.alias()
    cte = scope.ctes.get(name)
    if cte is not None and not cte.is_column:
        selected = scope.query.expand(cte)
        return alias or name, QuerySource(selected.text, inner, selected.columns, scope.context)
    if name == "numbers":
        return alias or name, _numbers(scope, node, inner)
    found = _table(table, name)
    if node.get("table_args"):
        refuse(node, f"{name} takes no arguments.")
    scope.query.tables[name] = None
    derived = found.derived or not first
    return alias or name, TableSource(found, inner, scope.context, derived)


def _table(node: Node, name: str) -> Table:
    if name in QUERYABLE:
        return TABLES[name]
    if name == "person_distinct_id_overrides":
        return TABLES["overrides"]
    if name in posthog_tables():
        refuse(node, f"The table {name} is not available in the embedded project yet.")
    known = ", ".join(QUERYABLE)
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


def _how(node: Node) -> str:
    how = _JOINS.get(node.get("join_type") or "")
    if how is None:
        refuse(node, f"{node.get('join_type')} is not supported in the embedded project.")
    return f" {how} "


def _condition(scope: Scope, node: Node, name: str, how: str) -> str:
    constraint = node.get("constraint")
    if not how:
        return ""
    if constraint is None:
        if how != " CROSS JOIN ":
            refuse(
                node, f"{how.strip()} needs ON or USING; every row with every row is CROSS JOIN."
            )
        return ""
    if constraint["constraint_type"] == "USING":
        return _using(scope, node, constraint, name, how)
    inner = scope.within(in_join=True, clause="JOIN")
    return f" ON {inner.expr(constraint['expr']).text}"


def _using(scope: Scope, node: Node, constraint: Node, name: str, how: str) -> str:
    """USING as ON, for columns that are computed; the first source's column stands for both."""
    if how.strip() in _ONE_SIDED:
        refuse(node, f"USING with {how.strip()} is not supported; write ON.")
    expr = constraint["expr"]
    fields = expr["exprs"] if expr["node"] == "Tuple" else [expr]
    others = [key for key in scope.sources if key != name]
    tests = []
    for field in fields:
        key = str(field["chain"][-1])
        owner = next((other for other in others if scope.sources[other].owns(key)), None)
        if owner is None:
            refuse(field, f"Unable to resolve field: {key} on the left of USING.")
        left = scope.resolve(field, [owner, key])
        tests.append(f"{left.text} = {scope.resolve(field, [name, key]).text}")
        scope.using.add(key)
    return f" ON {' AND '.join(tests)}"
