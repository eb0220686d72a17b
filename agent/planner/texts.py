"""Conditions on part of a text: containing, starting with, with “x” in the name."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.planner import declines
from agent.planner.linking import link, read_name
from agent.planner.plan import Filter, Operator, Property, Unsure
from agent.planner.sheet import Sheet
from agent.planner.world import World

CONTAINING = ("that contain", "that contains", "which contain", "containing", "contains",
              "contain", "including the word", "with the word", "matching")  # fmt: skip
STARTING = ("starting with", "beginning with", "that start with", "that begin with",
            "starts with", "begins with", "start with")  # fmt: skip
INSIDE = ("in the", "in its", "in their")
NAMES = frozenset({"name", "title", "label", "description"})


@dataclass(frozen=True)
class Text:
    """A piece of text that a property must contain or start with."""

    operator: Operator
    value: str
    start: int
    noun: int | None
    """The token after “in the”, which may name the property."""


def texts(sheet: Sheet) -> list[Text]:
    """Every such condition; its words are explained."""
    found = []
    for i in range(len(sheet.tokens)):
        one = _operator(sheet, i) or _with_inside(sheet, i)
        if one:
            found.append(one)
    return found


def text_filters(
    world: World, sheet: Sheet, found: Sequence[Text], event: str | None
) -> list[Filter]:
    """Each condition on the property its words name; asks when they name none."""
    return [
        Filter(_property(world, sheet, one, event), one.operator, (one.value,)) for one in found
    ]


def _operator(sheet: Sheet, i: int) -> Text | None:
    """“Containing X”, “starting with X”; a number after it is no text."""
    phrases: dict[Operator, tuple[str, ...]] = {"contains": CONTAINING, "starts": STARTING}
    for operator, ways in phrases.items():
        taken = max((sheet.at(i, phrase) for phrase in ways), default=0)
        at = i + taken
        if not taken or not _is_text(sheet, at):
            continue
        noun = _inside(sheet, at + 1)
        sheet.take(range(i, (noun or at) + 1))
        return Text(operator, sheet.tokens[at].text, i, noun)
    return None


def _is_text(sheet: Sheet, i: int) -> bool:
    """Whether a piece of text stands at the place: quoted, a path, or a word with a meaning."""
    if i not in sheet.free:
        return False
    return sheet.tokens[i].kind in ("quoted", "path") or (
        bool(sheet.content([i])) and (sheet.tokens[i].kind == "word")
    )


def _with_inside(sheet: Sheet, i: int) -> Text | None:
    """“With X in the name”."""
    if sheet.word(i) not in ("with", "having") or i + 1 not in sheet.free:
        return None
    noun = _inside(sheet, i + 2)
    if noun is None:
        return None
    sheet.take(range(i, noun + 1))
    return Text("contains", sheet.tokens[i + 1].text, i, noun)


def _inside(sheet: Sheet, i: int) -> int | None:
    taken = max((sheet.at(i, phrase) for phrase in INSIDE), default=0)
    return i + taken if taken and i + taken in sheet.free else None


def _property(world: World, sheet: Sheet, one: Text, event: str | None) -> Property:
    """The property after “in the”, or the nearest one named before."""
    properties = {n: p for n, p in world.properties(event).items() if p.kind == "String"}
    names = [read_name(name) for name in properties]
    inside = one.noun is not None and sheet.word(one.noun) not in NAMES
    places = [one.noun] if one.noun is not None and inside else []
    for nearby in (places, [one.start - 1], [one.start - 2], [one.start - 3]):
        links = link(sheet.tokens, [i for i in nearby if i >= 0], names)
        if links and links[0].score >= 0.45:
            sheet.take(links[0].tokens)
            return properties[links[0].name]
    raise Unsure(declines.which_contains(one.value))
