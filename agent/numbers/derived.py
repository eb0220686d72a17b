"""Whether a number follows from cells that its words select: changes, shares, ratios, sums."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from statistics import fmean

from agent.numbers.clauses import Clause
from agent.numbers.direct import (
    MEAN,
    TOTAL,
    Grounds,
    Hit,
    came_from,
    columns,
    means,
    named,
    own_rows,
    rare,
)
from agent.numbers.results import Result
from agent.numbers.words import stem, stems

Pair = tuple[float, float]
"""A value, and the one it is held against."""

CHANGED = frozenset(
    "change changed difference gap delta vs versus compared than margin relative growth swing".split()
)
LOST = frozenset(
    "drop drops dropped lose lost loses not never without remaining rest other others leave left "
    "abandon abandoned fail failed didn't don't churn churned off bounce bounced away".split()
)
THAN = frozenset("than vs versus against compared as".split())
RATED = frozenset("per each ratio rate average worth cost costs every pays apiece avg a an".split())
EXTREME = re.compile(r"\b(?:slowest|fastest|top|bottom|highest|lowest|worst|best)\s$", re.IGNORECASE)
NET = frozenset("net minus remaining remain remains left open still unresolved balance".split())
OF = re.compile(r"\bof\s(?:the\s|all\s|its\s|their\s)?(?:[\w'’]+\s)?[$€£~]?$")
PLACES = 6
"""Places at most that arithmetic starts from."""


def follows(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> bool:
    """Whether a number is what one operation makes of cells that words select."""
    mention = clause.mention
    makers = {
        "percent": _percents,
        "part": _percents,
        "points": _points,
        "times": _times,
    }
    values = makers.get(mention.kind, _plain)(clause, found, grounds)
    scale = 100.0 if mention.kind == "part" else 1.0
    return any(mention.holds(value / scale) for value in values)


def _percents(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    lost = clause.said & LOST and clause.direction <= 0
    for part, whole in _shares(clause, found, grounds):
        if whole > 0 and 0 <= part <= whole:
            yield 100 * part / whole
    for part, whole in _remains(clause, found, grounds) if lost else ():
        if whole > 0:
            yield 100 - 100 * part / whole
    yield from _uncommon(clause, grounds)
    for i, result in enumerate(grounds.results):
        tail = f"p{100 - clause.mention.value:.0f}"
        if EXTREME.search(clause.lead) and any(tail in stems(name) for name in result.columns):
            yield clause.mention.value
    for i, result in enumerate(grounds.results):
        if clause.said & LOST:
            for c in result.rates:
                rows = own_rows(i, clause, result) or ()
                yield from (100 - _scaled(result, r, c) for r in rows if result.at(r, c) is not None)
    if _compares(clause):
        for now, then in _pairs(clause, found, grounds):
            if then and _agrees(clause, now - then):
                yield 100 * (now - then) / abs(then)


def _remains(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """What is lost within a row, or from one step to the next."""
    for i, result in enumerate(grounds.results):
        own = _rows(i, result, clause, found)
        for row in own:
            yield from _in_row(result, row, set())
        if result.stepped:
            yield from _steps(result, own)


def _uncommon(clause: Clause, grounds: Grounds) -> Iterator[float]:
    """Shares of rows that no label selects, where few rows' share is near."""
    if clause.own:
        return
    scale = 100.0
    for i, chosen in columns(clause, grounds).items():
        result = grounds.results[i]
        for c in chosen & set(result.totals):
            if result.totals[c] > 0 and len(result.rows) > 1:
                shares = [scale * v / result.totals[c] for v in result.column(c)]
                if rare(clause.mention, [s / (100 if clause.mention.kind == "part" else 1) for s in shares]):
                    yield from shares


def _scaled(result: Result, row: int, c: int) -> float:
    value = result.at(row, c) or 0.0
    return value * 100 if result.fraction(c) else value


def _points(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    for now, then in _pairs(clause, found, grounds, rates=True):
        if _agrees(clause, now - then):
            yield now - then


def _times(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    for now, then in _pairs(clause, found, grounds):
        if not now or not then:
            continue
        yield now / then
        verb = clause.text[clause.mention.start : clause.mention.end].lower().endswith(("ed", "ing"))
        if not verb and clause.direction <= 0:
            yield then / now
        if clause.said & {"more", "higher", "increase"} and now > then:
            yield now / then - 1
    if clause.said & RATED:
        yield from (part / whole for part, whole in _quotients(clause, found, grounds) if whole)


def _plain(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    near = clause.here or clause.said & CHANGED or clause.text[clause.segment[0]] == "("
    if near and _compares(clause):
        for now, then in _pairs(clause, found, grounds):
            if _agrees(clause, now - then):
                yield now - then
    if clause.said & NET:
        yield from (b - a for a, b in _nets(clause, found, grounds))
    if clause.said & TOTAL or clause.said & {"and", "both", "makes", "account", "reached"}:
        yield from _sums(clause, found, grounds)
    if means(clause) or clause.said & RATED:
        for part, whole in _quotients(clause, found, grounds):
            if whole:
                yield part / whole


def _nets(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """One column less another, in a row or over all, and one step less the next."""
    for i, result in enumerate(grounds.results):
        own = _owned(i, result, clause) or _rows(i, result, clause, found)
        for row in own:
            yield from _in_row(result, row, set())
        if not clause.own:
            yield from _in_totals(result, set())
    yield from ((b.value, a.value) for a, b in combinations(found[:PLACES], 2))


def _compares(clause: Clause) -> bool:
    return bool(clause.direction or clause.said & CHANGED)


def _agrees(clause: Clause, change: float) -> bool:
    return not clause.direction or not change or (change > 0) == (clause.direction > 0)


def _focus(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> dict[int, set[int]]:
    """The columns that arithmetic is over: those words name, or those of numbers beside it."""
    if named(clause, grounds) or not found:
        return columns(clause, grounds)
    focus: dict[int, set[int]] = {}
    for hit in found:
        if hit.result < 0:
            continue
        focus.setdefault(hit.result, set()).add(hit.column)
    return focus


def _owned(i: int, result: Result, clause: Clause) -> list[int]:
    """The rows a number is bound to, in the order in which the text names them."""
    bound = own_rows(i, clause, result) or set()
    named = [r for one in clause.own for r in sorted(one.rows.get(i, ())) if r in bound]
    return list(dict.fromkeys(named))


def _rows(i: int, result: Result, clause: Clause, found: Sequence[Hit]) -> list[int]:
    """The rows of a result that a number and the sentence around it are about, its own first."""
    if len(result.rows) == 2:
        return [0, 1]
    own = _owned(i, result, clause)
    around = [r for one in clause.around for r in sorted(one.rows.get(i, ()))[:PLACES]]
    hit = [h.row for h in found if h.result == i and h.row is not None]
    return list(dict.fromkeys([*own, *around, *hit]))[:PLACES]


def _shares(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """Parts of totals, later steps of earlier ones, and numbers of a sentence by one another."""
    focus = _focus(clause, found, grounds)
    if wholes := _wholes(clause, found, grounds):
        yield from ((a.value, b.value) for a in found for b in wholes if a is not b)
        for b in wholes:
            rows = _named_here(b.result, grounds, clause, found) if b.result >= 0 else []
            values = [grounds.results[b.result].at(r, b.column) for r in rows]
            yield from ((value, b.value) for value in values if value is not None)
        return
    for i, result in enumerate(grounds.results):
        chosen = focus.get(i, set())
        own = _owned(i, result, clause) or _rows(i, result, clause, found)
        asked = columns(clause, grounds).get(i, set()) if named(clause, grounds) else set()
        for r in own[:PLACES]:
            yield from _in_row(result, r, asked)
            for c in chosen & set(result.totals):
                yield result.at(r, c) or 0.0, result.totals[c]
        for one in clause.own[:1]:
            group = sorted(one.rows.get(i, ()))
            for c in chosen & set(result.totals) if len(group) > 1 else ():
                yield sum(result.at(r, c) or 0.0 for r in group), result.totals[c]
        if result.stepped:
            yield from _steps(result, own)
        yield from _together(i, result, chosen, clause, found)
        if not clause.own and len(result.rows) > 1:
            yield from _in_totals(result, asked)
    if len(asked_for(clause, grounds)) < 2:
        yield from ((a.value, b.value) for a in found for b in found if a is not b)


def _named_here(
    i: int, grounds: Grounds, clause: Clause, found: Sequence[Hit]
) -> list[int]:
    """The rows a number is bound to, else those that its sentence names."""
    result = grounds.results[i]
    return _owned(i, result, clause) or _rows(i, result, clause, found)


def _wholes(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> list[Hit]:
    """The numbers of a sentence that others are said to be a part "of"."""
    near = [hit for hit in found if OF.search(clause.text[max(0, hit.start - 24) : hit.start])]
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


def _in_row(result: Result, row: int, asked: set[int]) -> Iterator[Pair]:
    """One figure of a row by another; where words name columns, only by those."""
    yield from _crossed({c: v for c in result.summable if (v := result.at(row, c)) is not None}, asked)


def _in_totals(result: Result, asked: set[int]) -> Iterator[Pair]:
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
    rows = _rows(i, result, clause, found)
    for c in chosen & set(result.summable):
        values = [v for r in rows if (v := result.at(r, c)) is not None]
        if len(values) > 1:
            if clause.said & (TOTAL | {"both"}):
                yield sum(values), result.totals[c]
            if not clause.said & TOTAL:
                yield from ((min(a, b), max(a, b)) for a, b in combinations(values, 2))


def _pairs(
    clause: Clause, found: Sequence[Hit], grounds: Grounds, *, rates: bool = False
) -> Iterator[Pair]:
    """What is held against what: the later against the earlier, the first named against the other."""
    focus = _focus(clause, found, grounds)
    for i, result in enumerate(grounds.results):
        chosen = {c for c in focus.get(i, ()) if (c in result.rates) or not rates} | result.rates
        if rates and not chosen:
            chosen = set(result.rates)
        rows = _rows(i, result, clause, found)
        for c in sorted(chosen):
            yield from _down(result, rows, c, clause)
        yield from _across(result, rows or ([0] if len(result.rows) == 1 else []), chosen)
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
        yield from ((_value(result, r, c), _value(result, r - 1, c)) for r in rows if r)
    if result.timed and len(rows) <= 1:
        order = result.order
        at = order.index(rows[0]) if rows else len(order) - 1
        for other in {at - 1, 0} - {at, -1}:
            yield _value(result, order[at], c), _value(result, order[other], c)
    if result.timed and "since" in clause.said:
        yield from ((_value(result, result.order[-1], c), _value(result, r, c)) for r in rows)


def _ordered(result: Result, a: int, b: int, c: int) -> Iterator[Pair]:
    if result.at(a, c) is None or result.at(b, c) is None:
        return
    if result.timed and result.order.index(a) < result.order.index(b):
        a, b = b, a
    elif not result.timed and _base(result, a) and not _base(result, b):
        a, b = b, a
    yield _value(result, a, c), _value(result, b, c)


def _value(result: Result, row: int, c: int) -> float:
    return _scaled(result, row, c) if c in result.rates else result.at(row, c) or 0.0


def _base(result: Result, row: int) -> bool:
    """Whether a row is what others are held against."""
    from agent.numbers.results import BEFORE
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


def _over_totals(result: Result, chosen: set[int]) -> Iterator[Pair]:
    for a, b in combinations(sorted(result.totals), 2):
        now, then = (b, a) if result.earlier(a) and not result.earlier(b) else (a, b)
        if result.earlier(then):
            yield result.totals[now], result.totals[then]
    if result.timed:
        for c in chosen:
            for first, second in pairwise(result.order[-2:]):
                yield _value(result, second, c), _value(result, first, c)


def _stated(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """The numbers of a sentence against one another; what comes "from" is the earlier one."""
    own = {row for one in clause.own for rows in one.rows.values() for row in rows}
    for a, b in combinations([hit for hit in found if hit.result >= 0][:PLACES], 2):
        if len(own) == 1 and grounds.results[a.result].timed and not own & {a.row, b.row}:
            continue
        if a.result == b.result and a.column != b.column and a.row != b.row:
            continue
        result = grounds.results[a.result]
        if a.result == b.result and a.column == b.column and a.row is not None and b.row is not None:
            yield from _ordered(result, a.row, b.row, a.column)
        elif came_from(clause.text, a.start) or result.earlier(a.column):
            yield b.value, a.value
        else:
            yield a.value, b.value


def _sums(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    focus = _focus(clause, found, grounds)
    for i, result in enumerate(grounds.results):
        chosen = focus.get(i, set()) & set(result.summable)
        rows = _rows(i, result, clause, found)
        for c in chosen:
            values = [v for r in rows if (v := result.at(r, c)) is not None]
            if len(values) > 1:
                yield sum(values)
        for r in rows[:1]:
            values = [v for c in result.summable if (v := result.at(r, c)) is not None]
            yield sum(values)
        around = [r for one in clause.around for r in one.rows.get(i, ())]
        for one in clause.around:
            group = one.rows.get(i, frozenset())
            if len(group) > 1:
                yield from (sum(result.at(r, c) or 0 for r in group) for c in chosen)
        if len(around) > PLACES:
            yield from (sum(result.at(r, c) or 0 for r in set(around)) for c in chosen)
    if len(found) > 1:
        yield sum(hit.value for hit in found)


def _quotients(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """So much of one column per one of another."""
    for i, result in enumerate(grounds.results):
        rows = _owned(i, result, clause) or _rows(i, result, clause, found)
        rows = rows or ([0] if len(result.rows) == 1 else [])
        usable = [c for c in result.numeric if c not in result.rates]
        for r in rows:
            values = [v for c in usable if (v := result.at(r, c)) is not None]
            yield from ((max(a, b), min(a, b)) for a, b in combinations(values, 2))
        if not own_rows(i, clause, result):
            totals = list(result.totals.values())
            yield from ((max(a, b), min(a, b)) for a, b in combinations(totals, 2))
        if len(result.rows) > 1 and means(clause):
            yield from ((fmean(result.column(c)), 1.0) for c in result.summable)
    yield from ((a.value, b.value) for a in found for b in found if a is not b)
