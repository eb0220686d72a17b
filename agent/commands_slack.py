"""Commands for Slack: the bot itself, its manifest, its doctor."""

import sys
from threading import Event
from typing import Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

slack = typer.Typer(
    help="Answer questions in Slack.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Project = Annotated[
    str | None,
    typer.Option(
        metavar="PROJECT", help="Project id in PostHog, or the name of an embedded project."
    ),
]


@slack.callback(invoke_without_command=True)
def listen(context: typer.Context, project: Project = None, debug: Debug = False) -> None:
    """Answer questions in Slack, over Socket Mode, until Ctrl-C."""
    if context.invoked_subcommand:
        return
    with front_door(debug=debug):
        from agent.errors import SettingsError
        from agent.settings import load_settings, load_slack
        from agent.slack.app import listen, running
        from agent.slack.web import require_slack

        require_slack()
        settings, tokens = load_settings(project=project), load_slack()
        if not (tokens.bot_token and tokens.app_token):
            raise SettingsError(
                "Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…): the README says where "
                "they come from, `hogloop slack doctor` looks at them."
            )
        with running(settings, tokens) as bot:
            say(f"{bot.me.name} listens in Slack; Ctrl-C ends it.")
            listen(bot, tokens, Event().wait)


@slack.command()
def manifest(
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where Slack reaches the bot, for HTTP."),
    ] = None,
) -> None:
    """Print the manifest from which Slack makes the app."""
    from agent.slack.manifest import as_text

    typer.echo(as_text(url))


@slack.command()
def doctor(project: Project = None, debug: Debug = False) -> None:
    """Check the tokens, the scopes and the rules, and say what to fix."""
    with front_door(debug=debug):
        from agent.cells import one_line
        from agent.render import Terminal
        from agent.settings import load_settings, load_slack
        from agent.slack.doctor import examine
        from agent.slack.web import SlackWeb, require_slack

        require_slack()
        settings, tokens = load_settings(project=project), load_slack()
        web = SlackWeb(tokens.bot_token, tokens.api_url)
        socket = SlackWeb(tokens.app_token, tokens.api_url)
        out, broken = Terminal(sys.stdout), 0
        for check in examine(settings, tokens, web, socket):
            broken += not check.ok
            told = check.text if check.ok else f"{check.text} - {check.fix}"
            out.print(f"{'✓' if check.ok else '✗'} {one_line(told)}", soft_wrap=True)
        if broken:
            raise typer.Exit(1)
