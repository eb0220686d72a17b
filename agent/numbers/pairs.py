"""What is held against what: rows of a column, columns of a row, numbers of a sentence."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from agent.numbers.clauses import Clause, wording
from agent.numbers.direct import Grounds, columns, named
from agent.numbers.fits import Hit
from agent.numbers.results import BEFORE, Result
from agent.numbers.roles import came_from
from agent.numbers.rowsets import own_rows
from agent.numbers.words import listed, stem, stems

Pair = tuple[float, float]

"""A value, and the one it is held against."""

THAN = listed("than vs versus against compared as")

SIDES = THAN | listed("above below under over ahead behind short")
"""Words between a number and what it is measured from."""

PLACES = 6

"""Places at most that arithmetic starts from."""


def scaled(result: Result, row: int, c: int) -> float:
    """One figure, a share of one in percent."""
    value = result.at(row, c) or 0.0
    return value * 100 if result.fraction(c) else value


def focused(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> dict[int, set[int]]:
    """The columns that arithmetic is over: those words name, or those of numbers beside it."""
    if named(clause, grounds) or not found:
        return columns(clause, grounds)
    focus: dict[int, set[int]] = {}
    for hit in found:
        if hit.result < 0:
            continue
        focus.setdefault(hit.result, set()).add(hit.column)
    return focus or columns(clause, grounds)


def owned_rows(i: int, result: Result, clause: Clause) -> list[int]:
    """The rows a number is bound to, in the order in which the text names them."""
    bound = own_rows(i, clause, result) or set()
    named = [r for one in clause.own for r in sorted(one.rows.get(i, ())) if r in bound]
    return list(dict.fromkeys(named))


def near_rows(i: int, result: Result, clause: Clause, found: Sequence[Hit]) -> list[int]:
    """The rows of a result that a number and the sentence around it are about, its own first."""
    if len(result.rows) <= 2:
        return list(range(len(result.rows)))
    own = owned_rows(i, result, clause)
    around = [r for one in clause.around for r in sorted(one.rows.get(i, ()))[:PLACES]]
    hit = [h.row for h in found if h.result == i and h.row is not None]
    return list(dict.fromkeys([*own, *around, *hit]))[:PLACES]


def compared(
    clause: Clause, found: Sequence[Hit], grounds: Grounds, *, rates: bool = False
) -> Iterator[Pair]:
    """The later against the earlier, and what is named first against the other."""
    focus = focused(clause, found, grounds)
    for i, result in enumerate(grounds.results):
        chosen = {c for c in focus.get(i, ()) if (c in result.rates) or not rates} | result.rates
        if rates and not chosen:
            chosen = set(result.rates)
        rows = near_rows(i, result, clause, found)
        beside = {hit.column for hit in found if hit.result == i} if not rates else set()
        sided = bool({word.plain.lower() for word in clause.after[:4]} & SIDES)
        for c in sorted(chosen | (beside if sided else set())):
            against = list(_against(i, result, c, clause)) if sided else []
            yield from against or _down(result, rows, c, clause)
        yield from _across(result, rows, chosen)
        if len(result.rows) == 1 and clause.said & THAN:
            yield from _of_two(result, clause)
        if not rows and len(result.rows) > 1:
            yield from _over_totals(result, chosen)
    yield from _stated(clause, found, grounds)


def _down(result: Result, rows: Sequence[int], c: int, clause: Clause) -> Iterator[Pair]:
    """Rows of one column."""
    loose = not result.timed and not clause.said & THAN
    own = {row for one in clause.own for rows in one.rows.values() for row in rows}
    for a, b in combinations(rows, 2):
        if len(own) == 1 and result.timed and not own & {a, b}:
            continue
        yield from _ordered(result, a, b, c)
        if loose and not _base(result, a) and not _base(result, b):
            yield from _ordered(result, b, a, c)
    if result.stepped:
        yield from ((figure(result, r, c), figure(result, r - 1, c)) for r in rows if r)
    if result.timed:
        yield from _in_time(result, rows, [r for r in rows if r in own], c)
        if "since" in clause.said:
            last = figure(result, result.order[-1], c)
            yield from ((last, figure(result, r, c)) for r in rows)


def _in_time(result: Result, rows: Sequence[int], own: Sequence[int], c: int) -> Iterator[Pair]:
    """Rows against those just before them, and a single one against the first."""
    order = result.order
    for row in own or ([] if rows else order[-1:]):
        at = order.index(row)
        for other in {at - 1} - {-1} | ({0} - {at} if len(rows) <= 1 else set()):
            yield figure(result, row, c), figure(result, order[other], c)


def _against(i: int, result: Result, c: int, clause: Clause) -> Iterator[Pair]:
    """What stands before a number by what it is said to be above or below of."""
    sides: tuple[list[int], list[int]] = ([], [])
    for one in clause.around:
        if len(rows := one.rows.get(i, ())) == 1:
            sides[one.start > clause.mention.start].extend(rows)
    for a in sides[0]:
        for b in sides[1][:1]:
            if result.at(a, c) is not None and result.at(b, c) is not None:
                yield figure(result, a, c), figure(result, b, c)


def _ordered(result: Result, a: int, b: int, c: int) -> Iterator[Pair]:
    if result.at(a, c) is None or result.at(b, c) is None:
        return
    if result.timed:
        turned = result.order.index(a) < result.order.index(b)
    else:
        turned = _base(result, a) and not _base(result, b)
    a, b = (b, a) if turned else (a, b)
    yield figure(result, a, c), figure(result, b, c)


def figure(result: Result, row: int, c: int) -> float:
    """One figure, a rate in percent."""
    return scaled(result, row, c) if c in result.rates else result.at(row, c) or 0.0


def _base(result: Result, row: int) -> bool:
    """Whether a row is what others are held against."""
    texts = [str(result.rows[row][c]) for c in result.labels]
    return any(set(stems(text)) & (BEFORE - {stem("last")}) for text in texts)


def _across(result: Result, rows: Sequence[int], chosen: set[int]) -> Iterator[Pair]:
    """Columns of one row: now against before, where names say so."""
    for row in rows:
        for a, b in combinations(sorted(result.summable), 2):
            now, then = (b, a) if result.earlier(a) and not result.earlier(b) else (a, b)
            if not result.earlier(then):
                continue
            x, y = result.at(row, now), result.at(row, then)
            if x is not None and y is not None:
                yield x, y


def _of_two(result: Result, clause: Clause) -> Iterator[Pair]:
    """The two columns that a sentence names, the first against the second."""
    words = [word.stem for word in wording(clause.text[slice(*clause.sentence)])]
    places = {
        c: next(i for i, word in enumerate(words) if word in result.measures[c])
        for c in result.numeric
        if result.measures[c] & set(words)
    }
    if len(places) == 2:
        first, second = sorted(places, key=lambda c: places[c])
        yield figure(result, 0, first), figure(result, 0, second)


def _over_totals(result: Result, chosen: set[int]) -> Iterator[Pair]:
    for a, b in combinations(sorted(result.totals), 2):
        now, then = (b, a) if result.earlier(a) and not result.earlier(b) else (a, b)
        if result.earlier(then):
            yield result.totals[now], result.totals[then]
    if result.timed:
        for c in chosen:
            for first, second in pairwise(result.order[-2:]):
                yield figure(result, second, c), figure(result, first, c)


def _stated(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """The numbers of a sentence against one another; what comes "from" is the earlier one."""
    own = {row for one in clause.own for rows in one.rows.values() for row in rows}
    for a, b in combinations([hit for hit in found if hit.result >= 0][:PLACES], 2):
        if len(own) == 1 and grounds.results[a.result].timed and not own & {a.row, b.row}:
            continue
        if a.result == b.result and a.column != b.column and a.row != b.row:
            continue
        result = grounds.results[a.result]
        if (
            a.result == b.result
            and a.column == b.column
            and a.row is not None
            and b.row is not None
        ):
            yield from _ordered(result, a.row, b.row, a.column)
        elif came_from(clause.text, a.start) or result.earlier(a.column):
            yield b.value, a.value
        else:
            yield a.value, b.value
            if clause.text[clause.sentence[0] :].lstrip().startswith("|"):
                # The columns of a table go on in time more often than back.
                yield b.value, a.value
