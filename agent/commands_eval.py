"""The command that measures answers on a file of questions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door

if TYPE_CHECKING:
    from agent.evaluation.run import Judged


def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Questions: JSON lines with text and gold_plan or gold."
        ),
    ],
    project: Annotated[
        str | None,
        typer.Option(metavar="PROJECT", help="Project id in PostHog, or an embedded project."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Language model to measure.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Count last week and the like from this time."),
    ] = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="Print each question that was not right.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a question.")] = False,
    debug: Debug = False,
) -> None:
    """Ask every question of a file and count what is right, asked back, declined and wrong."""
    with front_door(debug=debug):
        from agent.cells import one_line
        from agent.evaluation.questions import load
        from agent.evaluation.run import judged
        from agent.start import start

        questions = load(file)
        with start(project, model, as_of) as (session, err):
            results = []
            for n, one in enumerate(judged(session.agent, questions), 1):
                results.append(one)
                if json:
                    typer.echo(_line(one))
                elif wrong and one.verdict not in ("right", "unjudged"):
                    typer.echo(one_line(f"{one.verdict}: {one.question.id} {one.question.text}"))
                    typer.echo(f"  {one_line(one.why)}")
                if err.is_terminal and n % 10 == 0:
                    err.print(f"{n} of {len(questions)}", style="dim", end="\r")
        if not json:
            _print(results)


def _line(one: "Judged") -> str:
    import json

    return json.dumps(
        {
            "id": one.question.id,
            "intent": one.question.intent,
            "text": one.question.text,
            "verdict": one.verdict,
            "why": one.why,
            "seconds": round(one.seconds, 3),
        },
        ensure_ascii=False,
    )


def _print(results: "list[Judged]") -> None:
    from rich.table import Table

    from agent.evaluation.run import VERDICTS, table
    from agent.render import Terminal

    shown = Table(box=None, pad_edge=False)
    shown.add_column("intent")
    for name in ("questions", *VERDICTS):
        shown.add_column(name, justify="right")
    for row in table(results):
        shown.add_row(*row)
    Terminal(sys.stdout).print(shown)
