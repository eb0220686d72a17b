"""Commands on embedded projects: import, list, stop, delete, and their keys."""

import re
from pathlib import Path
from typing import Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

Name = Annotated[str, typer.Option("--project", help="Name of an embedded project.")]

local = typer.Typer(help="Embedded projects on this machine.", no_args_is_help=True)
keys = typer.Typer(help="API keys of an embedded project.", no_args_is_help=True)
local.add_typer(keys, name="key")


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSONL, CSV or Parquet.")],
    project: Annotated[
        str | None, typer.Option(help="Embedded project; by default named after the first file.")
    ] = None,
    map: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=COLUMN", help="Where a field stands, as in timestamp=date."),
    ] = None,
    timezone: Annotated[str, typer.Option(help="Time zone of a new project.")] = "UTC",
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Stop the clock of a new project at this time."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Import events from files into an embedded project.

    Importing the same file twice stores nothing twice.
    """
    with front_door(debug=debug):
        from agent.imports import import_all

        name = project or _named_after(files[0])
        import_all(files, name, mapping=map or [], timezone=timezone, as_of=as_of)
        say(f'Ask it: hogloop ask --project {name} "what do you track?"')


def _named_after(file: Path) -> str:
    """A project's name made of a file's."""
    return re.sub(r"[^a-z0-9]+", "-", file.name.split(".")[0].lower()).strip("-") or "imported"
