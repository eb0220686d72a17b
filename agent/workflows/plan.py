"""What a step asks PostHog: its calls without their dates, so that a later run can be compared."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from agent.cells import one_line
from agent.evidence import Evidence
from agent.messages import Assistant, Message, ToolCall, ToolResult
from agent.turns import current_turn

DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
LOOKING_UP = frozenset(
    {"describe_project", "find_names", "list_events", "list_properties", "property_values"}
    | {"find_values", "find_tool", "ask_person", "use_result"}
)
"""Calls on the way to an answer, which it does not rest on."""


@dataclass(frozen=True)
class Plan:
    """The calls of a step, and what the cohorts and actions in them mean."""

    calls: tuple[tuple[str, Mapping[str, str]], ...]
    """Each call with its arguments by their path, dates left out."""

    definitions: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        calls = [[name, dict(arguments)] for name, arguments in self.calls]
        return {"calls": calls, "definitions": dict(self.definitions)}

    @classmethod
    def of_json(cls, body: Mapping[str, Any]) -> Self:
        """The plan that `as_json` was made of."""
        return cls(tuple((name, found) for name, found in body["calls"]), body["definitions"])


def plan_of(messages: Sequence[Message], evidence: Evidence | None) -> Plan:
    """The plan of the last turn of a conversation."""
    calls = tuple((call.name, flat(call.arguments)) for call in _made(current_turn(messages)))
    return Plan(calls, dict(evidence.definitions) if evidence else {})


def drift(before: Plan, now: Plan) -> tuple[str, ...]:
    """What of a plan is not as it was, in words."""
    return (*_calls(before, now), *_definitions(before, now))


def _made(turn: Sequence[Message]) -> Iterator[ToolCall]:
    """The calls that succeeded and that the answer rests on."""
    done = {one.call_id for one in turn if isinstance(one, ToolResult) and not one.error}
    for message in turn:
        if isinstance(message, Assistant):
            for call in message.tool_calls:
                if call.id in done and call.name not in LOOKING_UP:
                    yield call


def flat(value: Any, path: str = "", *, dates: bool = False) -> dict[str, str]:
    """Every single value by its path; dates are left out unless they are wanted."""
    if isinstance(value, Mapping):
        parts: list[tuple[str, Any]] = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(str(n), one) for n, one in enumerate(value, 1)]
    else:
        return {path: str(value) if dates else DATE.sub("…", str(value))}
    found: dict[str, str] = {}
    for key, one in parts:
        found |= flat(one, f"{path}.{key}" if path else key, dates=dates)
    return found


def _calls(before: Plan, now: Plan) -> Iterator[str]:
    names, others = ([name for name, _ in plan.calls] for plan in (before, now))
    if names != others:
        yield f"it asked {_joined(names)}, and asks now {_joined(others)}"
        return
    for (name, was), (_, is_) in zip(before.calls, now.calls, strict=True):
        for path in dict.fromkeys((*was, *is_)):
            old, new = was.get(path, "nothing"), is_.get(path, "nothing")
            if old != new:
                yield one_line(f"{name}: {path} was {old} and is {new}")


def _definitions(before: Plan, now: Plan) -> Iterator[str]:
    for label, meaning in before.definitions.items():
        if now.definitions.get(label) != meaning:
            yield one_line(f"the {label} means something else or is gone")


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
