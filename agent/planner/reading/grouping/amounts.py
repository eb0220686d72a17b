"""Amounts and times: more than 8, between 5 and 10, at least twice."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk, joined
from agent.planner.plan import Operator, Times
from agent.planner.reading.groups import Amount

SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800,
           "month": 2_592_000, "quarter": 7_776_000, "year": 31_536_000}  # fmt: skip


def compared(chunks: Sequence[Chunk]) -> Chunk | None:
    """More than 8; fewer than 5 minutes."""
    op = chunks[0].value
    if op in ("more", "fewer", "between"):
        return None
    return _amount(chunks, op, chunks[-1])


def postfixed(chunks: Sequence[Chunk]) -> Chunk | None:
    """3 or more; 5+."""
    op = chunks[1].value
    operator: Operator | None = (
        ">=" if chunks[1].kind == "plus" or op == "more" else "<=" if op == "fewer" else None
    )
    return _amount(chunks, operator, chunks[0]) if operator else None


def _amount(chunks: Sequence[Chunk], operator: Operator, number: Chunk) -> Chunk | None:
    if number.kind == "length":
        count, unit = number.value
        amount = Amount(operator, (float(count * SECONDS[unit]),), seconds=True)
    elif number.value.percent:
        return None
    else:
        amount = Amount(operator, (number.value.value,), number.value.money)
    return joined(chunks, "amount", amount)


def between(chunks: Sequence[Chunk]) -> Chunk | None:
    """Between 5 and 10."""
    if chunks[0].value != "between":
        return None
    low, high = chunks[1].value, chunks[3].value
    money = low.money or high.money
    return joined(chunks, "amount", Amount(">=", (low.value, high.value), money))


def between_periods(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Between the last 4 weeks and the 4 before that: two periods set against each other."""
    if chunks[0].value != "between":
        return None
    return [chunks[1], replace(chunks[2], kind="vs"), chunks[3]]


def times(chunks: Sequence[Chunk]) -> Chunk | None:
    """At least 3 times, 5 times."""
    first = chunks[0]
    if first.kind == "number":
        return joined(chunks, "times", Times("=", int(first.value.value)))
    amount = first.value
    if amount.seconds or amount.money or len(amount.numbers) > 1:
        return None
    return joined(chunks, "times", Times(amount.operator, int(amount.numbers[0])))


def times_or_more(chunks: Sequence[Chunk]) -> Chunk | None:
    """Two times or more."""
    op = chunks[-1].value
    if op not in ("more", "fewer"):
        return None
    count = int(chunks[0].value.value)
    return joined(chunks, "times", Times(">=" if op == "more" else "<=", count))


def named_times(chunks: Sequence[Chunk]) -> Chunk:
    """Once, at least twice, more than once."""
    named = chunks[-1].kind
    count = {"once": 1, "twice": 2, "more_than_once": 2}[named]
    operator: Operator = ">=" if named == "more_than_once" else "="
    if len(chunks) > 1 and chunks[0].kind == "op":
        operator = chunks[0].value
    return joined(chunks, "times", Times(operator, count))
