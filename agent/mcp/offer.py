"""What a client is offered: few tools, and three through which it reaches all the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from agent.desk.desk import HIDDEN, LAID_OUT, meant
from tools.base import Args
from tools.schemas import compacted
from tools.scopes import Grants
from tools.toolbox import TOOLS

LISTED = ("describe_project", *LAID_OUT)
"""Tools of the toolbox that are listed by themselves, in this order."""

TOOL = {one.name: one for one in TOOLS}
OTHERS = tuple(one for one in TOOLS if one.name not in (*LISTED, *HIDDEN))


class Ask(Args):
    """Arguments of ask."""

    question: str = Field(min_length=1, max_length=2_000)
    """One that stands by itself, with its period: weekly signups by country, last 8 weeks."""


class FindTool(Args):
    """Arguments of find_tool."""

    wanted: str
    """The name of a tool, or words of what is to be read or changed."""


class UseTool(Args):
    """Arguments of use_tool and propose_change."""

    tool: str
    """Its name, as find_tool gives it."""

    arguments: dict[str, Any] = Field(default_factory=dict)
    """What its schema asks for."""


@dataclass(frozen=True)
class Offer:
    """One tool as a client sees it."""

    name: str
    description: str
    parameters: dict[str, Any]
    reads: bool = True
    """Whether calling it can't lead to a change in PostHog."""


def offers(grants: Grants, *, may_change: bool) -> tuple[Offer, ...]:
    """What the key allows; the same list at any hour, so that clients can keep it."""
    listed = tuple(TOOL[name] for name in LISTED if not grants.missing(TOOL[name].scopes))
    able = [one for one in OTHERS if not grants.missing(one.scopes)]
    others = ", ".join(one.name for one in able if not one.writes)
    changes = ", ".join(one.name for one in able if one.writes)
    find = f"{FIND} To read: {others}."
    if may_change and changes:
        find += f" To change: {changes}."
    made = [
        Offer("ask", ASK, _schema(Ask)),
        *(Offer(**one) for one in compacted(listed)),
        Offer("find_tool", find, _schema(FindTool)),
        Offer("use_tool", "Call a tool of find_tool that reads.", _schema(UseTool)),
    ]
    if may_change and changes:
        made.append(Offer("propose_change", PROPOSE, _schema(UseTool), reads=False))
    return tuple(made)


ASK = (
    "Answer one analytics question in plain English by fixed method, without a language model: "
    "exact figures with period, table and receipt. Try it first: it declines what it can't read."
)
FIND = "Find further tools, with their schemas; `hogql` gives what to know before HogQL."
PROPOSE = (
    "Propose one change by a tool of find_tool. A person sees what it does and approves it, "
    "or nothing is changed; you can't approve."
)


def found(wanted: str, grants: Grants) -> Iterator[dict[str, Any]]:
    """The tools that are meant, with their schemas or the scopes that they lack."""
    for one in meant(wanted, OTHERS):
        by = "propose_change" if one.writes else "use_tool"
        told: dict[str, Any] = {"tool": one.name, "call_with": by, "does": one.description}
        if missing := grants.missing(one.scopes):
            yield told | {"key_lacks": list(missing)}
        else:
            [schema] = compacted((one,))
            yield told | {"arguments": schema["parameters"]}


def _schema(arguments: type[Args]) -> dict[str, Any]:
    """The JSON Schema without the titles pydantic makes from names."""
    made = arguments.model_json_schema()
    fields = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in made["properties"].items()
    }
    return {
        "type": "object",
        "properties": fields,
        "required": made["required"],
        "additionalProperties": False,
    }
