"""The tools there are, and the one place where a call is checked and run."""

from functools import cached_property
from typing import Any

from tools.activity import run_lifecycle, run_stickiness
from tools.base import Output, Tool
from tools.client import PostHog, Project
from tools.cohorts import get_cohort, list_cohorts
from tools.errors import InvalidArguments, ScopeDenied, UnknownTool
from tools.experiments import get_experiment, list_experiments
from tools.flags import flag_changes, get_flag, list_flags
from tools.funnels import run_funnel
from tools.paths import run_paths
from tools.people import get_person, person_timeline
from tools.query import run_hogql
from tools.retention import run_retention
from tools.saved import list_actions, list_annotations, list_saved
from tools.taxonomy import (
    describe_project,
    find_values,
    list_events,
    list_properties,
    property_values,
)
from tools.trends import run_trends

TOOLS: tuple[Tool[Any], ...] = (
    describe_project,
    list_events,
    list_properties,
    property_values,
    find_values,
    run_trends,
    run_funnel,
    run_retention,
    run_lifecycle,
    run_stickiness,
    run_paths,
    run_hogql,
    list_flags,
    get_flag,
    flag_changes,
    list_cohorts,
    get_cohort,
    list_experiments,
    get_experiment,
    list_saved,
    list_actions,
    list_annotations,
    get_person,
    person_timeline,
)
"""Every tool, in the order a model sees them."""


class Toolbox:
    """The tools one key may use, on one project."""

    def __init__(self, posthog: PostHog, tools: tuple[Tool[Any], ...] = TOOLS) -> None:
        self.posthog = posthog
        self.grants = posthog.grants
        self._tools = {tool.name: tool for tool in tools}

    @property
    def project(self) -> Project:
        """The project all calls are about."""
        return self.posthog.project

    def offered(self) -> tuple[Tool[Any], ...]:
        """The tools whose scopes the key holds."""
        return tuple(t for t in self._tools.values() if not self.grants.missing(t.scopes))

    def withheld(self) -> tuple[Tool[Any], ...]:
        """The tools the key can't use; they are known, so that the refusal can name the scope."""
        return tuple(t for t in self._tools.values() if self.grants.missing(t.scopes))

    def schemas(self) -> list[dict[str, Any]]:
        """What a model is offered."""
        return list(self._schemas)

    @cached_property
    def _schemas(self) -> tuple[dict[str, Any], ...]:
        """Made once: a turn asks for them at every step."""
        return tuple(tool.schema() for tool in self.offered())

    def run(self, name: str, arguments: dict[str, Any] | str) -> Output:
        """Check and run one call: arguments, then scopes, then the tool with its own guard."""
        tool = self._tools.get(name)
        if tool is None:
            raise UnknownTool(
                f"There is no tool {name[:80]!r}; there are {', '.join(self._tools)}."
            )
        if isinstance(arguments, str):
            raise InvalidArguments(
                f"The arguments of {name} are not a JSON object: send one and nothing else."
            )
        args = tool.parse(arguments)
        missing = self.grants.missing(tool.scopes)
        if missing:
            raise ScopeDenied(name, missing)
        return tool.function(self.posthog, args)
