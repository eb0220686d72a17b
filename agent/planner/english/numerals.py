"""Numbers in a question: amounts, lengths of time, ordinals and percentiles."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.planner.english.chunks import Chunk
from agent.planner.english.phrases import LENGTH_UNITS, ORDINAL_NUMBERS, number_of
from agent.planner.english.time_words import unit_at
from agent.planner.english.words import Token, word_set

CURRENCIES = word_set("pound pounds dollar dollars euro euros usd gbp eur quid bucks sterling")


@dataclass(frozen=True)
class Amount:
    """A number as it was said."""

    value: float
    money: bool = False
    percent: bool = False
    code: bool = False
    """Whether it is none of how many: the most 404 errors."""


def numbers(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    """Numbers, lengths of time, intervals, ordinals and percentiles."""
    token = tokens[i]
    value = number_of(token)
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if value is not None:
        in_currency = bool(following and following.word in CURRENCIES)
        money = token.word[:1] in "$£€" or in_currency
        size = 2 if in_currency else 1
        percent = token.word.endswith("%")
        code = bool(i) and tokens[i - 1].word in ("most", "fewest", "least")
        yield Chunk(i, i + size, "number", Amount(value, money, percent, code), 0.8 * size)
    yield from _lengths(tokens, i, value)
    yield from _each_unit(tokens, i)
    if value is not None and following and following.word in ("decimals", "decimal", "digits"):
        yield Chunk(i, i + 2, "rounding", int(value), 1.5)
    if token.word in ORDINAL_NUMBERS or re.fullmatch(r"\d+(st|nd|rd|th)", token.word):
        place = ORDINAL_NUMBERS.get(token.word) or int(re.sub(r"\D", "", token.word))
        yield Chunk(i, i + 1, "ordinal", place, 0.7)
    yield from _percentile(tokens, i)


def _lengths(tokens: Sequence[Token], i: int, value: float | None) -> Iterator[Chunk]:
    """30-day, 30 days, a week."""
    token = tokens[i]
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if following and following.word == "-" and i + 2 < len(tokens):
        unit = LENGTH_UNITS.get(tokens[i + 2].word)
        if unit and value is not None:
            yield Chunk(i, i + 3, "length", (int(value), unit), 2.6)
    unit = LENGTH_UNITS.get(following.word) if following and following.kind == "word" else None
    if unit and (value is not None or token.word in ("a", "an", "one", "single")):
        yield Chunk(i, i + 2, "length", (int(value or 1), unit), 1.9)


def _each_unit(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    """Per week, in a week."""
    token = tokens[i]
    if token.word in ("a", "per", "each", "every") and (every := unit_at(tokens, i + 1)):
        yield Chunk(i, i + 2, "every", every, 1.7)
        if i and tokens[i - 1].word in ("in", "over") and token.word != "per":
            yield Chunk(i - 1, i + 2, "every", every, 2.2)


def _percentile(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    """P90, the 95th percentile."""
    match = re.fullmatch(r"p(\d{1,2})", tokens[i].word)
    if match:
        yield Chunk(i, i + 1, "agg", f"p{match[1]}", 1.2)
    match = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", tokens[i].word)
    after = tokens[i + 1].word if i + 1 < len(tokens) else ""
    if match and after in ("percentile", "percentiles", "pctl", "perc"):
        yield Chunk(i, i + 2, "agg", f"p{match[1]}", 2.2)
