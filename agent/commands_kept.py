"""Commands around what was kept: receipts, conversations, reports."""

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from agent.kept import Conversation

ReceiptId = Annotated[str, typer.Argument(metavar="ID", help="The id under an answer.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
DIFFERENT = 1


def receipt(
    receipt_id: ReceiptId,
    sql: Annotated[bool, typer.Option("--sql", help="Show every query in full.")] = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Show an earlier answer again, with all that it rests on."""
    with front_door(debug=debug):
        from agent.journal import find_receipt
        from agent.receipts import as_json, facts
        from agent.render import Terminal, exact, listed, show
        from agent.settings import load_settings

        answer, evidence = find_receipt(load_settings().home / "journal.db", receipt_id)
        if json:
            typer.echo(exact(as_json(answer, evidence)))
            return
        out = Terminal(sys.stdout)
        out.print(show(answer, sql=sql))
        out.print(listed(facts(answer, evidence)))


def rerun(
    receipt_id: ReceiptId,
    project: Annotated[
        str | None, typer.Option(metavar="PROJECT", help="Another project than the answer's.")
    ] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Run the queries behind an answer again, and say what differs and why.

    Ends with 1 when something differs.
    """
    with front_door(debug=debug):
        from agent.assemble import open_posthog
        from agent.journal import find_receipt
        from agent.render import exact
        from agent.rerun import rerun as run_again
        from agent.rerun import told
        from agent.settings import load_settings
        from agent.start import show_creation
        from tools.toolbox import Toolbox

        home = load_settings().home
        answer, evidence = find_receipt(home / "journal.db", receipt_id)
        settings = load_settings(project=project or (evidence.asked if evidence else None))
        with closing(open_posthog(settings, follow=show_creation)) as posthog:
            found = run_again(answer, evidence, Toolbox(posthog))
        typer.echo(exact(found.as_json()) if json else "\n".join(told(answer, found)))
        if not found.same:
            raise typer.Exit(DIFFERENT)


def sessions(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORDS", help="Words that were asked or answered.")
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many to list.")] = 20,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """List the conversations kept here, the latest first."""
    with front_door(debug=debug):
        from dataclasses import asdict
        from itertools import islice

        from agent.kept import in_lines, list_conversations
        from agent.render import exact
        from agent.settings import load_settings

        folder = load_settings().home / "transcripts"
        found = list(islice(list_conversations(folder, " ".join(words or ())), limit))
        if json:
            typer.echo(exact([asdict(one) for one in found]))
        elif not found:
            say("No conversation is kept here yet." if not words else "None has these words.")
        else:
            typer.echo("\n".join(in_lines(found)))


def replay(
    reference: Annotated[
        str, typer.Argument(metavar="FILE", help="A transcript, the id of one, or last.")
    ],
    sql: Annotated[bool, typer.Option("--sql", help="Show every query in full.")] = False,
    debug: Debug = False,
) -> None:
    """Show a conversation again, without asking anything."""
    with front_door(debug=debug):
        from rich.text import Text

        from agent.cells import safe
        from agent.render import Terminal, show

        out = Terminal(sys.stdout)
        for turn in _conversation(reference).turns:
            out.print(Text(f"> {safe(turn.question)}", "bold"))
            if turn.answer:
                out.print(show(turn.answer, sql=sql))
            else:
                out.print(Text("(no answer: it was stopped or failed)", "dim"))
            out.print()


def share(
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="A conversation, last, or a receipt.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="A file .html or .md.")
    ],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Write a conversation or an answer as one file: an HTML page, or Markdown."""
    with front_door(debug=debug):
        from agent.report import write_report
        from agent.settings import load_settings

        if reference.startswith("r_"):
            from agent.journal import find_receipt

            answers = [find_receipt(load_settings().home / "journal.db", reference)[0]]
        else:
            answers = [turn.answer for turn in _conversation(reference).turns if turn.answer]
        say(write_report(answers, output, overwrite=overwrite))


def _conversation(reference: str) -> "Conversation":
    """The conversation of a file or an id; says what of it can't be read."""
    from agent.kept import find_conversation, read_conversation
    from agent.settings import load_settings

    path = Path(reference)
    if not path.is_file():
        path = find_conversation(load_settings().home / "transcripts", reference)
    found = read_conversation(path)
    if found.unread:
        say(f"{found.unread} line{'s' * (found.unread != 1)} of {path} can't be read: left out.")
    return found
