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
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    debug: Debug = False,
) -> None:
    """Check that everything works, and say what to fix."""
    with front_door(debug=debug):
        from dataclasses import asdict

        from agent.cells import one_line
        from agent.doctor import examine
        from agent.render import Terminal, exact
        from agent.settings import load_settings

        checks = examine(load_settings(project=project, model=model))
        if json:
            found = list(checks)
            broken = sum(one.needed and not one.ok for one in found)
            typer.echo(exact({"ok": not broken, "checks": [asdict(one) for one in found]}))
            raise typer.Exit(1 if broken else 0)
        out = Terminal(sys.stdout)
        good, bad, off = "+x-" if out.options.ascii_only else "✓✗–"
        broken = 0
        for check in checks:
            broken += check.needed and not check.ok
            line = one_line(f"{check.text} - {check.fix}" if not check.ok else check.text)
            mark = good if check.ok else bad if check.needed else off
            out.print(f"{mark} {line}", soft_wrap=True)
        if broken:
            raise typer.Exit(1)
