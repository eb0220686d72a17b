"""The command that puts an embedded project on a port, for PostHog's SDKs and other clients."""

from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from tools.local.serve import Served


def serve(
    project: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the embedded project.")
    ] = "demo",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port; 0 picks a free one.")
    ] = 8000,
    host: Annotated[str, typer.Option(metavar="HOST", help="Address to listen on.")] = "127.0.0.1",
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other computers in.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Serve an embedded project to PostHog's SDKs and other clients."""
    with front_door(debug=debug):
        from agent.assemble import open_embedded
        from agent.settings import load_settings
        from agent.start import show_creation

        opened = open_embedded(load_settings().home, project, show_creation)
        from tools.local.serve import serve_on

        serve_on(opened, host=host, port=port, allow_remote=allow_remote, tell=_tell)
        say("Stopped.")


def _tell(served: "Served") -> None:
    """Print what a client needs, so that a program can read it too."""
    typer.echo(f"Serving at {served.url}")
    typer.echo(f"personal key  {served.personal_key}")
    typer.echo(f"project key   {served.project_key}")
    say("Ctrl-C stops it.")
