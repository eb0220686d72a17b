"""Requests to bring back what was deleted, which is found by its id alone."""

import re

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World

KINDS = ("flag", "insight", "dashboard", "annotation")
WANTED = re.compile(
    rf"^\W*(?:please\s+)?(?:restore|undelete|bring\s+back)\b.*?\b(?P<kind>{'|'.join(KINDS)})\b"
    r"(?P<which>.*)$",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\W*(?:(?:with|number|no|the|id)\W+)*(\d+)\W*", re.IGNORECASE)


def restoring(asked: Asked, world: World) -> Draft | None:
    """What became of a wish to bring something back, None where another thing is wanted."""
    found = WANTED.match(asked.text)
    if found is None:
        return None
    kind, number = found["kind"].lower(), NUMBER.fullmatch(found["which"])
    if number is None and kind == "flag":
        return None
    if number is None:
        return telling.declined(
            f"A deleted {kind} is found by its id alone: say it as in “restore the {kind} 12”.",
            "What hogloop deleted is brought back by `hogloop undo` with the id of that change.",
        )
    call: Request = ("restore_flag", {"id": int(number[1])})
    if kind != "flag":
        call = (f"delete_{kind}", {kind: number[1], "deleted": False})
    return deed(call, world) or telling.declined(
        f"The {kind} {number[1]} would be brought back. Nothing was changed: {OFF}."
    )
