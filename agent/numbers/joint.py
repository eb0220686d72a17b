"""Labels that a text counts up, so that a number may be of all of them together."""

import re
from collections.abc import Iterator

from agent.numbers.clauses import Clause

AND = re.compile(
    r"[\s*_`(]*(?:\([^()]*\))?\s?(?:,\s?(?:and\s)?|&|\+|/|plus\s|and\s)[\s*_`]*(?:in\s|on\s|the\s|on\sthe\s)?"
)


def together(i: int, clause: Clause) -> Iterator[set[int]]:
    """The rows of labels that follow one another with nothing but "and" between them."""
    run: set[int] = set()
    count, last = 0, None
    for one in [label for label in clause.around if label.rows.get(i)]:
        if last is None or not AND.fullmatch(clause.text, last.end, one.start):
            if count > 1:
                yield run
            run, count = set(), 0
        run, count, last = run | one.rows[i], count + 1, one
    if count > 1:
        yield run
