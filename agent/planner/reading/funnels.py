"""Questions about steps: conversion, drop-off, and how long it takes from one to the next."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.plan import (
    Filter,
    Funnel,
    Order,
    Reply,
    Report,
    Scope,
    Series,
    Unfit,
    Unsure,
    Window,
)
from agent.planner.reading import events
from agent.planner.reading.conditions import without_guests
from agent.planner.reading.filters import filters
from agent.planner.reading.leading import cue_of, without_doers
from agent.planner.reading.properties import Properties, own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope
from agent.planner.reading.splits import contrast
from agent.planner.reading.steps import AUTOMATIC, steps_of

CUES = ("funnel", "time_to", "then")


def funnel(said: Said) -> Funnel:
    """Read a question as a funnel."""
    cue = cue_of(said)
    if cue is None or (said.first("session") and len(said.all("event")) < 2):
        raise Unfit
    if cue.kind == "then" and said.has("agg") and said.has("count"):
        raise Unfit
    window = conversion_window(said)
    exclusions = _exclusions(said)
    chunks = without_doers(said, said.all("event", "paying"))
    steps = steps_of(said, chunks, cue)
    steps, found = _own_conditions(said, chunks, steps)
    properties = {n: p for one in steps for n, p in own(said.world, one.events).items()}
    around = _around(said, cue, steps, properties, found)
    report = _report(said, cue)
    if _again(steps) and report in ("average_time", "median_time"):
        raise Unsure(Reply("declined", "I can't tell how long people take from one to the next."))
    trend = _trend(said, around)
    _take_cues(said)
    return Funnel(
        scope=replace(around, assumptions=tuple(dict.fromkeys(said.assumptions))),
        steps=steps,
        window=window or Window(14, "day"),
        order=_order(said),
        exclusions=tuple((one, 1, len(steps)) for one in exclusions),
        by_session=said.pop("same") is not None,
        report=report,
        trend=trend,
    )


def _again(steps: Sequence[Series]) -> bool:
    """Whether the same is done once more."""
    return len(steps) == 2 and steps[0].events == steps[1].events


def conversion_window(said: Said) -> Window | None:
    """Within 7 days: how long people have from the first step to the last."""
    for within in said.all("within", "in"):
        after = said.after(within)
        if after and after.kind == "after" and said.after(after):
            said.take(after)
            after = said.after(after)
        if after and after.kind == "length":
            said.take(within, after)
            return Window(*after.value)
    for chunk in said.all("span"):
        words = [said.tokens[i].word for i in range(chunk.start, chunk.end)]
        rolling = chunk.value.rolling and not {
            "last",
            "past",
            "previous",
            "over",
            "during",
            "for",
        } & set(words)
        if rolling and words[0] in ("within", "in", "under") and (length := _length(said, chunk)):
            said.take(chunk)
            return length
    length_said = said.first("length")
    if length_said and (said.has("funnel") or said.has("window_word")):
        said.take(length_said)
        return Window(*length_said.value)
    return None


def _length(said: Said, chunk: Chunk) -> Window | None:
    from agent.planner.english.phrases import LENGTH_UNITS, number_of

    for i in range(chunk.start, chunk.end - 1):
        one = 1.0 if said.tokens[i].word in ("a", "an") else None
        count, unit = number_of(said.tokens[i]) or one, LENGTH_UNITS.get(said.tokens[i + 1].word)
        if count and unit:
            return Window(int(count), unit)
    return None


def _exclusions(said: Said) -> tuple[Series, ...]:
    """What must not happen in between."""
    found = []
    for no in said.all("not", "didnt", "never"):
        after = said.after(no)
        while after and after.kind in ("people", "who", "all", "any"):
            said.take(after)
            after = said.after(after)
        if after and after.kind == "event":
            found.append(events.series(said, after.value))
            said.take(no, after)
    said.take(*said.all("between"), *(c for c in said.all("op") if c.value == "between"))
    return tuple(found)


def _own_conditions(
    said: Said, chunks: Sequence[Chunk], steps: tuple[Series, ...]
) -> tuple[tuple[Series, ...], tuple[Filter, ...]]:
    """Conditions beside one step that only it can have; the others hold for every step."""
    made, shared = list(steps), []
    for where in said.all("where"):
        step = _beside(said, where, chunks, steps)
        found = _of_step(said, where, made[step].events) if step is not None else None
        if found is None:
            continue
        mine = [f for f in found if not _everywhere(f)]
        shared += [f for f in found if _everywhere(f)]
        assert step is not None
        made[step] = replace(made[step], filters=(*made[step].filters, *mine))
        said.take(where)
    return tuple(made), tuple(shared)


def _beside(
    said: Said, where: Chunk, chunks: Sequence[Chunk], steps: Sequence[Series]
) -> int | None:
    """The step whose event stands just before or after a condition."""
    if len(chunks) != len(steps):
        return len(steps) - 1 if chunks and where.start >= chunks[-1].end else None
    before = [n for n, chunk in enumerate(chunks) if chunk.end <= where.start]
    after = [n for n, chunk in enumerate(chunks) if chunk.start == where.end]
    return after[0] if after else before[-1] if before else None


def _of_step(said: Said, where: Chunk, named: Sequence[str]) -> tuple[Filter, ...] | None:
    try:
        return filters(where.value, own(said.world, named), said.world)
    except Unsure:
        return None


def _everywhere(one: Filter) -> bool:
    """Whether every event has the property: those of people, and those that are set by itself."""
    name, holder = one.property.name, one.property.holder
    paths = name in ("$pathname", "$current_url")
    return holder != "event" or (
        (name.startswith(AUTOMATIC) or name.startswith("utm_")) and not paths
    )


def _around(
    said: Said,
    cue: Chunk,
    steps: Sequence[Series],
    properties: Properties,
    more: tuple[Filter, ...],
) -> Scope:
    around = without_guests(said, scope(said, properties, unit=None), properties)
    if any(one.kind == "where" and one.value.contrast for one in said.groups):
        said.contrasted = True
    splits = around.breakdowns or contrast(said, more)
    return replace(around, filters=(*around.filters, *more), breakdowns=splits)


def _trend(said: Said, around: Scope) -> bool:
    growth = said.pop("growth")
    changing = said.pop("trend") or growth
    return bool(around.interval or changing or said.pop("yes_no"))


def _order(said: Said) -> Order:
    if said.pop("any_order"):
        return "unordered"
    said.pop("order")
    return "strict" if said.pop("strict") else "ordered"


def _report(said: Said, cue: Chunk) -> Report:
    if cue.kind == "time_to":
        mean = said.pop("agg", "avg") or said.has("agg", "avg")
        said.take(*said.all("agg"))
        return "average_time" if mean else "median_time"
    return "drop" if cue.value == "drop" else "steps"


def _take_cues(said: Said) -> None:
    said.take(
        *said.all(
            "funnel", "time_to", "then", "after", "share", "most_of", "people", "ratio", "agg",
            "distinct", "strict", "each_of", "other", "compare", "first", "active",
        )
    )  # fmt: skip


__all__ = ["CUES", "funnel", "periods"]
