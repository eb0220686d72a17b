"""Finding: what the results of a plan say, before it becomes an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent.answer import AnswerTable
from tools.insights import numbered


@dataclass(frozen=True)
class Finding:
    """A headline, the tables behind it, and remarks."""

    headline: str
    tables: tuple[AnswerTable, ...] = ()
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    method: str = ""
    """How it was counted, where a remark says so in numbers that no result holds."""

    empty: bool = False
    """Whether there was nothing at all to find."""

    doubtful: bool = False
    """Whether there is nothing at an edge, which may not have been tracked then."""


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    whole: bool = True,
    total: int | None = None,
) -> AnswerTable:
    """A table whose columns have names of their own; `total` where rows were left out knowingly."""
    kept = tuple(tuple(row) for row in rows)
    size = total if total is not None else len(kept) if whole else None
    return AnswerTable(tuple(numbered(columns)), kept, whole and size == len(kept), size)


def cut(found: AnswerTable, limit: int) -> AnswerTable:
    """The first rows of a table."""
    if len(found.rows) <= limit:
        return found
    return AnswerTable(found.columns, found.rows[:limit], False, found.total_rows)
