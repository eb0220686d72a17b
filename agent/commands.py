"""Whether everything works."""

import sys
from typing import Annotated

import typer

from agent.front import front_door

Debug = Annotated[bool, typer.Option("--debug", help="Show where a failure comes from.")]


def doctor(
    project: Annotated[
        str | None, typer.Option(metavar="PROJECT", help="Project to look at.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Language model to try.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Check that everything works, and say what to fix."""
    with front_door(debug=debug):
        from agent.cells import one_line
        from agent.doctor import examine
        from agent.render import Terminal
        from agent.settings import load_settings

        out = Terminal(sys.stdout)
        good, bad, off = "+x-" if out.options.ascii_only else "✓✗–"
        broken = 0
        for check in examine(load_settings(project=project, model=model)):
            broken += check.needed and not check.ok
            line = one_line(f"{check.text} - {check.fix}" if not check.ok else check.text)
            mark = good if check.ok else bad if check.needed else off
            out.print(f"{mark} {line}", soft_wrap=True)
        if broken:
            raise typer.Exit(1)
