"""Whether a number stands in a result: in the row and column that its words select."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median

from agent.numbers.clauses import Clause, selected
from agent.numbers.fits import Hit, fits, rare
from agent.numbers.mentions import Mention
from agent.numbers.results import Result
from agent.numbers.roles import TOTAL, came_from, came_to, carried, means, pinned, roles_of, versus
from agent.numbers.rowsets import around_rows, earlier_rows, later_rows, own_rows
from agent.numbers.words import alike, listed

FEW = 3

UNFINISHED = listed("unfinished incomplete partial excluding complete full finished")
"""Words of means that leave the last period out."""


@dataclass(frozen=True)
class Grounds:
    """What numbers may be founded on."""

    results: Sequence[Result]
    said: Sequence[Mention] = ()
    """Numbers of the question and of other words that are no model's."""

    spans: Sequence[float] = ()
    """Lengths of the periods in question, in days."""

    cache: dict[int, dict[int, set[int]]] = field(default_factory=dict)
    named: set[int] = field(default_factory=set)
    """Where numbers stand whose column words name."""


def columns(clause: Clause, grounds: Grounds) -> dict[int, set[int]]:
    """The columns of each result that a number may be of."""
    key = clause.mention.start
    if key not in grounds.cache:
        found = {i: selected(result, i, clause) for i, result in enumerate(grounds.results)}
        named = {i: one for i, one in found.items() if one is not None}
        if named:
            grounds.named.add(key)
        grounds.cache[key] = named or {i: set(r.numeric) for i, r in enumerate(grounds.results)}
    return grounds.cache[key]


def named(clause: Clause, grounds: Grounds) -> bool:
    """Whether words name the column of a number."""
    columns(clause, grounds)
    return clause.mention.start in grounds.named


def _where(clause: Clause, grounds: Grounds) -> dict[int, set[int]]:
    """The columns in which a number is looked up."""
    chosen = columns(clause, grounds)
    shown = {i: set(r.numeric) & r.rates for i, r in enumerate(grounds.results)}
    if clause.mention.kind in ("percent", "part", "points"):
        rated = {i: cs & shown[i] for i, cs in chosen.items() if cs & shown[i]}
        if rated or _named_after(clause, grounds):
            return rated
        return shown
    if clause.mention.kind == "duration" and clause.mention.unit in ("ms", "s", "m", "h"):
        clocks = {i: {c for c in r.numeric if r.clock(c)} for i, r in enumerate(grounds.results)}
        timed = {i: cs & clocks[i] for i, cs in chosen.items() if cs & clocks[i]}
        return timed or (clocks if any(clocks.values()) else chosen)
    if clause.mention.kind == "duration" and clause.mention.unit in ("d", "w"):
        return {
            i: cs | {c for c in grounds.results[i].numeric if grounds.results[i].clock(c)}
            for i, cs in chosen.items()
        }
    if named(clause, grounds) and not clause.part():
        return chosen
    chosen = {i: set(r.numeric) for i, r in enumerate(grounds.results)} if clause.part() else chosen
    return {i: (cs - shown[i]) or cs for i, cs in chosen.items()}


def _named_after(clause: Clause, grounds: Grounds) -> bool:
    """Whether the words after a number name a column."""
    following = [word.stem for word in clause.after[:5]]
    following += [a + b for a, b in pairwise(following)]
    return any(
        alike(word, w)
        for result in grounds.results
        for c in result.numeric
        for word in result.measures[c]
        for w in following
    )


def hits(clause: Clause, grounds: Grounds) -> list[Hit]:
    """The cells, totals and means that a number is."""
    chosen = _where(clause, grounds)
    return [
        hit
        for i in chosen
        for hit in _candidates(i, chosen[i], clause, grounds)
        if fits(clause, grounds.results[i], hit)
    ]


def _candidates(i: int, chosen: set[int], clause: Clause, grounds: Grounds) -> Iterator[Hit]:
    """What a number may be: cells of its rows, or what stands for all rows."""
    result, start = grounds.results[i], clause.mention.start
    rows = own_rows(i, clause, result)
    place, size = clause.run
    listed_rows = [r for r in result.order if not rows or r in rows]
    if size > 2 and result.timed and len(listed_rows) == size:
        yield from _cells(i, result, [listed_rows[place]], chosen, start)
        return
    if rows:
        yield from _of_rows(i, result, rows, chosen, clause)
    elif _beside(result, clause):
        yield from _cells(i, result, range(len(result.rows)), chosen, start)
    if rows is None or clause.whole() or clause.said & TOTAL:
        yield from _whole(i, result, chosen, clause)
    if clause.whole():
        yield from _cells(i, result, around_rows(i, clause), chosen, start)
    if rows is None:
        yield from _unbound(i, result, chosen, clause)


def _of_rows(
    i: int, result: Result, rows: set[int], chosen: set[int], clause: Clause
) -> Iterator[Hit]:
    """Cells of the rows that a number is bound to, and of those it came from or went to."""
    start = clause.mention.start
    if clause.direction and not pinned(clause):
        if came_to(clause.text, start):
            yield from _cells(i, result, later_rows(result, rows), chosen, start)
        if came_from(clause.text, start):
            yield from _cells(
                i, result, earlier_rows(result, rows) | around_rows(i, clause), chosen, start
            )
    if versus(clause.text, start):
        yield from _cells(i, result, around_rows(i, clause), chosen, start)
    if carried(clause):
        yield from _roled(i, result, chosen, clause)
    yield from _bounded(i, result, rows, chosen, clause)
    if len(rows) > 1:
        yield from _over(i, result, rows, chosen, clause)


def _unbound(i: int, result: Result, chosen: set[int], clause: Clause) -> Iterator[Hit]:
    """What a number without a label of its own may be."""
    for one in clause.around:
        if len(one.rows.get(i, ())) > 1 and not one.dated:
            yield from _over(i, result, set(one.rows[i]), chosen, clause)
    yield from _loose(i, result, chosen, clause)


def _bounded(
    i: int, result: Result, rows: set[int], chosen: set[int], clause: Clause
) -> Iterator[Hit]:
    """Cells of the rows of a label; of many rows only those that fit by no accident."""
    start = clause.mention.start
    if len(rows) <= FEW:
        yield from _cells(i, result, rows, chosen, start)
        return
    ends = [row for row in result.order if row in rows] or sorted(rows)
    yield from _cells(i, result, {ends[0], ends[-1]}, chosen, start)
    for c in chosen:
        present = [(v, r) for r in rows if (v := result.at(r, c)) is not None]
        if not present:
            continue
        roles = roles_of(clause)
        yield from (Hit(i, r, c, v, start) for v, r in {max(present), min(present)} if roles)
        if rare(clause.mention, [v for v, _ in present]):
            yield from (Hit(i, r, c, v, start) for v, r in present)


def _beside(result: Result, clause: Clause) -> bool:
    """Whether a result without the labels of a number may still hold it."""
    return len(result.rows) == 1 and all(one.dated for one in clause.own)


def _cells(i: int, result: Result, rows: Sequence[int] | set[int] | range, chosen: set[int],
           start: int) -> Iterator[Hit]:  # fmt: skip
    for row in rows:
        for c in chosen:
            value = result.at(row, c)
            if value is not None:
                yield Hit(i, row, c, value, start)


def _over(
    i: int, result: Result, rows: set[int], chosen: set[int], clause: Clause
) -> Iterator[Hit]:
    """Sums and means over several rows that one label selects, as days of a month."""
    for c in chosen:
        values = [v for row in rows if (v := result.at(row, c)) is not None]
        if len(values) > 1 and all(len(one.rows.get(i, ())) != 1 for one in clause.own):
            if c in result.summable:
                yield Hit(i, None, c, sum(values), clause.mention.start)
            if means(clause):
                yield Hit(i, None, c, fmean(values), clause.mention.start)


def _whole(i: int, result: Result, chosen: set[int], clause: Clause) -> Iterator[Hit]:
    """Totals of columns, and their means where words ask for one."""
    start = clause.mention.start
    for c in chosen:
        values = result.column(c)
        if c in result.totals and len(values) > 1:
            yield Hit(i, None, c, result.totals[c], start)
        if values and means(clause) and not clause.own:
            yield Hit(i, None, c, fmean(values), start)
            if result.timed and len(values) > 2 and clause.said & UNFINISHED:
                kept = [v for r in result.order[:-1] if (v := result.at(r, c)) is not None]
                yield Hit(i, None, c, fmean(kept), start)
        if values and "median" in clause.said and not clause.own:
            yield Hit(i, None, c, median(values), start)


def _loose(i: int, result: Result, chosen: set[int], clause: Clause) -> Iterator[Hit]:
    """Cells of rows that no label selects: the largest, the last, or one that fits uniquely."""
    start = clause.mention.start
    if roles_of(clause):
        yield from _roled(i, result, chosen, clause)
        return
    if result.timed:
        yield from _cells(i, result, {result.order[0], result.order[-1]}, chosen, start)
    rows = {r for one in clause.earlier for r in one.rows.get(i, ())}
    yield from _cells(i, result, rows, chosen, start)
    if clause.said & TOTAL and len(result.rows) > 1:
        return
    for c in chosen:
        scale = 100.0 if clause.mention.kind == "percent" and result.fraction(c) else 1.0
        if rare(clause.mention, [v * scale for v in result.column(c)]):
            yield from _cells(i, result, range(len(result.rows)), {c}, start)


def _roled(i: int, result: Result, chosen: set[int], clause: Clause) -> Iterator[Hit]:
    """The largest, the smallest, the first or the last, where words say so."""
    roles, start = roles_of(clause), clause.mention.start
    for c in chosen:
        present = [(v, r) for r, row in enumerate(result.figures) if (v := row[c]) is not None]
        if present and 1 in roles:
            yield Hit(i, max(present)[1], c, max(present)[0], start)
        if present and -1 in roles:
            yield Hit(i, min(present)[1], c, min(present)[0], start)
    near = {word.plain.lower() for word in (*clause.before[:4], *clause.after[:3])}
    if result.timed and near & {"first", "last", "latest", "final", "now", "recent", "initially"}:
        yield from _cells(i, result, {result.order[0], result.order[-1]}, chosen, start)
