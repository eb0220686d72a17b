"""A cascade of rules over chunks: neighbours of certain kinds become one chunk of another.

The patterns are regular expressions whose letters are kinds: `number plus?` is a number, and a plus
if there is one. This is how finite-state cascades read text (FASTUS, Hobbs et al. 1997): small sure
groups first, larger ones made of them next, and never a whole sentence at once.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count

from agent.planner.english.chunks import Chunk

Make = Callable[[Sequence[Chunk]], Chunk | Sequence[Chunk] | None]
FIRST = 0xE000
"""The private-use character that stands for the first kind."""


@dataclass(frozen=True)
class Rule:
    """What neighbouring chunks become; None from `make` leaves them as they are."""

    pattern: str
    make: Make


def applied(rules: Sequence[Rule], chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks after each rule was applied, in order, wherever it fits."""
    current = list(chunks)
    letters = _letters(current)
    for rule in rules:
        at = 0
        pattern = _compiled(rule.pattern)
        while match := pattern.search(letters, at):
            start, end = match.span()
            made = rule.make(current[start:end])
            if made is None:
                at = start + 1
                continue
            new = [made] if isinstance(made, Chunk) else list(made)
            current[start:end] = new
            letters = _letters(current)
            at = start + max(1, len(new) - 1) if len(new) > 1 else start + 1
    return current


@cache
def _letter(kind: str) -> str:
    """A character of its own for each kind, given out as kinds are met."""
    return chr(FIRST + next(_numbers()))


@cache
def _numbers() -> Iterator[int]:
    return count()


def _letters(chunks: Sequence[Chunk]) -> str:
    return "".join(_letter(chunk.kind) for chunk in chunks)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern with each kind as one letter; blanks only part them."""
    return re.compile(re.sub(r"\s+", "", re.sub(r"[a-z_]+", lambda m: _letter(m[0]), pattern)))
