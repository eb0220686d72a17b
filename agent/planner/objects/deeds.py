"""Changes that are made, once write mode lets them be proposed and a person approves them."""

from typing import Any

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.world import Refused, Request, World
from tools.changes.change import Done, Outcome
from tools.toolbox import TOOLS

OFF = (
    "hogloop only reads until you let it propose changes (/write in a conversation, "
    "`hogloop login --write` before a single question)"
)

WRITING = tuple(tool.name for tool in TOOLS if tool.writes)
BACK = "; `hogloop undo {}`, or /undo, takes it back"


def deed(call: Request | None, world: World) -> Draft | None:
    """What became of a change, None while changes can't be proposed.

    Where others can and this one can't, the key lacks a scope: the refusal names it.
    """
    if call is None or not any(map(world.offers, WRITING)):
        return None
    try:
        (done,) = world.look(call)
    except Refused as refused:
        if refused.result.error not in ("ChangeRefused", "InvalidArguments", "ScopeDenied"):
            raise
        said = refused.result.text.partition(": ")[2]
        return telling.declined(f"{said} Nothing was changed.".replace(".. ", ". "))
    return _told(done)


def _told(done: Done) -> Draft:
    headline, made = done.change.headline, done.outcome is Outcome.APPLIED
    rows: list[Any] = [(one.what, one.now, one.after) for one in done.change.differences]
    return telling.answered(
        f"{headline[:1].upper()}{headline[1:]}: {done.sentence[:1].lower()}{done.sentence[1:]}",
        f"It is on the page {done.page}." if done.page else "",
        f"It is the change {done.change.id}{BACK.format(done.change.id) if made else ''}.",
        tables=[telling.table((done.change.target.name, "now", "after"), rows)],
    )
