"""Commands for workflows: running one, and what came of earlier runs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.workflows.history import Ran

FAILED = 1


class Form(StrEnum):
    """Who starts a workflow."""

    systemd = "systemd"
    cron = "cron"


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


def schedule(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.toml…", help="The workflows.")],
    form: Annotated[
        Form | None,
        typer.Option("--print", help="Print what systemd or cron needs to run it instead."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make approved changes that policy.toml allows.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Run workflows at the times they name, until Ctrl-C.

    Of several times that the machine slept through, one run is caught up on.
    """
    with front_door(debug=debug):
        if form:
            typer.echo("\n".join(_units(files, form, yes=yes)), nl=False)
            return
        import signal
        from functools import partial

        from agent.workflows.run import run_workflow
        from agent.workflows.schedule import Scheduler

        scheduler = Scheduler(files, partial(run_workflow, yes=yes))
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            for line in scheduler.told():
                say(line)
            scheduler.forever()
        except KeyboardInterrupt:
            say("Stopped.")


def _units(files: list[Path], form: "Form", *, yes: bool) -> "Iterator[str]":
    import shutil

    from agent.workflows.schedule import times_of
    from agent.workflows.units import crontab, systemd, unit_name

    write = systemd if form is Form.systemd else crontab
    hogloop = shutil.which("hogloop") or "hogloop"
    for file in files:
        command = [hogloop, "run", str(file.absolute()), *(["--yes"] if yes else [])]
        yield write(unit_name(file), command, times_of(file))


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
            typer.echo("\n".join(_lines(one)))


def _lines(ran: "Ran") -> "Iterator[str]":
    from agent.cells import one_line

    state = "" if ran.ended else "runs still, or was interrupted"
    yield one_line(f"{ran.began[:16].replace('T', ' ')} UTC  {ran.workflow}  {state}").rstrip()
    for came in ran.steps:
        drift = ", not as it was approved" if came.drift else ""
        receipt = f" ({came.receipt})" if came.receipt else ""
        yield one_line(f"  {came.step or 'all'}: {came.state}{drift}, {came.said}{receipt}")
