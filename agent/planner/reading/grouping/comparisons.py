"""Conditions by numbers: an amount over 20, rated 4 or 5."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk, joined, only
from agent.planner.plan import Operator
from agent.planner.reading.groups import Amount, Condition


def numeric(chunks: Sequence[Chunk]) -> Chunk | None:
    """An amount over 20; more than 5 seats."""
    (named,), (amount,) = only(chunks, "property"), only(chunks, "amount")
    if named.value[0].score < 0.55:
        return None
    return joined(
        chunks, "where", Condition(named.value, (), amount.value.operator, (), amount.value)
    )


def equal_number(chunks: Sequence[Chunk]) -> Chunk | None:
    """Rating 5; status is 404."""
    (named,), (number,) = only(chunks, "property"), only(chunks, "number")
    op: Operator = next((c.value for c in only(chunks, "op")), "=")
    if op not in ("=", "!=", ">", ">=", "<", "<="):
        return None
    told = len(chunks) > 2
    if not told and any(link.objects or link.score < 0.6 for link in named.value[:1]):
        return None
    amount = Amount(op, (number.value.value,), number.value.money)
    return joined(chunks, "where", Condition(named.value, (), op, (), amount))


def money(chunks: Sequence[Chunk]) -> Chunk | None:
    """Over 20 usd."""
    amount = chunks[0].value
    if not amount.money:
        return None
    return joined(chunks, "where", Condition((), (), amount.operator, (), amount))


def more_than_those(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """Android users … more than iOS users; more than the day before: what it is compared with."""
    if chunks[0].value not in (">", "<"):
        return None
    return [replace(chunks[0], kind="vs", value=""), *chunks[1:]]


def more_than_then(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """More than last month: what happens now, against the unit before."""
    op, span = chunks
    if op.value not in (">", "<") or span.value.label != f"last {span.value.unit}":
        return None
    return [
        replace(op, kind="comparative", value=""),
        replace(op, kind="than", value=""),
        span,
    ]


def any_number(chunks: Sequence[Chunk]) -> Chunk:
    """Rated 4 or 5; a 9 or 10 on the NPS: any of several numbers."""
    (named,), numbers = only(chunks, "property"), only(chunks, "number")
    values = tuple(number.value.value for number in numbers)
    return joined(chunks, "where", Condition(named.value, (), "=", values))


def starred(chunks: Sequence[Chunk]) -> Sequence[Chunk] | None:
    """One star reviews; 5-star ratings."""
    number, named, event = chunks[0], only(chunks, "property")[0], chunks[-1]
    if not {"star", "score"} & {said for link in named.value for said in link.name.split()}:
        stars = any(link.name and "rat" in link.name for link in named.value)
        if not stars:
            return None
    amount = Amount("=", (number.value.value,))
    where = joined(chunks[:-1], "where", Condition(named.value, (), "=", (), amount))
    return [where, event]
