"""Requests to save the last answer as an insight, or to put an insight on a dashboard."""

import re
from typing import Any

from agent.answer import Draft
from agent.planner.objects import lookups, naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.before import Before
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World

POLITE = r"^\W*(?:(?:please|now|ok|and|can you|could you)\s+)*"
THIS = r"(?:this|that|it|the (?:last )?(?:answer|result|chart|query|insight|report))\b"
SAVE = re.compile(
    rf"{POLITE}(?:(?:save|store|bookmark)\s+{THIS}"
    rf"|(?:keep|pin)\s+{THIS}(?=\W*$|\s+(?:as|called|named)\b))",
    re.IGNORECASE,
)
ADD = re.compile(
    rf"{POLITE}(?:add|put|pin|place)\s+(?P<what>.+?)\s+"
    r"(?:to|on|onto|in|into)\s+(?P<where>.*\bdashboards?\b.*|[\"“'‘].+)$",
    re.IGNORECASE,
)
AS = (
    r"\b(?:called|named|titled|as)\s+(?:an?\s+(?:new\s+)?(?:saved\s+)?(?:insight|chart|report)\b\s*)?"
    r"(?:(?:called|named|titled)\s+)?"
)
CALLED = re.compile(rf"{AS}(?P<name>.*)$", re.IGNORECASE)
QUOTED = re.compile(rf"{AS}[\"“'‘](?P<name>[^\"“”‘’]+?)[\"”'’](?!\w)(?P<rest>.*)$", re.IGNORECASE)
ONTO = re.compile(
    r"(?:\s|^)(?:and\s+)?(?:(?:add|put|pin)\s+it\s+)?(?:to|on|onto|in|into)\s+"
    r"(?P<where>(?:\S+\s+){0,6}?dashboards?\b.*)$",
    re.IGNORECASE,
)
BOARD = re.compile(
    r"^(?:(?:the|our|my|a)\s+)?(?:dashboards?\s+(?:(?:called|named)\s+)?)?(?P<name>.*?)"
    r"(?:\s+dashboards?)?$",
    re.IGNORECASE,
)
POINTING = {
    *("it", "this", "that", "one", "the", "last", "saved", "new"),
    *("insight", "answer", "chart", "result", "query", "report"),
}


def keeping(asked: Asked, world: World, before: Before) -> Draft | None:
    """What became of a wish to keep the last answer, None where something else is wanted."""
    if before.run and SAVE.match(asked.text):
        return _saved(asked, world, before)
    found = ADD.match(asked.text.strip().rstrip(".!?"))
    if found and _is_board(found["where"], world):
        return _added(asked, found["what"], _board(found["where"]), world, before)
    return None


def _saved(asked: Asked, world: World, before: Before) -> Draft | None:
    text = asked.text.strip().rstrip(".!?")
    quoted = QUOTED.search(text)
    onto = ONTO.search(quoted["rest"] if quoted else text)
    board = _board(onto["where"]) if onto else ""
    named = quoted or CALLED.search(text[: onto.start()] if onto else text)
    name = _bare(named["name"]) if named else ""
    if re.search(r"\b(?:cohort|image|png|picture|pdf|csv|json|file|spreadsheet)\b", text, re.I):
        return None
    return _save(name, board, world, before) if name else _nameless(board, before)


def _added(asked: Asked, what: str, board: str, world: World, before: Before) -> Draft:
    """One insight on one more dashboard: one that is named, saved just now, or to be saved."""
    names = {one.name: one for one in lookups.saved(world) if one.kind == "insight"}
    spelled = [one for one in naming.named(asked, names) if one.name.lower() in what.lower()]
    pointed = {word.lower() for word in re.findall(r"\w+", what)} <= POINTING
    if spelled:
        return _put(spelled[0].name, str(names[spelled[0].name].id), board, world)
    if pointed and before.insight:
        done = before.insight
        return _put(done.change.target.name, str(done.object_id), board, world)
    if pointed and before.run:
        return _nameless(board, before)
    near = naming.near(_bare(what), names) or list(names)[:5]
    told = "nothing was answered yet" if pointed else f"no saved insight is called {_bare(what)}"
    return telling.declined(
        f"Nothing can be put on the dashboard “{board}”: {told}.",
        "Ask for the figures first, then say “save this as an insight called NAME and add it to the"
        f" dashboard {board}”.",
        f"Saved insights: {', '.join(near) or 'none'}.",
    )


def _save(name: str, board: str, world: World, before: Before) -> Draft:
    assert before.run is not None
    tool, arguments = before.run
    wanted: dict[str, Any] = {"name": name, "of": tool, "arguments": arguments}
    wanted |= {"rolling": True} if before.rolling else {}
    call: Request = ("save_insight", wanted | ({"dashboard": board} if board else {}))
    if made := deed(call, world):
        return made
    on = f" and put on the dashboard “{board}”" if board else ""
    return telling.declined(
        f"The answer to “{before.question}” would be saved as the insight “{name}”{on}. Nothing was"
        f" saved: {OFF}.",
    )


def _nameless(board: str, before: Before) -> Draft:
    """Ask for a name; the question itself is one."""
    name = before.question.strip().rstrip(".?!")
    name = f"{name[:1].upper()}{name[1:]}"[:100]
    on = f" and add it to the dashboard “{board}”" if board else ""
    return telling.asks(
        "What should the insight be called?",
        "Say it as in “save this as an insight called NAME”.",
        choices=[f"Save this as an insight called “{name}”{on}"],
    )


def _put(name: str, number: str, board: str, world: World) -> Draft:
    call: Request = ("add_to_dashboard", {"insight": number, "dashboard": board})
    return deed(call, world) or telling.declined(
        f"The insight “{name}” would be put on the dashboard “{board}”. Nothing was changed: {OFF}."
    )


def _is_board(text: str, world: World) -> bool:
    """Whether a place is a dashboard: called so, or by the name of one."""
    if re.search(r"\bdashboards?\b", text, re.IGNORECASE):
        return True
    every = lookups.softly(world, ("list_saved", {}))
    return (
        any(one.kind == "dashboard" and one.name == _bare(text) for one in every[0].rows)
        if (every)
        else False
    )


def _board(text: str) -> str:
    found = BOARD.match(_bare(text))
    return _bare(found["name"]) if found else _bare(text)


def _bare(text: str) -> str:
    return text.strip().strip("\"'“”‘’.,;:! ").strip()
