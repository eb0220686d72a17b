"""The command line: parse, build, iterate, print."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug, doctor
from agent.commands_changes import approve, audit, changes, policy, scopes, undo
from agent.commands_eval import evaluate
from agent.commands_export import export
from agent.commands_kept import receipt, replay, rerun, sessions, share
from agent.commands_local import import_files, local
from agent.commands_login import login, logout, projects, whoami
from agent.commands_mcp import mcp
from agent.commands_run import run, runs, schedule
from agent.commands_serve import serve
from agent.commands_slack import slack
from agent.front import Failure, exit_code, failure, flush_or_drop, front_door, say

if TYPE_CHECKING:
    from agent.answer import Answer

Project = Annotated[
    str | None,
    typer.Option(
        metavar="PROJECT", help="Project id in PostHog, or the name of an embedded project."
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="Language model to use; built-in for the built-in planner."),
]
AsOf = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Count last week and the like from this date or time."),
]

app = typer.Typer(
    name="hogloop",
    help="Ask PostHog in plain English. Without a command: a conversation.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from agent.version import version

        typer.echo(f"hogloop {version()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def chat(
    context: typer.Context,
    project: Project = None,
    model: ModelName = None,
    as_of: AsOf = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Go on with an earlier conversation: its id, or last."),
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Words alone, for screen readers: nothing moves.")
    ] = False,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Use this login, also before a command."),
    ] = None,
    debug: Debug = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Ask PostHog in plain English. Without a command: a conversation."""
    from agent.settings import profile_chosen

    context.with_resource(profile_chosen(profile))
    if context.invoked_subcommand:
        if project or model or as_of or resume:
            raise typer.BadParameter("write options after the command they belong to")
        return
    with front_door(debug=debug):
        from agent.chat.place import Place
        from agent.chat.run import converse
        from agent.start import start

        with (
            start(project, model, as_of, resume=resume) as (session, err),
            Place(session, partial(start, as_of=as_of), project, model) as place,
        ):
            raise typer.Exit(converse(place, err, plain=plain))


@app.command()
def ask(
    question: Annotated[
        list[str], typer.Argument(metavar="QUESTION", help="What you want to know.")
    ],
    project: Project = None,
    model: ModelName = None,
    as_of: AsOf = None,
    sql: Annotated[bool, typer.Option("--sql", help="Show every query in full.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")] = False,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the chart as PNG or SVG, too.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make changes that policy.toml allows unattended.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Answer one question."""
    asked = " ".join(question)
    if not asked.strip():
        raise typer.BadParameter("say what you want to know")

    def tell(failed: Failure) -> None:
        from agent.answer import Answer
        from agent.render import as_json

        say(failed.sentence)
        if json:
            answer = Answer(asked, "failed", failed.sentence, error=failed.kind)
            typer.echo(as_json(answer))

    with front_door(debug=debug, tell=tell):
        from agent.chart.picture import check, write_picture
        from agent.start import start
        from agent.steps import Steps

        if chart:
            check(chart)
        with start(project, model, as_of, yes=yes) as (session, err), Steps(err) as steps:
            answer = session.ask(asked, steps.show)
        _print(answer, sql=sql, csv=csv, json=json)
        if chart and answer.outcome == "answered":
            write_picture(answer, chart)
        if code := exit_code(answer.outcome, answer.error):
            raise typer.Exit(code)


def _print(answer: "Answer", *, sql: bool, csv: bool, json: bool) -> None:
    """Write the answer in the form asked for; CSV leaves the words to stderr."""
    from agent.render import Terminal, as_json, show, write_csv

    if json:
        typer.echo(as_json(answer))
        return
    failed = answer.outcome == "failed"
    written = csv and not failed and write_csv(answer, sys.stdout)
    words = Terminal(sys.stderr if csv or failed else sys.stdout)
    words.print(show(answer, sql=sql, tables=not written))


app.command(name="import")(import_files)
app.command()(export)
app.command()(receipt)
app.command()(rerun)
app.command()(sessions)
app.command()(replay)
app.command()(share)
app.command()(doctor)
app.command()(run)
app.command()(runs)
app.command()(schedule)
app.command(name="eval")(evaluate)
app.command()(login)
app.command()(logout)
app.command()(whoami)
app.command()(projects)
app.command()(changes)
app.command()(approve)
app.command()(undo)
app.command()(scopes)
app.command()(serve)
app.command()(mcp)
app.add_typer(audit, name="audit")
app.add_typer(policy, name="policy")
app.add_typer(local, name="local")
app.add_typer(slack, name="slack")


def main() -> None:
    """Run the command line; help is printed before a command has its own front door."""
    try:
        app()
    except OSError as error:
        failed = failure(error)
        say(failed.sentence)
        flush_or_drop()
        sys.exit(failed.code)
