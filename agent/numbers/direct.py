"""Whether a number stands in a result: in the row and column that its words select."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median

from agent.numbers import dates
from agent.numbers.clauses import PINNED, Clause, selected
from agent.numbers.mentions import SECONDS, Mention
from agent.numbers.results import Result
from agent.numbers.words import alike, stem

MOST = frozenset(
    "peak peaks peaked peaking highest high most max maximum largest biggest busiest top best "
    "longest greatest slowest record".split()
)
LEAST = frozenset(
    "lowest low least min minimum fewest smallest quietest shortest worst bottom fastest".split()
)
MEAN = frozenset("average averaged averages averaging mean typical typically avg per each".split())
TOTAL = frozenset(
    "total totals totalling overall all together combined altogether sum across whole add adds "
    "added entire".split()
)
GENERIC = frozenset(
    stem(w)
    for w in "row result group category item entry segment line value option series table kind "
    "type different distinct".split()
)
RANKED = re.compile(
    r"\b(?:top|first|last|bottom|other|others|remaining|next|step|stage|rank|no\.?)\s"
    r"(?:of\s)?(?:the\s)?[#*]*$",
    re.IGNORECASE,
)
SPREAD = re.compile(r"\b(?:rang|vari|fluctuat)\w+\b|\bbetween\s(?:[$€]?\d[\d.,]*\s?%?\sand\s)?[$€]?$")
_JUST = r"(?:just|only|about|around|roughly|nearly|almost|over|under|an?|low|high|of|some)"
FROM = re.compile(rf"\bfrom\s(?:{_JUST}\s)*[$€£~*(]*$", re.IGNORECASE)
ONTO = re.compile(rf"(?:\bto|→)\s(?:{_JUST}\s)*[$€£~*(]*$", re.IGNORECASE)
FEW = 3
CHANCE = 0.05
"""How many cells may be expected to fit a number by accident, where no word selects one."""


@dataclass(frozen=True)
class Hit:
    """Where a number was found."""

    result: int
    row: int | None
    """None for a total, a mean and the like."""

    column: int
    value: float
    start: int
    """Where the number stands in the text."""


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
    if size > 2 and result.timed and len(result.rows) == size:
        yield from _cells(i, result, [result.order[place]], chosen, start)
        return
    if rows and clause.direction and came_to(clause.text, start) and not pinned(clause):
        yield from _cells(i, result, _later(result, rows), chosen, start)
    if rows and clause.direction and came_from(clause.text, start) and not pinned(clause):
        yield from _cells(i, result, _earlier(result, rows) | _around(i, clause), chosen, start)
    if rows and carried(clause):
        yield from _roled(i, result, chosen, clause)
    if rows:
        yield from _bounded(i, result, rows, chosen, clause)
        if len(rows) > 1:
            yield from _over(i, result, rows, chosen, clause)
    elif _beside(result, clause):
        yield from _cells(i, result, range(len(result.rows)), chosen, start)
    if rows is None or clause.whole() or clause.said & TOTAL:
        yield from _whole(i, result, chosen, clause)
        if clause.whole():
            yield from _cells(i, result, _around(i, clause), chosen, start)
    if rows is None:
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
        roles = _roles(clause)
        yield from (Hit(i, r, c, v, start) for v, r in {max(present), min(present)} if roles)
        if rare(clause.mention, [v for v, _ in present]):
            yield from (Hit(i, r, c, v, start) for v, r in present)


def came_from(text: str, start: int) -> bool:
    """Whether a number follows "from"."""
    return bool(FROM.search(text[max(0, start - 30) : start]))


def came_to(text: str, start: int) -> bool:
    """Whether a number follows "to"."""
    return bool(ONTO.search(text[max(0, start - 30) : start]))


def pinned(clause: Clause) -> bool:
    """Whether a label follows a number that is said of it."""
    return any(
        PINNED.fullmatch(clause.text, clause.mention.end, one.start) for one in clause.own
    )


def carried(clause: Clause) -> bool:
    """Whether a number is bound by the labels of another segment only."""
    return not any(clause.segment[0] <= one.start < clause.segment[1] for one in clause.own)


def _earlier(result: Result, rows: set[int]) -> set[int]:
    """The rows just before some, and the first one."""
    if not result.timed:
        return set()
    places = {max(0, result.order.index(row) - 1) for row in rows}
    return {result.order[place] for place in (*places, 0)}


def _later(result: Result, rows: set[int]) -> set[int]:
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


def _around(i: int, clause: Clause) -> set[int]:
    return {row for one in clause.around for row in one.rows.get(i, ())}


def _beside(result: Result, clause: Clause) -> bool:
    """Whether a result without the labels of a number may still hold it."""
    return len(result.rows) == 1 and all(one.dated for one in clause.own)


def means(clause: Clause) -> bool:
    """Whether words ask for a mean."""
    following = {word.plain.lower() for word in clause.after[:3]}
    return bool(clause.said & MEAN or following & {"a", "an", "every", "daily", "weekly"})


def _cells(i: int, result: Result, rows: Sequence[int] | set[int] | range, chosen: set[int],
           start: int) -> Iterator[Hit]:  # fmt: skip
    for row in rows:
        for c in chosen:
            value = result.at(row, c)
            if value is not None:
                yield Hit(i, row, c, value, start)


def _over(i: int, result: Result, rows: set[int], chosen: set[int], clause: Clause) -> Iterator[Hit]:
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
        if values and "median" in clause.said and not clause.own:
            yield Hit(i, None, c, median(values), start)


def _loose(i: int, result: Result, chosen: set[int], clause: Clause) -> Iterator[Hit]:
    """Cells of rows that no label selects: the largest, the last, or one that fits uniquely."""
    start = clause.mention.start
    if _roles(clause):
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
    roles, start = _roles(clause), clause.mention.start
    for c in chosen:
        present = [(v, r) for r, row in enumerate(result.figures) if (v := row[c]) is not None]
        if present and 1 in roles:
            yield Hit(i, max(present)[1], c, max(present)[0], start)
        if present and -1 in roles:
            yield Hit(i, min(present)[1], c, min(present)[0], start)
    near = {word.plain.lower() for word in (*clause.before[:4], *clause.after[:3])}
    if result.timed and near & {"first", "last", "latest", "final", "now", "recent", "initially"}:
        yield from _cells(i, result, {result.order[0], result.order[-1]}, chosen, start)


def _roles(clause: Clause) -> set[int]:
    """Whether a number is said to be the largest (1) or the smallest (-1), or may be either."""
    near = [word.plain.lower() for word in (*clause.before[:4], *clause.after[:3])]
    found = {1 for word in near if word in MOST} | {-1 for word in near if word in LEAST}
    if SPREAD.search(clause.lead[-40:]):
        found |= {1, -1}
    return found


def rare(mention: Mention, values: Sequence[float]) -> bool:
    """Whether no more than a few of so many values would fit a number by accident."""
    at = abs(mention.value)
    low, high = mention.tight
    if not at:
        return True
    near = sum(at / 1.5 <= abs(value) <= at * 1.5 for value in values)
    chance = 3 * CHANCE if mention.kind == "part" else CHANCE
    return len(values) <= 1 or near * max(high - low, 1e-9) / (0.83 * at) <= chance


def fits(clause: Clause, result: Result, hit: Hit) -> bool:
    """Whether a value is the number that is stated, in its unit and with its sign."""
    mention = clause.mention
    if mention.kind == "duration":
        clock = result.clock(hit.column)
        near = mention.holds(hit.value * clock) if clock else False
        return near or holds_plainly(mention, hit.value)
    if mention.kind in ("percent", "part"):
        if hit.column not in result.rates:
            return False
        scale = 100.0 if result.fraction(hit.column) else 1.0
        value = hit.value * scale / (100.0 if mention.kind == "part" else 1.0)
    elif mention.kind == "points":
        value = hit.value * (100.0 if result.fraction(hit.column) else 1.0)
    else:
        value = hit.value
    return mention.holds(value) and _signed(clause, result, hit)


def holds_plainly(mention: Mention, value: float) -> bool:
    """Whether a value is a number of some unit of time, counted in that unit."""
    return mention.holds(value * SECONDS.get(mention.unit, 1.0))


def _signed(clause: Clause, result: Result, hit: Hit) -> bool:
    if result.changing(hit.column):
        want = clause.mention.sign or clause.here
        return not want or not hit.value or (hit.value > 0) == (want > 0)
    return not clause.mention.sign or (clause.mention.sign < 0) == (hit.value < 0)


def counted(clause: Clause, grounds: Grounds) -> bool:
    """Whether a number is how many rows there are, or some of them."""
    mention = clause.mention
    if mention.kind not in ("count", "plain", "duration"):
        return False
    value = mention.value / SECONDS.get(mention.unit, 1.0)
    if value != int(value) or value > 10_000:
        return False
    return any(_counts(int(value), clause, one) for one in grounds.results) or _spans(value, clause, grounds)


def _counts(value: int, clause: Clause, result: Result) -> bool:
    ranked = bool(RANKED.search(clause.lead)) or clause.lead.rstrip().endswith("#")
    noun = any(_of_rows(word.stem, result) for word in clause.after[:3]) or bool(clause.mention.unit)
    if clause.mention.kind == "count" or ranked:
        return value <= len(result.rows)
    kinds = {len({row[c] for row in result.rows}) for c in result.labels}
    return noun and value in {len(result.rows), *kinds}


def _of_rows(word: str, result: Result) -> bool:
    """Whether a word means the rows of a result."""
    names = {w for c in result.labels for w in result.measures[c]}
    if result.timed:
        names |= {"day", "week", "month", "hour", "year", "quarter", "period"}
    return word in GENERIC or any(alike(word, name) for name in names)


def _spans(value: float, clause: Clause, grounds: Grounds) -> bool:
    """Whether a number is the length of a period in question."""
    size = {"d": 1.0, "w": 7.0, "month": 30.4, "h": 1 / 24}.get(clause.mention.unit)
    if size is None:
        return False
    slack = 1.1 if size == 1 else size / 2 if size > 1 else size
    own = [b - a for r in grounds.results if r.periods for a, b in [_extent(r.periods)]]
    return any(abs(value * size - span) <= slack for span in (*grounds.spans, *own))


def _extent(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(a for a, _ in spans), max(b for _, b in spans)


def repeats(clause: Clause, grounds: Grounds) -> bool:
    """Whether a number was said before, in the question or by a tool."""
    mention = clause.mention
    return any(
        (mention.holds(one.value) or holds_plainly(mention, one.value))
        and (one.kind == "plain" or mention.kind in (one.kind, "plain"))
        for one in grounds.said
    )


def known(moment: dates.Moment, grounds: Grounds, periods: Sequence[tuple[float, float]]) -> bool:
    """Whether a date of a text is one of the results, of the question or of the period."""
    if not moment.dated:
        return True
    for result in grounds.results:
        spans = result.periods or result.years
        if spans and dates.rows(moment, spans):
            return True
    for start, end in periods:
        said = moment.span(_year(start))
        late = moment.span(_year(end))
        if any(one and one[0] <= end and start <= one[1] - 1e-9 for one in (said, late)):
            return True
    return False


def _year(ordinal: float) -> int:
    from datetime import date

    return date.fromordinal(max(1, int(ordinal))).year
