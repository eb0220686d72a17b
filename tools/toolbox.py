"""The tools there are, and the one place where a call is checked and run."""

from collections.abc import Collection, Iterator
from typing import Any, Protocol

from tools.activity import run_lifecycle, run_stickiness
from tools.base import Output, Tool
from tools.batch_exports import get_batch_export, list_batch_exports
from tools.changes.annotations import annotate, delete_annotation
from tools.changes.batch_exports import (
    backfill_batch_export,
    create_batch_export,
    pause_batch_export,
)
from tools.changes.change import Change, Done
from tools.changes.cohort_members import add_to_cohort, remove_from_cohort
from tools.changes.cohorts import (
    create_cohort,
    create_static_cohort,
    delete_cohort,
    restore_cohort,
    update_cohort,
)
from tools.changes.experiments import end_experiment, launch_experiment, ship_variant
from tools.changes.flag_copy import copy_flag
from tools.changes.flag_later import restore_flag, schedule_flag_change
from tools.changes.flag_targeting import (
    remove_flag_condition,
    set_flag_condition,
    set_flag_payload,
    set_flag_rollout,
    set_flag_variants,
)
from tools.changes.flags import archive_flag, create_flag, delete_flag, switch_flag
from tools.changes.saved import add_to_dashboard, create_dashboard, save_insight
from tools.changes.saved_away import delete_dashboard, delete_insight
from tools.changes.saved_names import update_dashboard, update_insight
from tools.client import PostHog
from tools.cohorts import get_cohort, list_cohorts
from tools.errors import ChangeRefused, InvalidArguments, ScopeDenied, UnknownTool
from tools.experiments import get_experiment, list_experiments
from tools.finding import find_names
from tools.flags import flag_changes, get_flag, list_flags
from tools.funnels import run_funnel
from tools.paths import run_paths
from tools.people import get_person, person_timeline
from tools.project import Project
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
    find_names,
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
    list_batch_exports,
    get_batch_export,
    get_person,
    person_timeline,
    create_flag,
    switch_flag,
    set_flag_rollout,
    set_flag_condition,
    remove_flag_condition,
    set_flag_variants,
    set_flag_payload,
    archive_flag,
    delete_flag,
    create_cohort,
    create_static_cohort,
    update_cohort,
    add_to_cohort,
    remove_from_cohort,
    delete_cohort,
    restore_cohort,
    restore_flag,
    schedule_flag_change,
    copy_flag,
    save_insight,
    add_to_dashboard,
    create_dashboard,
    update_insight,
    update_dashboard,
    delete_insight,
    delete_dashboard,
    annotate,
    delete_annotation,
    launch_experiment,
    end_experiment,
    ship_variant,
    create_batch_export,
    pause_batch_export,
    backfill_batch_export,
)
"""Every tool, in the order a model sees them."""


class Gatekeeper(Protocol):
    """Who decides about changes; what proposes them is offered while it is open."""

    @property
    def is_open(self) -> bool:
        """Whether changes may be proposed now."""
        ...

    def open(self) -> str:
        """Let them be proposed for a while; says so, or raises `ChangeRefused`."""
        ...

    def check(self) -> None:
        """Raise `ChangeRefused` unless changes may be proposed."""
        ...

    def carry(self, change: Change) -> Done:
        """Take a proposal to a person, and make it if it is approved."""
        ...

    def undo(self, change_id: str) -> Done:
        """Propose the inverse of a change that was made, of the latest one without an id."""
        ...


class ReadOnly:
    """The gatekeeper that is always shut."""

    is_open = False

    def open(self) -> str:
        """Refuse."""
        raise ChangeRefused("hogloop only reads here: changes are not possible.")

    def check(self) -> None:
        """Refuse."""
        raise ChangeRefused("hogloop only reads here: changes are not possible.")

    def carry(self, change: Change) -> Done:
        """Refuse."""
        raise ChangeRefused(f"hogloop only reads here: {change.headline} is not possible.")

    def undo(self, change_id: str) -> Done:
        """Refuse."""
        raise ChangeRefused("hogloop only reads here: changes are not possible.")


class Toolbox:
    """The tools one key may use, on one project."""

    def __init__(
        self,
        posthog: PostHog,
        tools: tuple[Tool[Any], ...] = TOOLS,
        *,
        gate: Gatekeeper | None = None,
    ) -> None:
        self.posthog = posthog
        self.gate = gate or ReadOnly()
        self.grants = posthog.grants
        self._tools = {tool.name: tool for tool in tools}

    @property
    def toolbox(self) -> "Toolbox":
        """All of the tools: itself."""
        return self

    def afresh(self) -> "Toolbox":
        """Itself, since nothing of a conversation is kept here."""
        return self

    @property
    def names(self) -> Collection[str]:
        """The tools there are, whether the key may use them or not."""
        return self._tools.keys()

    @property
    def project(self) -> Project:
        """The project all calls are about."""
        return self.posthog.project

    def offered(self) -> tuple[Tool[Any], ...]:
        """The tools whose scopes the key holds; those that change things while the gate is open."""
        return tuple(t for t in self._possible() if not self.grants.missing(t.scopes))

    def withheld(self) -> tuple[Tool[Any], ...]:
        """The tools the key can't use; they are known, so that the refusal can name the scope."""
        return tuple(t for t in self._possible() if self.grants.missing(t.scopes))

    def _possible(self) -> Iterator[Tool[Any]]:
        """The tools that read, and those that change things while the gate is open."""
        open_now = self.gate.is_open
        yield from (tool for tool in self._tools.values() if open_now or not tool.writes)

    def schemas(self) -> list[dict[str, Any]]:
        """What a model is offered."""
        return [tool.schema() for tool in self.offered()]

    def told(self, name: str, output: Output) -> str:
        """What a model reads of the result of a call."""
        return output.for_model()

    def run(self, name: str, arguments: dict[str, Any] | str) -> Output:
        """Check and run one call: arguments, scopes, then the tool with its own guard.

        A tool that changes something only proposes it; the gate takes it from there.
        """
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
        if not tool.writes:
            return tool.function(self.posthog, args)
        self.gate.check()
        change = tool.function(self.posthog, args)
        if not isinstance(change, Change):
            raise TypeError(f"{name} changes something but proposes no change")
        return self.gate.carry(change)
