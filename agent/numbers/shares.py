"""What is a share of what: rows of totals, steps of steps, numbers of a sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from agent.numbers.clauses import Clause
from agent.numbers.direct import Grounds, columns, named
from agent.numbers.fits import Hit, rare
from agent.numbers.joint import together
from agent.numbers.pairs import PLACES, Pair, focused, near_rows, owned_rows
from agent.numbers.results import Result
from agent.numbers.roles import TOTAL

OF = re.compile(r"\bof\s(?:the\s|all\s|its\s|their\s)?(?:[\w'’]+\s)?[$€£~]?$", re.IGNORECASE)

OF_THOSE = re.compile(r"\s(?:\w+\s)?of\s(?:those|these|them)\b", re.IGNORECASE)


def remains(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """What is lost within a row, or from one step to the next."""
    for i, result in enumerate(grounds.results):
        own = near_rows(i, result, clause, found)
        for row in own:
            yield from in_row(result, row, set())
        if result.stepped:
            yield from _steps(result, own)


def lost(grounds: Grounds) -> Iterator[Pair]:
    """Steps of a funnel by the ones before."""
    for result in grounds.results:
        if result.stepped:
            yield from _steps(result, range(len(result.rows)))


def uncommon(clause: Clause, grounds: Grounds) -> Iterator[float]:
    """Shares of rows that no label selects, where few rows' share is near."""
    if clause.own:
        return
    scale = 100.0
    for i, chosen in columns(clause, grounds).items():
        result = grounds.results[i]
        for c in chosen & set(result.totals):
            if result.totals[c] > 0 and len(result.rows) > 1:
                shares = [scale * v / result.totals[c] for v in result.column(c)]
                if rare(
                    clause.mention,
                    [s / (100 if clause.mention.kind == "part" else 1) for s in shares],
                ):
                    yield from shares


def shares(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """Parts of totals, later steps of earlier ones, and numbers of a sentence by one another."""
    if wholes := _wholes(clause, found, grounds):
        yield from _stated_parts(clause, found, wholes, grounds)
        return
    focus = focused(clause, found, grounds)
    for i, result in enumerate(grounds.results):
        chosen = focus.get(i, set())
        own = _named_here(i, grounds, clause, found)
        asked = columns(clause, grounds).get(i, set()) if named(clause, grounds) else set()
        yield from _of_totals(i, result, own, chosen, clause)
        yield from (pair for r in own[:PLACES] for pair in in_row(result, r, asked))
        if result.stepped:
            yield from _steps(result, own)
        yield from _together(i, result, chosen, clause, found)
        for c in chosen & set(result.totals):
            for group in together(i, clause):
                yield sum(result.at(r, c) or 0.0 for r in group), result.totals[c]
        if not clause.own and len(result.rows) > 1:
            yield from in_totals(result, asked)
    if len(asked_for(clause, grounds)) < 2:
        yield from _beside(clause, found)


def _stated_parts(
    clause: Clause, found: Sequence[Hit], wholes: Sequence[Hit], grounds: Grounds
) -> Iterator[Pair]:
    """What a sentence says to be a part "of" a number, by that number."""
    yield from ((a.value, b.value) for a in found for b in wholes if a is not b)
    for b in wholes:
        for group in together(b.result, clause) if b.result >= 0 else ():
            yield sum(grounds.results[b.result].at(r, b.column) or 0.0 for r in group), b.value
        if b.result < 0:
            yield from _of_derived(clause, found, b.value, grounds)
            continue
        rows = _named_here(b.result, grounds, clause, found)
        values = [grounds.results[b.result].at(r, b.column) for r in rows]
        yield from ((value, b.value) for value in values if value is not None)


def _of_derived(
    clause: Clause, found: Sequence[Hit], whole: float, grounds: Grounds
) -> Iterator[Pair]:
    """Figures of the rows that a number names by what several rows add up to."""
    for i, result in enumerate(grounds.results):
        for r in owned_rows(i, result, clause) or near_rows(i, result, clause, found)[:1]:
            yield from ((v, whole) for c in result.summable if (v := result.at(r, c)) is not None)


def _of_totals(
    i: int, result: Result, own: Sequence[int], chosen: set[int], clause: Clause
) -> Iterator[Pair]:
    """Figures of rows, and of the rows of one label together, by the totals of their columns."""
    group = [one.rows.get(i, frozenset()) for one in clause.own[:1]]
    for c in chosen & set(result.totals):
        yield from ((result.at(r, c) or 0.0, result.totals[c]) for r in own[:PLACES])
        for rows in group:
            if len(rows) > 1:
                yield sum(result.at(r, c) or 0.0 for r in rows), result.totals[c]


def _beside(clause: Clause, found: Sequence[Hit]) -> Iterator[Pair]:
    """The numbers of a sentence by one another, one of them of the number's own row."""
    own = {row for one in clause.own for rows in one.rows.values() for row in rows}
    for a in found:
        for b in found:
            near = len(own) != 1 or None in (a.row, b.row) or own & {a.row, b.row}
            if a is not b and near:
                yield a.value, b.value


def _named_here(i: int, grounds: Grounds, clause: Clause, found: Sequence[Hit]) -> list[int]:
    """The rows a number is bound to, else those that its sentence names."""
    result = grounds.results[i]
    return owned_rows(i, result, clause) or near_rows(i, result, clause, found)


def _wholes(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> list[Hit]:
    """The numbers of a sentence that others are said to be a part "of"."""
    near = [hit for hit in found if OF.search(clause.text[max(0, hit.start - 24) : hit.start])]
    if OF_THOSE.match(clause.text, clause.mention.end):
        return [hit for hit in found if hit.result < 0 and hit.start < clause.mention.start]
    if not clause.own:
        return near
    rows = {(i, row) for one in clause.own for i, rows in one.rows.items() for row in rows}
    return [hit for hit in near if hit.row is None or (hit.result, hit.row) in rows]


def asked_for(clause: Clause, grounds: Grounds) -> set[tuple[int, int]]:
    """The columns that words name."""
    if not named(clause, grounds):
        return set()
    return {(i, c) for i, cs in columns(clause, grounds).items() for c in cs}


def _steps(result: Result, own: Sequence[int]) -> Iterator[Pair]:
    """A step by the one before it and by the first one; all of the way where none is named."""
    last = len(result.rows) - 1
    for c in result.summable:
        for row in [row for row in own if row] or [last]:
            for other in {0, row - 1} - {-1, row}:
                yield result.at(row, c) or 0.0, result.at(other, c) or 0.0


def in_row(result: Result, row: int, asked: set[int]) -> Iterator[Pair]:
    """One figure of a row by another, or by all of a row of parts; where words name columns."""
    if len(result.rows) == 1 and 1 < len(result.summable) < 5:
        parts = {c: v for c in result.summable if (v := result.at(row, c)) is not None}
        yield from ((parts[c], sum(parts.values())) for c in asked & set(parts))
    yield from _crossed(
        {c: v for c in result.summable if (v := result.at(row, c)) is not None}, asked
    )


def in_totals(result: Result, asked: set[int]) -> Iterator[Pair]:
    """One total by another."""
    yield from _crossed(result.totals, asked)


def _crossed(values: Mapping[int, float], asked: set[int]) -> Iterator[Pair]:
    asked = asked & set(values)
    for c, d in combinations(values, 2):
        if len(asked & {c, d}) == min(2, len(asked)):
            a, b = values[c], values[d]
            yield min(a, b), max(a, b)


def _together(
    i: int, result: Result, chosen: set[int], clause: Clause, found: Sequence[Hit]
) -> Iterator[Pair]:
    """Several rows' share of all, and one row's share of another."""
    rows = near_rows(i, result, clause, found)
    for c in chosen & set(result.summable):
        values = [v for r in rows if (v := result.at(r, c)) is not None]
        if len(values) > 1:
            if clause.said & (TOTAL | {"both", "make", "makes", "account", "accounts"}):
                yield sum(values), result.totals[c]
            if not clause.said & TOTAL:
                yield from ((min(a, b), max(a, b)) for a, b in combinations(values, 2))
