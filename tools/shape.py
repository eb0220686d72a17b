"""How much work a text would be to parse: judged before a parser may see it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from tools.tokens import Token

_CLAUSES = frozenset(
    ["select", "from", "where", "group", "having", "order", "limit", "union", "with", "qualify"]
)
_TOLD = _CLAUSES | {"join", "case", "end", "not"}


class Shape(NamedTuple):
    """The sizes on which the parsers' time depends more than linearly."""

    depth: int
    """How deeply brackets, CASE and NOT are nested."""
    effort: int
    """The sum of the squares of all expressions' lengths, in tokens."""
    columns: int
    """The longest list outside of brackets of its own."""
    sources: int
    """The most tables joined in one FROM, by JOIN or by comma."""


@dataclass(slots=True)
class _Level:
    """What has been seen at one level of brackets."""

    clause: str = ""
    run: int = 0
    items: int = 0
    sources: int = 0


@dataclass(slots=True)
class _Measure:
    """A walk over the tokens with one level for each open bracket."""

    level: _Level = field(default_factory=_Level)
    outer: list[_Level] = field(default_factory=list)
    cases: int = 0
    negations: int = 0
    depth: int = 0
    effort: int = 0
    columns: int = 0
    sources: int = 0

    def take(self, token: Token) -> None:
        """Count one token."""
        self.level.run += 1
        if token.text == "-" or token.word == "not":
            self.negations += 1
            self._deepen()
            return
        if token.kind == "mark":
            self._mark(token.text)
        elif token.word in _TOLD:
            self._word(token.word)
        self.negations = 0

    def _mark(self, text: str) -> None:
        if text in "([{":
            self.outer.append(self.level)
            self.level = _Level()
            self._deepen()
        elif text in ")]}":
            self._end_run()
            self.level = self.outer.pop()
        elif text == ",":
            self._next_item()

    def _deepen(self) -> None:
        self.depth = max(self.depth, len(self.outer) + self.cases + self.negations)

    def _next_item(self) -> None:
        self._end_run()
        if self.level.clause == "from":
            self._join()
        elif self.level.clause:
            self.level.items += 1
            self.columns = max(self.columns, self.level.items)

    def _word(self, word: str) -> None:
        if word in _CLAUSES:
            self._end_run()
            self.level.clause, self.level.items, self.level.sources = word, 0, 0
        elif word == "join":
            self._join()
        elif word == "case":
            self.cases += 1
            self._deepen()
        else:
            self.cases -= bool(self.cases)

    def _join(self) -> None:
        self._end_run()
        self.level.sources += 1
        self.sources = max(self.sources, self.level.sources)

    def _end_run(self) -> None:
        self.effort += self.level.run**2
        self.level.run = 0


def shape(found: list[Token]) -> Shape:
    """Measure a text; its brackets are known to be closed."""
    measure = _Measure()
    for token in found:
        measure.take(token)
    effort = measure.effort + measure.level.run**2
    return Shape(measure.depth, effort, measure.columns, measure.sources)
