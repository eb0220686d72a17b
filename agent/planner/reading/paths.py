"""Questions about paths: what people do from a point, or up to one."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.english.lexicon import lexicon
from agent.planner.english.names import Link
from agent.planner.english.words import name_words
from agent.planner.plan import (
    Filter,
    Paths,
    Reply,
    Scope,
    Series,
    Unfit,
    Unsure,
)
from agent.planner.reading import events
from agent.planner.reading.conditions import flags
from agent.planner.reading.filters import filters
from agent.planner.reading.groups import Event
from agent.planner.reading.properties import Properties, own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope


def paths(said: Said) -> Paths:
    """Read a question as one about what people do before or after something."""
    cue = said.first("paths")
    after = said.first("after", "then")
    if cue is None and not (after and _asks_what(said)):
        raise Unfit
    if cue and _is_property(said, cue):
        raise Unfit
    if cue and cue.value == "doing" and not (after or said.first("from", "to", "between", "op")):
        raise Unfit
    chunks = _points(said)
    if not chunks:
        raise Unsure(Reply("asked", "Paths from where? Name an event or a page."))
    made = [events.series(said, chunk.value) for chunk in chunks]
    said.take(*chunks)
    made = [_conditioned(said, one, n == 0) for n, one in enumerate(made)]
    if len(made) == 1:
        made = [events.with_filters(made[0], flags(said, own(said.world, made[0].events)))]
    start, end = _ends(said, chunks, made)
    said.take(
        *said.all(
            "paths",
            "after",
            "then",
            "people",
            "rank",
            "order",
            "active",
            "strict",
            "agg",
            "funnel",
            "anything",
        )
    )
    said.take(*(c for c in said.all("op") if c.value == "between"))
    pages = _of_pages(said, chunks, made)
    people = bool({token.stem for token in said.tokens} & lexicon().people)
    around = scope(said, own(said.world, ()), splits=False)
    if pages and people:
        around = _by_people(said, around, own(said.world, ("$pageview",)))
    around = replace(around, assumptions=tuple(said.assumptions))
    return Paths(around, start, end, pages=pages)


def _is_property(said: Said, cue: Chunk) -> bool:
    """“(path starts with /blog)”: the path of a page, which is a condition."""
    rest = said.tokens[cue.end : cue.end + 2]
    return said.text([cue]).lower() == "path" and any(
        token.word in ("starts", "contains", "is", "=", "equals") for token in rest
    )


def _of_pages(said: Said, chunks: Sequence[Chunk], made: Sequence[Series]) -> bool:
    """“What do people view after …”, “which pages …”: from page to page."""
    named = {i for chunk in chunks for i in range(chunk.start, chunk.end)}
    rest = {token.stem for i, token in enumerate(said.tokens) if i not in named}
    return bool(rest & {"view", "page", "visit"}) and all(
        one.events == ("$pageview",) for one in made
    )


def _by_people(said: Said, around: Scope, properties: Properties) -> Scope:
    """Pages that people view: not those that bots do, where views tell them apart."""
    bots = [p for n, p in properties.items() if p.kind == "Boolean" and "bot" in name_words(n)]
    if len(bots) != 1 or bots[0] in {f.property for f in around.filters}:
        return around
    said.assumptions.append(f"only where {bots[0].name} is false, which are people")
    return replace(around, filters=(*around.filters, Filter(bots[0], "=", (False,))))


def _points(said: Said) -> list[Chunk]:
    """The ends of the paths: not the pages and screens in general that they lead over."""
    chunks = sorted((*said.all("event"), *_paths_said(said)), key=lambda chunk: chunk.start)
    said.take(*_paths_said(said))
    bare = [
        c
        for c in chunks
        if not c.value.conditions and c.value.links[0].name in ("$screen", "$pageview")
    ]
    if len(chunks) > 1 and len(bare) == 1 and not said.has("to"):
        said.take(*bare)
        return [c for c in chunks if c not in bare]
    return chunks


def _paths_said(said: Said) -> list[Chunk]:
    """Paths of pages that are said by themselves, as views of them."""
    return [
        replace(w, kind="event", value=Event((Link("$pageview", 1.0),), (w.value,)))
        for w in said.groups
        if w.kind == "where" and w.value.path and not w.value.links
    ]


def _conditioned(said: Said, one: Series, first: bool) -> Series:
    """A point of a path with the conditions that only its event can have."""
    if not first:
        return one
    mine = own(said.world, one.events)
    found = one.filters
    for where in said.all("where"):
        try:
            more = filters(where.value, mine, said.world)
        except Unsure:
            continue
        if all(f.property.holder == "event" and not f.property.name.startswith("$") for f in more):
            found = (*found, *more)
            said.take(where)
    return replace(one, filters=found)


def _asks_what(said: Said) -> bool:
    return said.tokens[0].word in ("what", "where", "which")


def _ends(
    said: Said, chunks: Sequence[Chunk], made: Sequence[Series]
) -> tuple[Series | None, Series | None]:
    if len(made) > 1:
        return made[0], made[-1]
    words = {said.tokens[i].word for i in range(max(0, chunks[0].start - 4), chunks[0].start)}
    before = said.before(chunks[0]) if chunks[0] in said.groups else None
    ends = bool(
        {"up", "before", "to", "towards", "into", "lead", "leading", "leads"} & words
    ) or bool(before and before.kind == "to")
    return (None, made[0]) if ends else (made[0], None)
