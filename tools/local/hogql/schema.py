"""What a table of HogQL is: its columns, how they are computed, and the tables it leads to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.kinds import Kind
from tools.local.hogql.context import Context


@dataclass(frozen=True)
class Column:
    """One column: its type, and its expression where it is not the column itself.

    In an expression `{t}` is the table, `{name}` another column of it, `{link.column}` a column of
    a joined table, `{=key}` an event property and `{name=key}` a property out of another column.
    """

    kind: Kind
    expression: str = ""
    nullable: bool = False
    scope: str = ""
    """Whose properties a JSON column holds, as property definitions call it."""
    visible: bool = True
    """Whether `*` stands for it too."""
    is_person: bool = False
    """Whether it says whose an event is today, which a column of the project may hold ready."""


@dataclass(frozen=True)
class Link:
    """Another table reached by a name, as person or session from events."""

    table: str
    on: str
    """The condition; `{j.column}` is a column of the table reached."""
    hidden: bool = False
    """Whether only expressions of tables may use it."""


@dataclass(frozen=True)
class Table:
    """One table: where its rows come from, its columns and what it leads to."""

    name: str
    base: str | Callable[[Context], str]
    """A table of ClickHouse, or what stands in FROM in its place."""
    columns: Mapping[str, Column]
    links: Mapping[str, Link] = field(default_factory=dict)
    virtual: Mapping[str, Mapping[str, Column]] = field(default_factory=dict)
    """Names with fields of their own: person → id, properties …."""
    where: str = ""
    group_by: str = ""
    final: bool = False
    computed: bool = False
    """Whether its columns are expressions only."""
    clock: str = ""
    """The expression that the time bounds of a query hold for, with slack."""
    scope: str = ""
    """What a key must hold to read it."""

    @property
    def of_team(self) -> bool:
        """Whether its rows have a team_id: those of PostHog's own tables of data."""
        return "." not in self.name and self.name != "numbers"

    @property
    def derived(self) -> bool:
        """Whether its rows are computed, so that it stands in a query of its own."""
        return self.final or self.computed or bool(self.group_by)

    def readable(self, context: Context) -> bool:
        """Whether who asks may read it."""
        return not self.scope or context.covers(f"{self.scope}:read")


def text(*, nullable: bool = False) -> Column:
    """A column of text that is there as it is."""
    return Column(Kind.STRING, nullable=nullable)
