"""What is looked up of a project's objects, through the same tools a language model has."""

from collections.abc import Sequence
from typing import Any

from agent.planner.world import Refused, Request, World
from tools.batch_exports import BatchExport
from tools.cohorts import Cohort
from tools.experiments import Experiment
from tools.flag_words import Flag
from tools.query import QueryTable
from tools.saved import Action, Annotation, Saved

ROWS = 1_000


def flags(world: World) -> tuple[Flag, ...]:
    """The feature flags."""
    return tuple(world.look(("list_flags", {}))[0].rows)


def cohorts(world: World) -> tuple[Cohort, ...]:
    """The cohorts."""
    return tuple(world.look(("list_cohorts", {}))[0].rows)


def experiments(world: World) -> tuple[Experiment, ...]:
    """The experiments."""
    return tuple(world.look(("list_experiments", {}))[0].rows)


def saved(world: World) -> tuple[Saved, ...]:
    """The saved insights and dashboards."""
    return tuple(world.look(("list_saved", {}))[0].rows)


def actions(world: World) -> tuple[Action, ...]:
    """The actions."""
    return tuple(world.look(("list_actions", {}))[0].rows)


def annotations(world: World) -> tuple[Annotation, ...]:
    """The annotations."""
    return tuple(world.look(("list_annotations", {}))[0].rows)


def batch_exports(world: World) -> tuple[BatchExport, ...]:
    """The scheduled exports."""
    return tuple(world.look(("list_batch_exports", {}))[0].rows)


def batch_export(world: World, name: str) -> tuple[BatchExport, ...]:
    """One of them, with its backfills."""
    return tuple(world.look(("get_batch_export", {"name": name}))[0].rows)


def table(world: World, query: str, limit: int = ROWS) -> QueryTable:
    """The rows of a HogQL query."""
    found: QueryTable = world.look(("run_hogql", {"query": query, "limit": limit}))[0]
    return found


def softly(world: World, *requests: Request) -> Sequence[Any] | None:
    """The outputs of these calls, or None when one of them is refused."""
    try:
        return world.look(*requests)
    except Refused:
        return None
