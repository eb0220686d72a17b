"""Numbers that follow from two columns of a row: a rate of a count, an average of so many."""

from collections.abc import Iterator, Sequence

from agent.numbers.clauses import Clause
from agent.numbers.direct import Grounds
from agent.numbers.fits import Hit
from agent.numbers.pairs import near_rows, owned_rows, scaled
from agent.numbers.results import AVERAGES, Result
from agent.numbers.words import stems


def products(clause: Clause, found: Sequence[Hit], grounds: Grounds) -> Iterator[float]:
    """What a rate of a count makes, or an average times a count, in the rows a text names."""
    for i, result in enumerate(grounds.results):
        own = owned_rows(i, result, clause) or near_rows(i, result, clause, found)
        if len(own) == 1 and not clause.mention.sign:
            yield from _of_row(result, own[0])


def _of_row(result: Result, row: int) -> Iterator[float]:
    means = [c for c in result.numeric if set(stems(result.columns[c])) & AVERAGES]
    for d in result.summable:
        count = result.at(row, d)
        if count is None:
            continue
        for c in result.rates:
            if result.at(row, c) is not None:
                part = count * scaled(result, row, c) / 100
                yield from (part, count - part)
        yield from (count * (result.at(row, c) or 0.0) for c in means)
