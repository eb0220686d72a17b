"""What stands in a FROM: a table with what it needs joined to it, or a query."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tools.kinds import Kind
from tools.local.hogql import channel, properties
from tools.local.hogql.catalogue import TABLES
from tools.local.hogql.context import Context
from tools.local.hogql.errors import HogQLError
from tools.local.hogql.kinds import Sql, unfolded
from tools.local.hogql.literals import identifier, string
from tools.local.hogql.schema import Column, Table

Chain = Sequence[str | int]
TEAM = "team_id"
_HOLE = re.compile(r"\{([^}]+)\}")


class Source(Protocol):
    """Something a query reads from."""

    @property
    def names(self) -> Sequence[str]:
        """What `*` stands for."""
        ...

    def field(self, chain: Chain) -> Sql | None:
        """The value a chain of names leads to, or None if the first is not known."""
        ...

    def sql(self) -> str:
        """The source as FROM shows it; complete once all fields have been asked for."""
        ...

    def owns(self, name: str) -> bool:
        """Whether a chain may begin with that name."""
        ...

    def known(self) -> Iterator[str]:
        """Every name that can be asked for."""
        ...


@dataclass
class TableSource:
    """A table of the catalogue under an alias.

    A derived one is a query of its own that computes just the columns asked for.
    """

    table: Table
    alias: str
    context: Context
    derived: bool
    columns: dict[str, str] = field(default_factory=dict)
    joined: dict[str, "TableSource"] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    within: dict[str, None] = field(default_factory=dict)
    """Bounds that the clock of the table keeps, as `>= toDateTime64(…)`."""

    @property
    def names(self) -> Sequence[str]:
        """What `*` stands for."""
        return [name for name, column in self.table.columns.items() if column.visible]

    def known(self) -> Iterator[str]:
        """Every name that can be asked for."""
        yield from self.table.columns
        yield from self.table.virtual
        yield from (name for name, link in self.table.links.items() if not link.hidden)

    def owns(self, name: str) -> bool:
        """Whether a chain may begin with that name."""
        first = self._group(name)
        link = self.table.links.get(first)
        linked = link is not None and not link.hidden
        return (
            (name == TEAM and self.table.of_team)
            or linked
            or first in self.table.columns
            or first in self.table.virtual
        )

    def field(self, chain: Chain) -> Sql | None:
        """The value a chain of names leads to, or None if the first is not known."""
        first = self._group(str(chain[0]))
        if first in self.table.virtual:
            return self._virtual(first, chain)
        if first in self.table.links and not self.table.links[first].hidden:
            return self._linked(first, chain)
        if first == TEAM and self.table.of_team and len(chain) == 1:
            # A bare number in GROUP BY would be the place of a column.
            return self._project(
                TEAM, Sql(f"toInt64({self.context.team})", Kind.INTEGER, nullable=False)
            )
        column = self.table.columns.get(first)
        return None if column is None else self._column(first, column, chain[1:])

    def sql(self) -> str:
        """The source as FROM shows it; complete once all fields have been asked for."""
        joins = "".join(self._joins())
        base = (
            self.table.base if isinstance(self.table.base, str) else self.table.base(self.context)
        )
        if not self.derived:
            return f"{base} AS {self.alias}{joins}"
        columns = [f"{text} AS {identifier(name)}" for name, text in self.columns.items()] or ["1"]
        final = " FINAL" if self.table.final else ""
        tests = [self._fill(test) for test in (self.table.where,) if test]
        tests += [f"{self._fill(self.table.clock)} {bound}" for bound in self.within]
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        grouped = f" GROUP BY {self._fill(self.table.group_by)}" if self.table.group_by else ""
        return (
            f"(SELECT {', '.join(columns)} FROM {base} AS {self._inner}{final}"
            f"{joins}{where}{grouped}) AS {self.alias}"
        )

    @property
    def _inner(self) -> str:
        return f"{self.alias}_inner" if self.derived else self.alias

    def _group(self, name: str) -> str:
        """A group by the name of its type, as company for group_0."""
        if "group_0" in self.table.links and name in self.context.group_types:
            return f"group_{self.context.group_types.index(name)}"
        return name

    def _virtual(self, name: str, chain: Chain) -> Sql:
        fields = self.table.virtual[name]
        if len(chain) < 2:
            raise _not_a_column(name)
        column = fields.get(str(chain[1]))
        if column is None:
            raise HogQLError(
                f"Unable to resolve field: {chain[1]} on {name}; it has {', '.join(fields)}."
            )
        return self._column(f"{name}.{chain[1]}", column, chain[2:])

    def _linked(self, name: str, chain: Chain) -> Sql:
        if len(chain) < 2:
            raise _not_a_column(name)
        link = self._join(name)
        found = link.field(chain[1:])
        if found is None:
            raise HogQLError(f"Unable to resolve field: {chain[1]} on {name}.")
        return self._project(".".join(map(str, chain)), found)

    def _column(self, name: str, column: Column, path: Chain) -> Sql:
        template = self._template(name, column)
        if path and column.kind is not Kind.JSON:
            raise HogQLError(f"{name} is a {column.kind.value} and has no field {path[0]}.")
        if path:
            return self._property(name, template, column.scope, path)
        value = Sql(self._fill(template), column.kind, column.nullable, scope=column.scope)
        return self._project(name, self._zoned(value))

    def _template(self, name: str, column: Column) -> str:
        if column.is_person and (ready := self.context.person_of_event()):
            return f"{{t}}.{ready}"
        return column.expression or f"{{t}}.{identifier(name)}"

    def _property(self, name: str, template: str, scope: str, path: Chain) -> Sql:
        if name == "properties" and self.table.name == "events" and len(path) == 1:
            raw = self._event_property(str(path[0]))
        else:
            raw = properties.extract(self._fill(template), path)
        held = self._project(".".join([name, *map(str, path)]), Sql(raw, Kind.STRING))
        return properties.typed(held.text, path, scope, self.context)

    def _project(self, name: str, value: Sql) -> Sql:
        """The value as the outside sees it: a derived source shows it under a name."""
        if not self.derived:
            return value
        self.columns[name] = value.bare or value.text
        text = f"{self.alias}.{identifier(name)}"
        return self._zoned(replace_text(value, text))

    def _zoned(self, value: Sql) -> Sql:
        if value.kind is not Kind.DATETIME or self.context.timezone == "UTC":
            return value._replace(bare=value.text if value.kind is Kind.DATETIME else "")
        text = f"toTimeZone({value.text}, {string(self.context.timezone)})"
        return value._replace(text=text, bare=value.text)

    def _fill(self, template: str) -> str:
        return _HOLE.sub(self._hole, template)

    def _hole(self, match: re.Match[str]) -> str:
        name = match[1]
        if name == "t":
            return self._inner
        if name.startswith("#"):
            return channel.constants()[name[1:]]
        column, equals, key = name.partition("=")
        if equals:
            return self._extracted(column, key)
        link, dot, column = name.partition(".")
        if not dot:
            return self._fill(self._template(name, self.table.columns[name]))
        found = self._join(link).field([column])
        assert found is not None
        return found.bare or found.text

    def _extracted(self, column: str, key: str) -> str:
        """A property that an expression of a table needs; one no event has is not looked for."""
        if column:
            return properties.extract(f"{self._inner}.{column}", [key])
        if self.context.seen is not None and key not in self.context.seen:
            return "CAST(NULL, 'Nullable(String)')"
        return self._event_property(key)

    def _event_property(self, key: str) -> str:
        physical = self.context.materialised.get(("events", key))
        if physical:
            return f"{self._inner}.{identifier(physical)}"
        return properties.extract(f"{self._inner}.properties", [key])

    def _join(self, name: str) -> "TableSource":
        if name not in self.joined:
            link = self.table.links[name]
            source = TableSource(
                TABLES[link.table], f"{self.alias}_{name}", self.context, derived=True
            )
            on = link.on.replace("{j.", f"{{{name}.")
            self.joined[name] = source
            self.conditions[name] = self._fill(on)
            self.joined[name] = self.joined.pop(name)
        return self.joined[name]

    def _joins(self) -> Iterator[str]:
        for name, source in self.joined.items():
            yield f" LEFT JOIN {source.sql()} ON {self.conditions[name]}"


@dataclass
class QuerySource:
    """A query in FROM under an alias."""

    text: str
    alias: str
    columns: Mapping[str, Sql]
    context: Context

    @property
    def names(self) -> Sequence[str]:
        """What `*` stands for."""
        return list(self.columns)

    def owns(self, name: str) -> bool:
        """Whether a chain may begin with that name."""
        return name in self.columns

    def known(self) -> Iterator[str]:
        """Every name that can be asked for."""
        return iter(self.columns)

    def field(self, chain: Chain) -> Sql | None:
        """The value a chain of names leads to, or None if the first is not known."""
        inner = self.columns.get(str(chain[0]))
        if inner is None:
            return None
        text = f"{self.alias}.{identifier(str(chain[0]))}"
        value = unfolded(Sql(text, inner.kind, inner.nullable, scope=inner.scope))
        return descend(value, chain[1:], self.context)

    def sql(self) -> str:
        """The source as FROM shows it."""
        return f"({self.text}) AS {self.alias}"


def descend(value: Sql, path: Chain, context: Context) -> Sql:
    """A value's property, where it is properties."""
    if not path:
        return value
    if value.kind is not Kind.JSON:
        raise HogQLError(f"A {value.kind.value} has no field {path[0]}.")
    return properties.typed(properties.extract(value.text, path), path, value.scope, context)


def replace_text(value: Sql, text: str) -> Sql:
    """The same kind of value under another name."""
    return Sql(text, value.kind, value.nullable, scope=value.scope, raw=text if value.raw else "")


def _not_a_column(name: str) -> HogQLError:
    return HogQLError(f"Can't select a table when a column is expected: {name}")
