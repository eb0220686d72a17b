"""Whose number is meant where no event is named: of a page, or of those named for what they do."""

from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.plan import Series
from agent.planner.reading import events
from agent.planner.reading.properties import own
from agent.planner.reading.said import Said


def of_pages(said: Said) -> Series | None:
    """“The average size of a page”: the number of a view of it."""
    views = events.of_concept(said, "page_view")[:1]
    for chunk in said.all("property"):
        before = said.before(chunk)
        single = said.tokens[chunk.end - 1].word == "page"
        if views and single and before and before.kind in ("of", "per", "for"):
            page = replace(chunk, kind="page")
            said.groups = tuple(page if g is chunk else g for g in said.groups)
            said.take(page, before)
            return Series(tuple(views))
    return None


def of_doers(said: Said, name: str) -> Series | None:
    """“Top editors by text added”: what they are named for, where it has the number."""
    nouns = [g.value.noun for g in said.groups if g.kind == "people"]
    doing = [lexicon().doing[noun] for noun in nouns if noun in lexicon().doing]
    found = [e for idea in doing for e in events.of_concept(said, idea)]
    return next((Series((e,)) for e in found if name in own(said.world, (e,))), None)


def said_again(said: Said, chunk: Chunk) -> list[Chunk]:
    """“Size … in bytes”: the same number, said once more by its unit."""
    names = {link.name for link in chunk.value[:1] if chunk.value}
    return [
        one
        for one in said.all("property")
        if one is not chunk
        and names & {link.name for link in one.value[:1]}
        and (before := said.before(one))
        and before.kind == "in"
    ]


def of_all(said: Said, name: str) -> Series | None:
    """“Bandwidth per day”: a number that all events of a small project have."""
    if name not in said.world.common():
        return None
    said.assumptions.append(f"{name} is taken over all events, which all have it")
    return Series()
