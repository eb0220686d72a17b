"""Shares and ratios as findings: alone, over time, or split."""

from collections.abc import Sequence
from typing import Any

from agent.answer import AnswerTable
from agent.planner import sentences
from agent.planner.plan import Plan
from agent.planner.sentences import amount

Row = tuple[Any, ...]


def quotient(plan: Plan, part: float | None, base: float | None) -> float | None:
    """The part in percent of the whole, or divided by it; None without a whole."""
    if not base:
        return None
    value = (part or 0) / base
    return round(100 * value, 2) if plan.share else round(value, 4)


def said(plan: Plan, value: float | None) -> str:
    """A share or ratio as people write it."""
    if value is None:
        return "no value"
    return f"{value:g} %" if plan.share else amount(value)


def names(plan: Plan) -> tuple[str, str]:
    """What the part and the whole are, each with its own conditions."""
    said = []
    for measure in plan.measures:
        own = sentences.filtered(measure.filters)
        said.append(sentences.measured(measure) + (f" where {own}" if own else ""))
    return said[0], said[1]


def table(plan: Plan, keys: Sequence[str], rows: Sequence[Row], whole: bool = True) -> AnswerTable:
    """Part, whole and what they make, for each row of keys and two values."""
    columns = (*keys, "part", "whole", "percent" if plan.share else "ratio")
    made = tuple((*row, quotient(plan, row[-2], row[-1])) for row in rows)
    return AnswerTable(columns, made, whole, len(made) if whole else None)


def overall(plan: Plan, rows: Sequence[Row], where: str) -> str:
    """The share or ratio over all rows, where the values add up, in one sentence."""
    part, base = (sum(row[n] or 0 for row in rows) for n in (-2, -1))
    own, all_of = names(plan)
    joint = "of" if plan.share else "to"
    if not base:
        return f"There were no {all_of}{where}, so there is no ratio"
    figure = said(plan, quotient(plan, part, base))
    return f"{figure}: {amount(part)} {own} {joint} {amount(base)} {all_of}{where}"


def extreme(plan: Plan, made: AnswerTable) -> str:
    """The row with the highest share or ratio, or the lowest where that was asked for."""
    known = [row for row in made.rows if row[-1] is not None and row[0] not in (None, "")]
    if not known:
        return ""
    best = (min if plan.ascending else max)(known, key=lambda row: row[-1])
    name = ", ".join(str(cell) for cell in best[:-3])
    return f"; {'lowest' if plan.ascending else 'highest'}: {name} with {said(plan, best[-1])}"
