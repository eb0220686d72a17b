"""Formulas over series, as (A + B) / 100: read once, then computed for every point."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.local.hogql import HogQLError

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z])(?![A-Za-z])|([-+*/()]))")
_RANKS: Mapping[str, int] = {"+": 1, "-": 1, "*": 2, "/": 2}
MAX_LENGTH = 400
MAX_DEPTH = 40


@dataclass(frozen=True)
class Formula:
    """A formula whose letters stand for the series in their order."""

    parts: tuple[str | float, ...]
    """In postfix order: numbers, letters and operators, ~ for a sign before a value."""

    @classmethod
    def read(cls, text: str, count: int) -> "Formula":
        """The formula of a text, for so many series."""
        if len(text) > MAX_LENGTH:
            raise _wrong(text[:40], f"it is longer than {MAX_LENGTH} characters")
        reader = _Reader(text, list(_tokens(text)), count)
        return cls(tuple(reader.whole()))

    def at(self, values: Sequence[float]) -> float:
        """The value for one point; 0 where it would be divided by nought."""
        stack: list[float] = []
        for part in self.parts:
            if not isinstance(part, str):
                stack.append(part)
            elif part.isalpha():
                stack.append(float(values[ord(part) - ord("A")]))
            elif part == "~":
                stack.append(-stack.pop())
            else:
                right, left = stack.pop(), stack.pop()
                if part == "/" and right == 0:
                    return 0
                stack.append(_calculated(part, left, right))
        return stack[0] if math.isfinite(stack[0]) else 0


def _calculated(operator: str, left: float, right: float) -> float:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "*" else left / right


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if not found:
            odd = text[at:].lstrip()
            raise _wrong(text, f"{odd[0]} is not understood at {len(text) - len(odd) + 1}")
        yield found[0].strip().upper()
        at = found.end()


@dataclass
class _Reader:
    """A recursive descent by the rank of operators."""

    text: str
    left: list[str]
    count: int
    depth: int = 0

    def whole(self) -> Iterator[str | float]:
        yield from self.sum_of(1)
        if self.left:
            raise _wrong(self.text, f"{self.left[0]} is not expected")

    def sum_of(self, rank: int) -> Iterator[str | float]:
        yield from self.operand()
        while self.left and _RANKS.get(self.left[0], 0) >= rank:
            operator = self.left.pop(0)
            yield from self.sum_of(_RANKS[operator] + 1)
            yield operator

    def operand(self) -> Iterator[str | float]:
        if not self.left:
            raise _wrong(self.text, "a value is missing at its end")
        token = self.left.pop(0)
        if token in ("-", "+"):
            yield from self.signed(token)
        elif token == "(":
            yield from self.bracketed()
        elif token.isalpha():
            yield self.letter(token)
        elif token[0].isdigit() or token[0] == ".":
            yield float(token)
        else:
            raise _wrong(self.text, f"{token} is not expected")

    def signed(self, sign: str) -> Iterator[str | float]:
        self.deeper()
        yield from self.operand()
        if sign == "-":
            yield "~"

    def bracketed(self) -> Iterator[str | float]:
        self.deeper()
        yield from self.sum_of(1)
        if not self.left or self.left.pop(0) != ")":
            raise _wrong(self.text, "a bracket is not closed")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _wrong(self.text[:40], f"it has more than {MAX_DEPTH} brackets and signs")

    def letter(self, token: str) -> str:
        if ord(token) - ord("A") >= self.count:
            raise _wrong(self.text, f"there is no series {token}")
        return token


def _wrong(text: str, reason: str) -> HogQLError:
    return HogQLError(
        f"The formula {text} can't be computed, {reason}: write one as (A + B) / 100."
    )
