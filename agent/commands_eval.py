"""The command that measures answers on a file of questions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        list[str] | None,
        typer.Option(metavar="MODEL", help="Model to measure; given again, side by side."),
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
        from agent.evaluation.questions import load
        from agent.evaluation.run import judged
        from agent.start import start

        questions = load(file)
        measured: dict[str, list[Judged]] = {}
        for name in model or (None,):
            with start(project, name, as_of) as (session, err):
                results = measured.setdefault(name or session.agent.model.name, [])
                for n, one in enumerate(judged(session.agent, questions), 1):
                    results.append(one)
                    if json:
                        typer.echo(_line(name or session.agent.model.name, one))
                    elif wrong and one.verdict not in ("right", "unjudged"):
                        typer.echo(_told(one))
                    if err.is_terminal and n % 10 == 0:
                        err.print(f"{n} of {len(questions)}", style="dim", end="\r")
        if not json:
            _print(measured)


def _told(one: "Judged") -> str:
    from agent.cells import one_line

    text, why = one_line(one.question.text), one_line(one.why)
    return f"{one.verdict}: {one.question.id} {text}\n  {why}"


def _line(model: str, one: "Judged") -> str:
    import json

    return json.dumps(
        {
            "model": model,
            "id": one.question.id,
            "intent": one.question.intent,
            "text": one.question.text,
            "verdict": one.verdict,
            "why": one.why,
            "marks": one.marks,
            "tokens": one.tokens,
            "cost": one.cost,
            "seconds": round(one.seconds, 3),
        },
        ensure_ascii=False,
    )


def _print(measured: "Mapping[str, Sequence[Judged]]") -> None:
    from rich.table import Table

    from agent.evaluation.run import VERDICTS
    from agent.evaluation.tables import COLUMNS, by_intent, side_by_side
    from agent.render import Terminal

    out = Terminal(sys.stdout)
    for name, results in measured.items():
        if len(measured) > 1:
            out.print(f"\n{name}", markup=False)
        shown = Table("intent", box=None, pad_edge=False)
        for column in ("questions", *VERDICTS):
            shown.add_column(column, justify="right")
        for row in by_intent(results):
            shown.add_row(*row)
        out.print(shown)
    compared = Table(box=None, pad_edge=False)
    (_, *models), *lines = zip(COLUMNS, *side_by_side(measured), strict=True)
    compared.add_column("")
    for model in models:
        compared.add_column(model, justify="right")
    for line in lines:
        compared.add_row(*line)
    out.print()
    out.print(compared)
