"""Whether a number follows from cells that its words select: changes, shares, ratios, sums."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import fmean

from agent.numbers.clauses import Clause
from agent.numbers.direct import Grounds
from agent.numbers.fits import Hit
from agent.numbers.joint import together
from agent.numbers.pairs import PLACES, Pair, compared, focused, near_rows, owned_rows, scaled
from agent.numbers.products import products
from agent.numbers.roles import TOTAL, means
from agent.numbers.rowsets import own_rows
from agent.numbers.shares import in_row, in_totals, lost, remains, shares, uncommon
from agent.numbers.words import listed, stems

CHANGED = listed(
    "change changed difference gap delta vs versus compared than margin relative growth swing "
    "separate separates separated apart beat beats lead trail trails"
)

LOST = listed(
    "drop drops dropped lose lost loses not never without remaining rest other others leave left "
    "abandon abandoned fail failed don didn doesn not churn churned off bounce bounced away"
)

JOINED = frozenset({"and", "both", "makes", "account", "reached"})
RATED = listed("per each ratio rate average worth cost costs every pays apiece avg a an")

EXTREME = re.compile(
    r"\b(?:slowest|fastest|top|bottom|highest|lowest|worst|best)\s$", re.IGNORECASE
)

HALF = 50.0
PERIODS = {"day": 1.0, "daily": 1.0, "week": 7.0, "weekly": 7.0, "month": 30.4, "monthly": 30.4}
"""Days of what a mean may be per."""

NET = listed("net minus remaining remain remains left open still unresolved balance")


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
    for part, whole in shares(clause, found, grounds):
        if whole > 0 and 0 <= part <= whole:
            yield 100 * part / whole
    yield from uncommon(clause, grounds)
    if clause.said & LOST:
        yield from _lost(clause, found, grounds)
    yield from _tails(clause, grounds)
    if _compares(clause):
        for now, then in compared(clause, found, grounds):
            if then and _agrees(clause, now - then):
                yield 100 * (now - then) / abs(then)


def _lost(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    """What is missing to the whole."""
    if clause.direction <= 0:
        for part, whole in remains(clause, found, grounds):
            if whole > 0:
                yield 100 - 100 * part / whole
    for i, result in enumerate(grounds.results):
        for c in result.rates:
            rows = own_rows(i, clause, result) or ()
            yield from (100 - scaled(result, r, c) for r in rows if result.at(r, c) is not None)


def _tails(clause: Clause, grounds: Grounds) -> Iterator[float]:
    """The slowest 5 % of a column p95, half of one of medians."""
    value = clause.mention.value * (100 if clause.mention.kind == "part" else 1)
    tails = {f"p{value:.0f}", f"p{100 - value:.0f}", "median" if value == HALF else ""}
    for result in grounds.results:
        if any(tails & set(stems(name)) for name in result.columns):
            yield value


def _points(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    for now, then in compared(clause, found, grounds, rates=True):
        if _agrees(clause, now - then):
            yield now - then


def _times(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    for now, then in compared(clause, found, grounds):
        if not now or not then:
            continue
        yield now / then
        verb = (
            clause.text[clause.mention.start : clause.mention.end].lower().endswith(("ed", "ing"))
        )
        if not verb and clause.direction <= 0:
            yield then / now
        if clause.said & {"more", "higher", "increase"} and now > then:
            yield now / then - 1
    if clause.said & RATED:
        yield from (part / whole for part, whole in _quotients(clause, found, grounds) if whole)


def _plain(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    near = clause.here or clause.said & CHANGED or clause.text[clause.segment[0]] == "("
    if near and _compares(clause):
        changes = (now - then for now, then in compared(clause, found, grounds))
        yield from (change for change in changes if _agrees(clause, change))
    if clause.said & NET:
        yield from (b - a for a, b in _nets(clause, found, grounds))
    yield from _joint(clause, found, grounds)
    if clause.said & LOST and clause.direction <= 0:
        yield from (whole - part for part, whole in lost(grounds))
    if clause.part() or clause.said & TOTAL:
        yield from (sum(r.totals.values()) for r in grounds.results if len(r.rows) == 1)
    if clause.said & (TOTAL | JOINED):
        yield from _sums(clause, found, grounds)
    if clause.said & set(PERIODS) and (means(clause) or clause.said & RATED):
        yield from _a_period(clause, found, grounds)
    yield from products(clause, found, grounds)
    if means(clause) or clause.said & RATED:
        yield from (part / whole for part, whole in _quotients(clause, found, grounds) if whole)


def _nets(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """One column less another, in a row or over all, and one step less the next."""
    for i, result in enumerate(grounds.results):
        own = owned_rows(i, result, clause) or near_rows(i, result, clause, found)
        for row in own:
            yield from in_row(result, row, set())
        if not clause.own:
            yield from in_totals(result, set())
    yield from ((b.value, a.value) for a, b in combinations(found[:PLACES], 2))


def _compares(clause: Clause) -> bool:
    return bool(clause.direction or clause.said & CHANGED)


def _agrees(clause: Clause, change: float) -> bool:
    return not clause.direction or not change or (change > 0) == (clause.direction > 0)


def _sums(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    focus = focused(clause, found, grounds)
    for i, result in enumerate(grounds.results):
        chosen = focus.get(i, set()) & set(result.summable)
        rows = near_rows(i, result, clause, found)
        groups = [set(rows), *(set(one.rows.get(i, ())) for one in clause.around)]
        groups.append(set().union(*groups[1:]))
        yield from (
            sum(result.at(r, c) or 0 for r in group)
            for group in groups
            if len(group) > 1
            for c in chosen
        )
        yield from (sum(result.at(r, c) or 0 for c in result.summable) for r in rows[:1])
    if len(found) > 1:
        yield sum(hit.value for hit in found)


def _joint(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    """What the labels of a list add up to."""
    for i, chosen in focused(clause, found, grounds).items():
        result = grounds.results[i]
        for group in together(i, clause):
            yield from (
                sum(result.at(r, c) or 0 for r in group) for c in chosen & set(result.summable)
            )


def _a_period(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    """Totals, and numbers of the sentence, by the days, weeks or months of a period in question."""
    values = [hit.value for hit in found]
    values += [total for result in grounds.results for total in result.totals.values()]
    sizes = [size for unit, size in PERIODS.items() if unit in clause.said]
    counts = {round(days / size) for days in grounds.spans for size in sizes}
    yield from (value / count for value in values for count in counts if count > 1)


def _quotients(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[Pair]:
    """So much of one column per one of another."""
    for i, result in enumerate(grounds.results):
        rows = owned_rows(i, result, clause) or near_rows(i, result, clause, found)
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
