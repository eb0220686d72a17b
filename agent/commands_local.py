"""Commands on embedded projects: import, list, stop, delete, and their keys."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from tools.local.folder import Project

SCOPE = re.compile(r"\*|[a-z_]+:(read|write)")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the project.")]
Named = Annotated[str, typer.Option("--project", metavar="NAME", help="Name of the project.")]

local = typer.Typer(help="Embedded projects on this machine.", no_args_is_help=True)
keys = typer.Typer(help="API keys of an embedded project.", no_args_is_help=True)
local.add_typer(keys, name="key")


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="JSONL, CSV or Parquet.")],
    project: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Embedded project; by default named after the file."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Where a field is: timestamp=date."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Time zone of a new project; else UTC.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop the project's clock at this time.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Import events from files into an embedded project.

    Importing the same file twice stores nothing twice.
    """
    with front_door(debug=debug):
        from agent.imports import import_all

        name = project or _named_after(files[0])
        import_all(_home(), name, files, mapping=columns or [], timezone=timezone, as_of=as_of)
        say(f'Now ask: hogloop ask --project {name} "what do you track?"')


@local.command("create")
def create_empty(
    name: Name,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Time zone.")] = "UTC",
    clickhouse: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Keep the rows on a ClickHouse server: https://user@host:8443/database; "
            "its password is read from HOGLOOP_CLICKHOUSE_PASSWORD.",
        ),
    ] = None,
) -> None:
    """Make an empty project, to import into or to send events to."""
    with front_door():
        from tools.local.folder import create_project
        from tools.local.server_store import reachable

        address = reachable(clickhouse) if clickhouse else None
        create_project(_home(), name, timezone=timezone, clickhouse=address)
        say(f"{name} is made.")


@local.command("list")
def list_all() -> None:
    """List the embedded projects."""
    with front_door():
        from tools.local.folder import list_projects, open_meta

        for name in list_projects(_home()):
            project = _find(name)
            with open_meta(project) as meta:
                typer.echo(f"{name}  {meta.project.timezone}  {project.folder}")


@local.command()
def stop(name: Name) -> None:
    """End the process that serves a project; its data stays."""
    with front_door():
        from tools.local.connect import stop_worker

        stop_worker(_find(name))


@local.command()
def delete(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Delete a project with all of its events."""
    with front_door():
        import shutil

        from tools.local.connect import stop_worker

        project = _find(name)
        if not yes:
            typer.confirm(f"Delete {name} with all of its events?", abort=True, err=True)
        stop_worker(project)
        # Out of sight at once, so that no other process opens a folder that is half gone.
        doomed = project.folder.rename(project.folder.with_name(f".{name}.deleted"))
        shutil.rmtree(doomed)
        say(f"{name} is deleted.")


@keys.command()
def create(
    scope: Annotated[list[str], typer.Option(metavar="SCOPE", help="As in query:read; repeat it.")],
    label: Annotated[str, typer.Option(metavar="TEXT", help="What the key is for.")] = "",
    project: Named = "demo",
) -> None:
    """Make an API key and print it, this once."""
    with front_door():
        from agent.errors import SettingsError
        from tools.local.folder import open_meta
        from tools.local.keys import create_key

        for text in scope:
            if not SCOPE.fullmatch(text):
                raise SettingsError(f"{text} is no scope: write query:read, say.")
        with open_meta(_find(project)) as meta:
            typer.echo(create_key(meta, tuple(scope), label))


@keys.command("list")
def list_keys_of(project: Named = "demo") -> None:
    """List the API keys of a project."""
    with front_door():
        from tools.local.folder import open_meta
        from tools.local.keys import list_keys

        with open_meta(_find(project)) as meta:
            for key in list_keys(meta):
                typer.echo(f"{key.id}  {key.mask}  {' '.join(key.scopes)}  {key.label}")


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `key list` shows it.")],
    project: Named = "demo",
) -> None:
    """Make an API key worthless."""
    with front_door():
        from agent.errors import SettingsError
        from tools.local.folder import open_meta
        from tools.local.keys import revoke_key

        with open_meta(_find(project)) as meta:
            if not revoke_key(meta, key_id):
                raise SettingsError(f"{project} has no key {key_id}: `key list` shows them.")


def _home() -> Path:
    from agent.settings import load_settings

    return load_settings().home


def _find(name: str) -> "Project":
    """The project, or a sentence that lists those there are."""
    from agent.assemble import no_such_project
    from tools.local.folder import find_project

    home = _home()
    if found := find_project(home, name):
        return found
    raise no_such_project(home, name)


def _named_after(file: Path) -> str:
    """A project's name made of a file's."""
    return re.sub(r"[^a-z0-9]+", "-", file.name.split(".")[0].lower()).strip("-") or "imported"
