"""One condition on people: in words, as HogQL that counts them, and as the rule of a cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.planner.english.windows import Span
from agent.planner.objects.audiences import Audience


@dataclass(frozen=True)
class Criterion:
    """One condition on people."""

    words: str
    test: str
    """HogQL on persons."""

    fixed: bool = False
    """Whether it can't change any more: what happened in a period that is over."""

    rule: Mapping[str, Any] | None = None
    """As tools take it: what people are (where) and did (did); None when they can't say it."""


def rule(read: Sequence[Criterion]) -> dict[str, Any] | None:
    """All criteria as one group of people, None when there are none or a tool can't say one."""
    rules = [one.rule for one in read if one.rule is not None]
    if not rules or len(rules) < len(read):
        return None
    parts = {part: [x for one in rules for x in one.get(part, ())] for part in ("where", "did")}
    return {part: listed for part, listed in parts.items() if listed}


def done(event: str, days: int | None, **more: Any) -> dict[str, Any]:
    """The rule of people who did something in the last days; None for at any time."""
    return {"did": [{"event": event, "days": days, **more}]}


def days_back(span: Span | None) -> int | None:
    """The days that a period looks back from now: None for ever, 0 when it does not."""
    if span is None:
        return None
    if not span.rolling or span.start is None or span.end is None or span.unit == "hour":
        return 0
    return (span.end.date() - span.start.date()).days


def are(pieces: Sequence[Audience]) -> dict[str, Any] | None:
    """The rule of people who meet several conditions, None when one can't be written."""
    wheres = [one.where for one in pieces if one.where is not None]
    known = len(wheres) == len(pieces)
    return {"where": [test for where in wheres for test in where]} if known else None


def are_either(ways: Sequence[Audience]) -> dict[str, Any] | None:
    """The rule of people of whom a property has one of several values."""
    tests = [one.where[0] for one in ways if one.where and len(one.where) == 1]
    if len(tests) < len(ways) or any(
        (test["property"], test["operator"]) != (tests[0]["property"], "=") for test in tests
    ):
        return None
    return {"where": [{**tests[0], "values": [v for test in tests for v in test["values"]]}]}
