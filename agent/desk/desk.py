"""Desk: which tools a model sees, and what it reads of their results."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from agent.answer import Answer
from agent.desk.asking import Asked, AskPerson, Findings, FindTool, Investigate, Laid
from agent.desk.remarks import as_told, remarks
from agent.desk.results import Results, UseResult
from tools.base import Output, Tool, tool
from tools.client import PostHog
from tools.errors import InvalidArguments, UnknownTool
from tools.fence import fenced
from tools.finding import parts
from tools.project import Project
from tools.query import QueryTable
from tools.schemas import compacted
from tools.toolbox import Gatekeeper, Toolbox

LAID_OUT = (
    "find_names",
    "list_properties",
    "property_values",
    "run_trends",
    "run_funnel",
    "run_retention",
    "run_hogql",
)
"""Tools of the toolbox that a model sees from the beginning, in this order."""

HIDDEN = frozenset({"describe_project", "find_values"})
"""Tools of the planner, whose facts a model has from its briefing and from find_names."""

WRITING = (
    "switch_flag",
    "set_flag_rollout",
    "create_flag",
    "create_cohort",
    "save_insight",
    "annotate",
)
"""Those that it sees besides while changes may be proposed."""

SHORT = 3
"""Words up to this length say little about a tool."""

FOUND = 4
"""Tools that are laid out at once at most, where none is called by its name."""


class Desk:
    """A toolbox with few tools laid out; the others are there when they are asked for."""

    def __init__(self, toolbox: Toolbox, investigate: Callable[[str], Answer]) -> None:
        self.toolbox = toolbox
        self._investigate = investigate
        self._results = Results()
        self._fetched: list[str] = []
        own = (self.investigate, self.ask_person, self.find_tool, self.use_result)
        self._own = {one.name: one for one in (tool()(method) for method in own)}

    def afresh(self) -> "Desk":
        """The desk as it was at the beginning of a conversation."""
        return Desk(self.toolbox, self._investigate)

    @property
    def project(self) -> Project:
        """The project all calls are about."""
        return self.toolbox.project

    @property
    def posthog(self) -> PostHog:
        """The client that the tools use."""
        return self.toolbox.posthog

    @property
    def gate(self) -> Gatekeeper:
        """Who decides about changes."""
        return self.toolbox.gate

    def schemas(self) -> list[dict[str, Any]]:
        """What a model is offered: the same beginning whatever was fetched since."""
        return list(compacted(tuple(self._laid_out())))

    def run(self, name: str, arguments: dict[str, Any] | str) -> Output:
        """Check and run one call; see `Toolbox.run`."""
        if one := self._own.get(name):
            if isinstance(arguments, str):
                raise InvalidArguments(f"The arguments of {name} are not a JSON object.")
            return one.function(self.posthog, one.parse(arguments))
        if name not in self.toolbox.names:
            offered = ", ".join(one.name for one in self._laid_out())
            raise UnknownTool(f"There is no tool {name[:80]!r}; there are {offered}.")
        return self.toolbox.run(name, arguments)

    def told(self, name: str, output: Output) -> str:
        """What a model reads of a result: its name, its rows, and what to know about them."""
        if not name.startswith("run_"):
            return output.for_model()
        handle = self._results.keep(output)
        output = as_told(output, self.posthog)
        text = output.for_model()
        if "are shown" in text:
            self._fetch("use_result")
            text += f" use_result shows others of {handle}."
        said = "\n".join(remarks(output, self.posthog))
        return "\n".join([f"{handle}:", text, *([fenced(said)] if said else [])])

    def find_tool(self, posthog: PostHog, args: FindTool) -> Laid:
        """Lay out further tools."""
        found = meant(args.wanted, self._others())
        if not found:
            known = ", ".join(one.name for one in self._others())
            raise UnknownTool(f"No other tool is about that; there are {known}.")
        missing = {one.name: self.toolbox.grants.missing(one.scopes) for one in found}
        laid = tuple(name for name, scopes in missing.items() if not scopes)
        for name in laid:
            self._fetch(name)
        lacking = (
            f"{name} needs {' and '.join(scopes)}, which the key lacks."
            for name, scopes in missing.items()
            if scopes
        )
        return Laid(laid, tuple(lacking))

    def ask_person(self, posthog: PostHog, args: AskPerson) -> Asked:
        """Ask what is meant, where two readings give different numbers. Ends the turn."""
        return Asked(args.question, args.choices)

    def investigate(self, posthog: PostHog, args: Investigate) -> Findings:
        """Find why a figure moved, what is unusual, or what goes with an outcome."""
        answer = self._investigate(args.question)
        if answer.outcome != "answered":
            raise InvalidArguments(f"{answer.headline} {answer.text}".strip())
        return Findings(answer.headline, answer.text, answer.tables, answer.queries)

    def use_result(self, posthog: PostHog, args: UseResult) -> QueryTable:
        """Filter, sort or compare rows of an earlier result, without asking PostHog again."""
        return self._results.use(args)

    def _laid_out(self) -> Iterator[Tool[Any]]:
        """The tools in sight; new ones stand last, so that providers keep what stands before."""
        possible = {one.name: one for one in self.toolbox.offered()}
        names = [*LAID_OUT, "investigate", "ask_person", "find_tool"]
        names += WRITING if self.gate.is_open else ()
        names += [name for name in self._fetched if name not in names]
        # With a key that reaches nothing there is nothing to find, to look into or to ask about.
        own = self._own | {"find_tool": self._finder()} if possible else {}
        for name in names:
            if one := own.get(name) or possible.get(name):
                yield one

    def _finder(self) -> Tool[Any]:
        """find_tool with the names of what it finds."""
        others = ", ".join(one.name for one in self._others())
        return replace(self._own["find_tool"], description=f"Lay out further tools: {others}.")

    def _others(self) -> Sequence[Tool[Any]]:
        """The tools that do not lie there from the beginning, the key's limits aside."""
        laid = {*LAID_OUT, *(WRITING if self.gate.is_open else ())}
        possible = (*self.toolbox.offered(), *self.toolbox.withheld(), self._own["use_result"])
        return [one for one in possible if one.name not in laid | HIDDEN]

    def _fetch(self, name: str) -> None:
        if name not in self._fetched:
            self._fetched.append(name)


def meant(wanted: str, others: Sequence[Tool[Any]]) -> Sequence[Tool[Any]]:
    """The tools that are called by their names, else those that most words are about."""
    if named := [one for one in others if one.name in wanted]:
        return named
    words = {word for word in parts(wanted) if len(word) > SHORT}
    weighed = [
        (2 * len(words & set(parts(one.name))) + len(words & set(parts(one.description))), one)
        for one in others
    ]
    weighed = sorted((one for one in weighed if one[0]), key=lambda found: -found[0])
    return [one for _, one in weighed[:FOUND]]
