"""Requests to annotate a day: what happened, for every chart."""

import re

from agent.answer import Draft
from agent.planner.english.dates import Found, find
from agent.planner.objects import telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import World

LEAD = r"(?:annotations?|annotate|note|marker|mark)"
JOINTS = (
    r"(?:that|with|saying|called|for|on|at|as|to|of|about|the (?:day|chart|graph)|the|:|-|–|—|,)"
)
EDGES = re.compile(
    rf"^(?:{JOINTS}(?:\s+|(?<=\W)|$))+|(?:(?<!\w){JOINTS}\s*)+$|[\"'“”‘’.!;]+$|^[\"'“”‘’]+",
    re.IGNORECASE,
)


def annotation(asked: Asked, world: World) -> Draft:
    """An annotation of a day, today where none is said."""
    spans = find(asked.every, world.clock)
    said = spans[0] if spans else None
    start = said.span.start if said and said.span.start else world.clock.now
    whole = (start.hour, start.minute) == (0, 0) or said is None
    at = f"{start:%Y-%m-%d}" if whole else f"{start:%Y-%m-%dT%H:%M}"
    text = asked.quoted[0] if asked.quoted else _content(asked, said)
    if not text:
        return telling.asks(f"What happened on {at}?", "Say it as in “annotate 12 November: …”.")
    call = ("annotate", {"content": text, "date": at})
    guess = () if said else ("no day was said, so it is today",)
    return deed(call, world) or telling.declined(
        f"An annotation “{text}” would be added. Nothing was created: {OFF}.",
        f"It would stand at {at} on every chart of the project.",
        f"In PostHog: {telling.place(world, 'data-management', 'annotations')}, or on a chart.",
        "“List annotations” shows those there are.",
        assumptions=guess,
    )


def _content(asked: Asked, said: Found | None) -> str:
    """The words that are neither the order nor the day."""
    text, begin, end = asked.text, 0, len(asked.text)
    if lead := re.search(rf"\b{LEAD}\b", text, re.IGNORECASE):
        begin = lead.end()
    if said:
        first, last = asked.every[said.i].start, asked.every[said.j - 1].end
        before, after = text[begin:first], text[last:]
        return _trimmed(after) or _trimmed(before)
    return _trimmed(text[begin:end])


def _trimmed(text: str) -> str:
    kept = text.strip()
    while (shorter := EDGES.sub("", kept).strip()) != kept:
        kept = shorter
    return kept
