"""Groups that mean something else beside the rest of a question, before anything is measured."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.names import Link
from agent.planner.reading import adding
from agent.planner.reading.conditions import flag_named
from agent.planner.reading.groups import People
from agent.planner.reading.properties import rank
from agent.planner.reading.said import Said


def unsplit(said: Said) -> None:
    """“Top categories by revenue”: a number after “by” is what they are ranked by."""
    for chunk in said.all("split"):
        (one,) = chunk.value if len(chunk.value) == 1 else (None,)
        if one and one.kind in ("people", "sessions") and said.has("rank"):
            value = People("user") if one.kind == "people" else None
            head = replace(chunk, kind=one.kind, value=value)
            said.groups = tuple(head if g is chunk else g for g in said.groups)
            continue
        if one is None or one.kind != "property" or not isinstance(one.value, tuple):
            continue
        plain = Chunk(chunk.start, chunk.end, "property", one.value)
        if _by_whom(said, chunk, one.value):
            said.groups = tuple(plain if g is chunk else g for g in said.groups)
            continue
        found = rank(one.value, said.world.held["event"], said.world)
        ranked = said.has("rank")
        number = adding.is_money(said, plain) or (found and found[0][1].numeric and ranked)
        if number and (ranked or len(said.all("split")) > 1):
            said.groups = tuple(plain if g is chunk else g for g in said.groups)


def _by_whom(said: Said, chunk: Chunk, links: Sequence[Link]) -> bool:
    """“Edits by bots”: those who did it are told by a flag, which is a condition."""
    if said.tokens[chunk.start].word != "by" or not said.tokens[chunk.end - 1].word.endswith("s"):
        return False
    prop = flag_named(links, said.world.held["event"], said)
    return prop is not None and prop.name.startswith("is_")


def hours(said: Said) -> None:
    """“Peak play hours”: hours that are ranked are hours of the day."""
    unit = said.first("unit")
    if unit and unit.value == "hour" and said.has("rank"):
        part = replace(unit, kind="part", value="hour")
        said.groups = tuple(part if g is unit else g for g in said.groups)
