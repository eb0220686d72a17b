"""The date grammar: which words of a question name a period, and which one."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner.english.points import LEADS
from agent.planner.english.relative import Reader
from agent.planner.english.windows import (
    Clock,
    Span,
)
from agent.planner.english.words import Token


@dataclass(frozen=True)
class Found:
    """A period named by the tokens `[i, j)`."""

    i: int
    j: int
    span: Span


def find(tokens: Sequence[Token], clock: Clock) -> list[Found]:
    """Every period a question names, longest reading first at each place, left to right."""
    reader = Reader(tokens, clock)
    found: list[Found] = []
    i = 0
    while i < len(tokens):
        taken = reader.period(i)
        if taken is None:
            i += 1
            continue
        j = i + taken[0]
        found.append(Found(_with_leads(tokens, i), _with_tails(tokens, j), taken[1]))
        i = found[-1].j
    return found


def readings(tokens: Sequence[Token], clock: Clock) -> list[Found]:
    """The longest period that begins at each token, with the prepositions before it."""
    reader = Reader(tokens, clock)
    found: list[Found] = []
    for i in range(len(tokens)):
        if taken := reader.period(i):
            end = _with_tails(tokens, i + taken[0])
            first = _with_leads(tokens, i)
            found += [Found(k, end, taken[1]) for k in range(first, i + 1)]
    return found


def _with_leads(tokens: Sequence[Token], i: int) -> int:
    """Where the period's own prepositions begin."""
    while i > 0 and tokens[i - 1].word in LEADS | {"the"}:
        i -= 1
    return i


def _with_tails(tokens: Sequence[Token], j: int) -> int:
    """Where words that only round a period off end ("so far", "combined")."""
    words = [token.word for token in tokens[j : j + 2]]
    if words == ["so", "far"]:
        return j + 2
    return j + 1 if words[:1] in (["onwards"], ["onward"], ["alone"]) else j
