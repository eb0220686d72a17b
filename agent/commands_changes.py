"""Commands around changes: letting them be proposed, approving, taking back, looking over."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from agent.commands import Debug
from agent.front import front_door, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.writing.gate import Gate
    from agent.writing.ledger import Entry
    from tools.changes.change import Change
    from tools.scopes import Grants

ProjectOption = Annotated[
    str | None, typer.Option(metavar="PROJECT", help="Project id in PostHog, or an embedded one.")
]
ChangeId = Annotated[str, typer.Argument(metavar="ID", help="The id on the change's card.")]

audit = typer.Typer(name="audit", help="The ledger of changes.", no_args_is_help=True)
policy = typer.Typer(name="policy", help="The rules for changes.", no_args_is_help=True)


def changes(project: ProjectOption = None, debug: Debug = False) -> None:
    """List the latest changes and what became of them."""
    with front_door(debug=debug), _gate(project) as gate:
        latest = gate.ledger.latest()
        if not latest:
            say("No change was proposed yet.")
        for entry in latest:
            found = gate.ledger.change(entry.change)
            if found is not None:
                typer.echo(_line(entry, found, gate.now()))


def approve(change_id: ChangeId, project: ProjectOption = None, debug: Debug = False) -> None:
    """Show a proposed change, and make it if you approve it."""
    with front_door(debug=debug), _gate(project) as gate:
        from agent.cells import one_line
        from agent.writing.approval import Choice

        found = _waiting(gate, change_id)
        shown = gate.card(found)
        decision = gate.approver.decide(shown)
        if shown.waits_for:
            say(f"Nothing was changed: it waits for {shown.waits_for}.")
            raise typer.Exit(2)
        if decision.choice is Choice.LATER:
            say("Nothing was changed: approving needs a terminal to answer in.")
            raise typer.Exit(2)
        yes = decision.choice is Choice.YES
        done = gate.approve(found, decision) if yes else gate.reject(found, decision)
        typer.echo(one_line(done.sentence))


def undo(change_id: ChangeId, project: ProjectOption = None, debug: Debug = False) -> None:
    """Propose to take a change back."""
    with front_door(debug=debug), _gate(project) as gate:
        from agent.cells import one_line

        typer.echo(one_line(gate.undo(change_id).sentence))


def scopes(project: ProjectOption = None, debug: Debug = False) -> None:
    """Say which scopes the key has, and the least that would do."""
    with front_door(debug=debug), _gate(project) as gate:
        for line in held_scopes(gate.posthog.grants):
            typer.echo(line)
        _used(gate)
        if why := gate.too_broad():
            say(f"This key only reads here, because {why}.")


def held_scopes(held: "Grants") -> "Iterator[str]":
    """Which scopes a key has and lacks, by what they are good for."""
    from tools.scopes import OBJECTS, READING
    from tools.toolbox import TOOLS

    writing = sorted({s for tool in TOOLS if tool.writes for s in tool.scopes})
    for title, wanted in (
        ("questions", READING),
        ("flags, cohorts, saved work, people", OBJECTS),
        ("changes", tuple(writing)),
    ):
        yield f"{title}:"
        for scope in wanted:
            yield f"  {'has' if held.covers(scope) else 'lacks'} {scope}"


def _used(gate: "Gate") -> None:
    """What a key would need for what was asked so far, and no more."""
    from agent.journal import Journal

    if used := Journal(gate.ledger.path).used():
        typer.echo("used so far (these would do):")
        for scope, day in used.items():
            typer.echo(f"  {scope}, last on {day}")


@audit.command("verify")
def verify(
    head: Annotated[str, typer.Option(metavar="HASH", help="A head noted before.")] = "",
    debug: Debug = False,
) -> None:
    """Check that no line of the ledger was changed or removed, and print its head."""
    with front_door(debug=debug):
        from agent.settings import load_settings
        from agent.writing.ledger import Ledger

        ledger = Ledger(load_settings().home / "journal.db")
        typer.echo(f"The ledger is whole. Its head is {ledger.verify(head)}")


@policy.command("explain")
def explain(
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="For instance set_flag_rollout.")],
    target: Annotated[str, typer.Argument(metavar="NAME", help="The flag, cohort, …")],
    step: Annotated[
        float, typer.Option(metavar="POINTS", help="By how much a rollout moves.")
    ] = 0.0,
    project: ProjectOption = None,
    debug: Debug = False,
) -> None:
    """Say what the policy makes of a change, and by which rule."""
    with front_door(debug=debug), _gate(project) as gate:
        from agent.cells import one_line
        from agent.writing.policy import Case, judge, local_now, named

        there = gate.posthog.project
        case = Case(named(tool), target, there.id, step)
        verdict = judge(gate.policy, case, local_now(there.timezone))
        unattended = "; --yes may make it" if verdict.unattended else ""
        by = f" by {' or '.join(verdict.by)}" if verdict.by else ""
        typer.echo(one_line(f"{verdict.kind}{by}: {verdict.reason}{unattended}."))


def _gate(project: str | None) -> "AbstractContextManager[Gate]":
    from agent.start import gate

    return gate(project)


def _known(gate: "Gate", change_id: str) -> "Change":
    from agent.errors import SettingsError

    found = gate.ledger.change(change_id)
    if found is None:
        raise SettingsError(f"There is no change {change_id}: `hogloop changes` lists them.")
    return found


def _waiting(gate: "Gate", change_id: str) -> "Change":
    """A change that nobody decided about yet."""
    from tools.changes.change import Outcome
    from tools.errors import ChangeRefused

    found, last = _known(gate, change_id), gate.ledger.last(change_id)
    if last is not None and last.step is not Outcome.PROPOSED:
        raise ChangeRefused(f"The change {change_id} is {last.step} already.")
    if gate.now() > found.expires_at:
        raise ChangeRefused(f"The change {change_id} is older than ten minutes: ask for it again.")
    return found


def _line(entry: "Entry", found: "Change", now: float) -> str:
    from agent.writing.card import plain
    from tools.changes.change import Outcome

    old = entry.step is Outcome.PROPOSED and now > found.expires_at
    step = Outcome.EXPIRED if old else entry.step
    return f"{entry.change}  {entry.time[:16]}  {step:9} {plain(found.headline)}"
