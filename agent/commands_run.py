"""Commands for workflows: running one, and what came of earlier runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.workflows.history import Ran

FAILED = 1
File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="The workflow.")]


def run(
    file: File,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make its approved changes that policy.toml allows.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Hold later runs against what it does now.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Run the steps of a workflow: questions, exports, changes.

    Ends with 1 when a step failed, waits, or is not what it was approved as.
    """
    with front_door(debug=debug):
        from agent.workflows.run import run_workflow

        came = run_workflow(file, yes=yes, approve=approve)
        if not all(one.good for one in came):
            raise typer.Exit(FAILED)


def runs(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE.toml", help="Of this workflow alone.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many to list.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: Debug = False,
) -> None:
    """List the latest runs of workflows, and what came of their steps."""
    with front_door(debug=debug):
        from dataclasses import asdict

        from agent.journal import Journal
        from agent.render import exact
        from agent.settings import load_settings
        from agent.workflows.history import History

        home = load_settings().home
        workflow = str(file.absolute()) if file else None
        found = History(Journal(home / "journal.db")).runs(workflow, limit)
        if json:
            typer.echo(exact([asdict(one) for one in found]))
        elif not found:
            say("No workflow ran yet: `hogloop run FILE.toml`.")
        for one in found if not json else ():
            typer.echo("\n".join(_lines(one, home)))


def _lines(ran: "Ran", home: Path) -> "Iterator[str]":
    from agent.cells import one_line
    from agent.workflows.lock import is_running

    state = "" if ran.ended else "running" if is_running(home, ran.workflow) else "interrupted"
    yield one_line(f"{ran.began[:16].replace('T', ' ')} UTC  {ran.workflow}  {state}").rstrip()
    for came in ran.steps:
        drift = ", not as it was approved" if came.drift else ""
        receipt = f" ({came.receipt})" if came.receipt else ""
        yield one_line(f"  {came.step or 'all'}: {came.state}{drift}, {came.said}{receipt}")
