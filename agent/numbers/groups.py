"""Sums of rows that belong together without being named: all but one, the largest few, a run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent.numbers.clauses import Clause
from agent.numbers.direct import Grounds
from agent.numbers.mentions import SECONDS, Mention
from agent.numbers.results import Result
from agent.numbers.words import listed, stem, stems

MOST = 40
"""Rows beyond which anything would be some sum of them."""

RUN = 12
"""Points in time beyond which the same holds for what several in a row add up to."""

LEAST = 100
CHANCE = 0.02
"""How many sums may be expected to fit a number by accident."""

BUT = listed("outside excluding except without apart besides other others no not")
"""Words of all rows but those that labels name."""

SPELLED = {
    stem(word): SECONDS[word[0]] for word in ("seconds", "minutes", "hours", "days", "weeks")
}
"""Seconds of the unit that follows a number in words."""

NEAR = 40
"""Letters within which a length of time is said once more in another unit."""


def grouped(clause: Clause, grounds: Grounds) -> bool:
    """Whether several rows add up to a number, and hardly any others would by accident."""
    mention = clause.mention
    if mention.kind != "plain" or mention.sign or mention.value < LEAST:
        return False
    if clause.whole() and not clause.part():
        return False
    sums: set[float] = set()
    own: set[float] = set()
    for i, result in enumerate(grounds.results):
        named = {r for one in clause.own for r in one.rows.get(i, ())}
        for rows, total in _sums(result):
            sums.add(total)
            if not named or _about(rows, named, len(result.rows), clause):
                own.add(total)
        own |= _begun_before(result, named, clause)
        cells = {value for c in result.numeric for value in result.column(c)}
        own -= cells
    low, high = mention.tight
    near = sum(mention.value / 1.5 <= one <= mention.value * 1.5 for one in sums)
    by_accident = near * (high - low) / (0.83 * mention.value)
    return by_accident <= CHANCE and any(low <= one <= high for one in own)


def _begun_before(result: Result, named: set[int], clause: Clause) -> set[float]:
    """Totals of a period whose first week or month began before it."""
    if not result.timed or not clause.own or not all(one.dated for one in clause.own):
        return set()
    first = set(result.order[:1])
    return set(result.totals.values()) if named | first == set(result.order) else set()


def _about(rows: frozenset[int], named: set[int], count: int, clause: Clause) -> bool:
    """Whether rows are those that labels are among, or all but them where words say so."""
    if clause.said & BUT:
        return not rows & named and len(rows) + len(named) == count
    return named < rows and rows != frozenset(range(count)) and len(named) > 1


def restates(clause: Clause, others: Sequence[Mention]) -> bool:
    """Whether a length of time is one that was just said, in another unit."""
    mention = clause.mention
    length = SPELLED.get(clause.after[0].stem, 0.0) if clause.after else 0.0
    if mention.kind == "count" and length:
        scaled = tuple((a * length, b * length) for a, b in mention.readings)
        mention = replace(mention, kind="duration", readings=scaled)
    return mention.kind == "duration" and any(
        other.kind == "duration"
        and other.unit != mention.unit
        and other.unit in SECONDS
        and 0 < mention.start - other.end < NEAR
        and mention.holds(other.value)
        for other in others
    )


def _sums(result: Result) -> Iterator[tuple[frozenset[int], float]]:
    """Groups of rows, each with what its figures add up to."""
    count = len(result.rows)
    if not 2 < count <= MOST:
        return
    groups = set(_alike(result))
    every = frozenset(range(count))
    groups |= {every - {r} for r in every}
    if result.timed and count <= RUN:
        runs = (frozenset(result.order[a:b]) for a in every for b in range(a + 2, count + 1))
        groups |= set(runs)
    for c in result.summable:
        values = [result.at(r, c) or 0.0 for r in range(count)]
        ranked = sorted(every, key=values.__getitem__, reverse=True)
        tops = {frozenset(ranked[:n]) for n in range(2, count)}
        for rows in (groups | tops | {every - top for top in tops}) - {every}:
            yield rows, sum(values[r] for r in rows)


def _alike(result: Result) -> Iterator[frozenset[int]]:
    """The rows that share a label, and those whose labels share a word."""
    shared: dict[tuple[int, str], set[int]] = {}
    for c in [] if result.timed else result.labels:
        for r, row in enumerate(result.rows):
            for name in {str(row[c]), *stems(str(row[c]))}:
                shared.setdefault((c, name), set()).add(r)
    yield from (frozenset(rows) for rows in shared.values() if len(rows) > 1)
