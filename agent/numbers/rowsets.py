"""The rows that a number is bound to, and those around them."""

from agent.numbers.clauses import Clause
from agent.numbers.results import Result


def earlier_rows(result: Result, rows: set[int]) -> set[int]:
    """The rows just before some, and the first one."""
    if not result.timed:
        return set()
    places = {max(0, result.order.index(row) - 1) for row in rows}
    return {result.order[place] for place in (*places, 0)}


def later_rows(result: Result, rows: set[int]) -> set[int]:
    """The rows just after some, and the last one."""
    if not result.timed:
        return set()
    last = len(result.order) - 1
    places = {min(last, result.order.index(row) + 1) for row in rows}
    return {result.order[place] for place in (*places, last)}


def own_rows(i: int, clause: Clause, result: Result) -> set[int] | None:
    """The rows of a result that a number is bound to; None where nothing binds it."""
    rows = {row for one in clause.own for row in one.rows.get(i, ())}
    if not rows and (not result.timed or not clause.own) and all(one.dated for one in clause.own):
        return None
    for one in clause.around:
        if one not in clause.own and (common := rows & one.rows.get(i, frozenset())):
            rows = common
    return rows


def around_rows(i: int, clause: Clause) -> set[int]:
    """The rows that any label of the sentence is about."""
    return {row for one in clause.around for row in one.rows.get(i, ())}
