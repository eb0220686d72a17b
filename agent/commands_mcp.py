"""The command that serves hogloop's tools to clients of the Model Context Protocol."""

import secrets
import sys
import traceback
from contextlib import closing
from importlib.util import find_spec
from typing import Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say


def mcp(
    project: Annotated[
        str | None,
        typer.Option(
            metavar="PROJECT", help="Project id in PostHog, or the name of an embedded project."
        ),
    ] = None,
    http: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Serve on this port of this machine, not on stdin and stdout; 0 picks a free one.",
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Serve the tools to Claude, Cursor, VS Code and other MCP clients."""
    with front_door(debug=debug):
        from agent.assemble import require_embedded
        from agent.errors import SettingsError
        from agent.settings import BUILT_IN, load_settings
        from tools.errors import KeyRejected
        from tools.refusals import wrong_kind

        if find_spec("mcp") is None:
            raise SettingsError("MCP is not installed: pip install 'hogloop[mcp]'.")
        settings = load_settings(project=project, model=BUILT_IN)
        if settings.posthog_key and (refused := wrong_kind(settings.posthog_key)):
            raise KeyRejected(refused)
        if settings.embedded:
            require_embedded(settings.home, settings.embedded)
        from agent.mcp.calls import Calls
        from agent.mcp.server import serve_stdio, web_app

        with closing(Calls(settings, debug=_trace if debug else lambda error: None)) as calls:
            if http is None:
                if sys.stdin.isatty():
                    say("An MCP client starts this by itself, README.md says how. Ctrl-C ends it.")
                serve_stdio(calls)
                return
            from agent.mcp.http import serve_http

            token = settings.mcp_token or secrets.token_urlsafe(32)
            serve_http(web_app(calls), http, token, lambda url: _tell(url, token))
            say("Stopped.")


def _tell(url: str, token: str) -> None:
    """Print what a client needs, so that a program can read it too."""
    typer.echo(f"Serving at {url}")
    typer.echo(f"bearer token  {token}")
    sys.stdout.flush()
    say("Ctrl-C stops it.")


def _trace(error: BaseException) -> None:
    from agent.redact import redact

    typer.echo(redact("".join(traceback.format_exception(error))), err=True)
