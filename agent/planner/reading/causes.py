"""Questions about causes: why a figure moved, what changed at all, what goes with an outcome."""

from dataclasses import replace
from typing import Literal

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.english.words import name_words, word_set
from agent.planner.plan import (
    Breakdown,
    Cause,
    Drivers,
    Funnel,
    Reply,
    Scope,
    Series,
    Trends,
    Unfit,
    Unsure,
    Watch,
)
from agent.planner.reading import events
from agent.planner.reading.conditions import conditions
from agent.planner.reading.funnels import funnel
from agent.planner.reading.properties import common, own
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope
from agent.planner.reading.spans import period
from agent.planner.reading.trends import trends

Claim = Literal["up", "down", "zero"]
UP = word_set(
    "up improved better roof surged soared skyrocketed spiked exploded doubled took shot climbed "
    "jumped peaked"
)
IDLE = (
    "why", "claim", "decline", "increase", "zeroed", "growth", "changed", "it", "then",
    "retention_word", "comparative", "trend", "after", "yes_no", "anything", "manage", "never",
    "deployed", "length", "split", "each", "now", "across", "people",
)  # fmt: skip


def cause(said: Said) -> Cause | Trends:
    """Read a question as one about why a figure moved."""
    why = said.first("why")
    claims = said.all("claim", "decline", "increase", "zeroed")
    if (why is None and not claims) or said.has("count"):
        raise Unfit
    if why and not claims and (reasons := _reasons(said)):
        return reasons
    claimed = next((one for c in claims if (one := _claimed(said, c))), None)
    _only_figures(said)
    _once(said)
    figure = _figure(said)
    scope = replace(figure.scope, ranked=False, ascending=False)
    return Cause(scope, replace(figure, scope=scope), claimed)


def _reasons(said: Said) -> Trends | None:
    """“Why do members cancel?”: the reasons that the event itself tells."""
    chunks = said.all("event")
    if len(chunks) != 1 or said.has("comparative") or said.has("share"):
        return None
    one = events.series(said, chunks[0].value)
    told = [p for n, p in own(said.world, one.events).items() if "reason" in name_words(n)]
    if len(told) != 1 or told[0].holder != "event":
        return None
    said.take(*chunks, *said.all("why", "people", "property"))
    around = scope(said, own(said.world, one.events))
    said.assumptions.append(f"the reasons are those in {told[0].name}")
    breakdowns = (Breakdown(told[0]),)
    return Trends(
        replace(around, breakdowns=breakdowns, assumptions=tuple(said.assumptions)), (one,)
    )


def watch(said: Said) -> Watch:
    """Read a question as one about what changed across the product."""
    said.take(
        *said.all(
            "anomaly",
            "why",
            "people",
            "it",
            "now",
            "asset",
            "thing_word",
            "across",
            "in",
            "anything",
        )
    )
    if said.first("event", "property", "sessions", "active"):
        raise Unsure(Reply("declined", "That asks about one figure, not about all of them."))
    spans = [one.value for one in said.all("span")]
    span, compare = period(said)
    if len(spans) == 1 and spans[0].start is None:
        span = periods.default(said.world.clock)
    return Watch(Scope(span, compare, conditions(said, common(said.world))))


def drivers(said: Said) -> Drivers:
    """Read a question as one about which behaviour goes with a later outcome."""
    said.take(
        *said.all(
            "correlation",
            "people",
            "retention",
            "churn",
            "who",
            "rank",
            "order",
            "why",
            "agg",
            "funnel",
        )
    )
    chunks = said.all("event")
    made = [events.series(said, chunk.value) for chunk in chunks]
    said.take(*chunks)
    if len(made) > 2:
        raise Unsure(Reply("declined", "I can relate one behaviour to one outcome at a time."))
    coming_back = said.has("retention") or said.has("churn")
    outcome = Series() if coming_back or not made else made[-1]
    span, _ = period(said)
    found = conditions(said, common(said.world))
    candidates = tuple(made if coming_back else made[:-1])
    return Drivers(Scope(span, filters=found), outcome, candidates, absent=said.has("churn"))


def _claimed(said: Said, chunk: Chunk) -> Claim | None:
    if chunk.kind == "zeroed":
        return "zero"
    if chunk.kind in ("decline", "increase"):
        return "down" if chunk.kind == "decline" else "up"
    words = {said.tokens[i].word for i in range(chunk.start, chunk.end)}
    return "up" if words & UP else "down"


def _only_figures(said: Said) -> None:
    """Give the words of the claim their place; what is left names the figure."""
    said.take(*said.all(*IDLE), *said.all("people_list", "paths", "weekday"))


def _once(said: Said) -> None:
    """Drop an event that is named again: “searches went to zero, did people stop searching?”."""
    seen: set[str] = set()
    for chunk in said.all("event"):
        name = chunk.value.links[0].name
        said.take(chunk if name in seen else None)
        seen.add(name)


def _figure(said: Said) -> Trends | Funnel:
    """What moved: a rate where steps are named, a count or a sum else."""
    if said.first("funnel"):
        figure: Trends | Funnel = funnel(said)
        return replace(figure, trend=False) if isinstance(figure, Funnel) else figure
    figure = trends(said)
    if len(figure.series) != 1 or figure.formula:
        raise Unsure(Reply("declined", "I can look into one figure at a time."))
    return figure
