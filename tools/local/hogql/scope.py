"""What names mean at one place of a query."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from tools.local.hogql.context import Context
from tools.local.hogql.errors import HogQLError, refuse
from tools.local.hogql.kinds import Node, Sql, common, unfolded
from tools.local.hogql.literals import identifier
from tools.local.hogql.sources import Chain, Source, descend

_UNITS = frozenset(["second", "minute", "hour", "day", "week", "month", "quarter", "year"])
MAX_EXPANSIONS = 50
MAX_COLUMN_EXPANSIONS = 500


@dataclass(frozen=True)
class Selected:
    """A printed SELECT and the columns it gives."""

    text: str
    columns: Mapping[str, Sql]
    shown: tuple[str, ...] = ()
    """The columns' names as a reader sees them, of which two may be the same."""

    def renamed(self, node: Node, names: Sequence[str]) -> "Selected":
        """The same rows with other names for the first columns."""
        old = list(self.columns)
        new = [*names, *old[len(names) :]]
        if len(new) > len(old) or len(set(new)) < len(new):
            refuse(node, f"{len(old)} columns can't be named {', '.join(new)}.")
        pairs = zip(old, new, strict=True)
        listed = ", ".join(f"{identifier(a)} AS {identifier(b)}" for a, b in pairs)
        columns = dict(zip(new, self.columns.values(), strict=True))
        return Selected(f"SELECT {listed} FROM ({self.text})", columns)


@dataclass(frozen=True)
class Cte:
    """A WITH entry and the entries it may use itself."""

    node: Node
    ctes: Mapping[str, "Cte"]
    is_column: bool
    names: tuple[str, ...] = ()
    """The columns' names, where the entry gives any."""
    recursive: str = ""
    """Its own name, if it may read from itself."""
    rows: Selected | None = None
    """What the entry holds already while its recursive part is printed."""


@dataclass
class Query:
    """What all parts of one query share."""

    context: Context
    expression: Callable[["Scope", Node], Sql]
    """Prints one expression."""
    select: Callable[["Query", Node, Mapping[str, Cte]], Selected]
    """Prints a SELECT or a set of them."""
    tables: dict[str, None] = field(default_factory=dict)
    counter: Iterator[int] = field(default_factory=count)
    expansions: int = 0
    column_expansions: int = 0

    def alias(self) -> str:
        """A name for a source that no user can have given."""
        return f"__t{next(self.counter)}"

    def count_column(self, cte: Cte) -> None:
        """Stop where columns of WITH multiply each other without end."""
        self.column_expansions += 1
        if self.column_expansions > MAX_COLUMN_EXPANSIONS:
            refuse(cte.node, f"WITH columns are used more than {MAX_COLUMN_EXPANSIONS} times.")

    def expand(self, cte: Cte) -> Selected:
        """The query behind a WITH name, printed where it is used."""
        self.expansions += 1
        if self.expansions > MAX_EXPANSIONS:
            refuse(cte.node, f"WITH queries are used more than {MAX_EXPANSIONS} times.")
        if cte.rows:
            return cte.rows
        selected = self._recursive(cte) if cte.recursive else None
        selected = selected or self.select(self, cte.node, cte.ctes)
        return selected.renamed(cte.node, cte.names) if cte.names else selected

    def _recursive(self, cte: Cte) -> Selected | None:
        """WITH RECURSIVE as ClickHouse has it, or None for an entry of one part."""
        if cte.node["node"] != "SelectSetQuery":
            return None
        parts = cte.node["subsequent_select_queries"]
        if len(parts) > 1 or parts[0]["set_operator"] != "UNION ALL":
            refuse(cte.node, "WITH RECURSIVE takes one SELECT, UNION ALL and another SELECT.")
        first = self.select(self, cte.node["initial_select_query"], cte.ctes)
        name = self.alias()
        # The recursive part may add NULLs to any column.
        later = {key: unfolded(one)._replace(nullable=True) for key, one in first.columns.items()}
        held = Selected(f"SELECT * FROM {name}", later)
        held = held.renamed(cte.node, cte.names) if cte.names else held
        itself = Cte(cte.node, {}, False, rows=held)
        again = self.select(self, parts[0]["select_query"], {**cte.ctes, cte.recursive: itself})
        if len(again.columns) != len(first.columns):
            refuse(cte.node, "Both parts of WITH RECURSIVE give as many columns.")
        members = f"({first.text}) UNION ALL ({again.text})"
        pairs = zip(first.columns.items(), again.columns.values(), strict=True)
        columns = {key: common([one, other]) for (key, one), other in pairs}
        return Selected(f"WITH RECURSIVE {name} AS ({members}) SELECT * FROM {name}", columns)


@dataclass
class Scope:
    """The names one SELECT sees, and what may be said at this place of it."""

    query: Query
    ctes: Mapping[str, Cte]
    sources: dict[str, Source] = field(default_factory=dict)
    aliases: dict[str, Sql] = field(default_factory=dict)
    arguments: Mapping[str, Sql] = field(default_factory=dict)
    late: dict[str, str] = field(default_factory=dict)
    """The aliases of values known only after WHERE, and what each is."""
    using: set[str] = field(default_factory=set)
    windows: Mapping[str, Node] = field(default_factory=dict)
    clause: str = ""
    in_join: bool = False
    in_aggregate: str = ""
    """The aggregation whose argument this is."""
    in_window: bool = False
    expanding: frozenset[str] = frozenset()

    @property
    def context(self) -> Context:
        """The project."""
        return self.query.context

    def expr(self, node: Node) -> Sql:
        """Print one expression."""
        return self.query.expression(self, node)

    def within(self, **changes: Any) -> "Scope":
        """The same names at a place with other rules."""
        return replace(self, **changes)

    def resolve(self, node: Node, chain: Chain) -> Sql:
        """The value a chain of names means."""
        try:
            found = self.find(node, chain)
        except HogQLError as error:
            raise HogQLError(error.message, node.get("start"), node.get("end")) from None
        return found if found is not None else self._unresolved(node, chain)

    def find(self, node: Node, chain: Chain) -> Sql | None:
        """The value a chain of names means, or None where its first name is not known."""
        name = str(chain[0])
        if name in self.arguments:
            return descend(self.arguments[name], chain[1:], self.context)
        if len(chain) > 1 and name in self.sources:
            return self.sources[name].field(chain[1:])
        if name in self.aliases:
            if late := self.late.get(name):
                self._check_late(node, name, late)
            return descend(self.aliases[name], chain[1:], self.context)
        found = [source for source in self.sources.values() if source.owns(name)]
        if len(found) > 1 and name not in self.using:
            owners = [key for key, source in self.sources.items() if source.owns(name)]
            where = ", ".join(f"{key}.{name}" for key in owners)
            refuse(
                node,
                f"Ambiguous query. Found multiple sources for field: {name} ({where}). "
                "Use a qualified field name.",
            )
        return found[0].field(chain) if found else self._column_cte(name, chain)

    def _check_late(self, node: Node, name: str, late: str) -> None:
        windowed = late == "a window function"
        if self.clause in ("WHERE", "GROUP BY") or (windowed and self.clause == "HAVING"):
            refuse(
                node,
                f"{name} is {late} here, which cannot stand in {self.clause}; "
                f"give it another alias, or use {'QUALIFY' if windowed else 'HAVING'}.",
            )
        if self.in_aggregate or (windowed and self.in_window):
            refuse(node, f"{name} is {late} here, which cannot be nested; give it another alias.")

    def _column_cte(self, name: str, chain: Chain) -> Sql | None:
        cte = self.ctes.get(name)
        if cte is None or not cte.is_column:
            return None
        if name in self.expanding:
            refuse(cte.node, f"{name} is defined by itself.")
        self.query.count_column(cte)
        value = self.within(expanding=self.expanding | {name}).expr(cte.node)
        return descend(value, chain[1:], self.context)

    def _unresolved(self, node: Node, chain: Chain) -> Sql:
        name = str(chain[0])
        if len(chain) > 1 and name in self.sources:
            name = str(chain[1])
        if name in self.sources:
            refuse(node, f"Can't select a table when a column is expected: {name}")
        known = {
            *self.aliases,
            *(key for source in self.sources.values() for key in source.known()),
        }
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        refuse(
            node,
            f"Unable to resolve field: {name}{_advice(name, close, known if self.sources else ())}",
        )


def _advice(name: str, close: list[str], known: Collection[str]) -> str:
    if name.lower() in _UNITS:
        return f". Put the unit in quotes: '{name.lower()}'."
    if close:
        return f". Perhaps you meant {' or '.join(close)}?"
    if not known:
        return ". There is no FROM."
    return f". A property is written properties.{name}." if "properties" in known else "."
