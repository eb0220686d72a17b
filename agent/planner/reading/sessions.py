"""Questions about sessions: how many, how long, where they begin and end."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.plan import (
    Breakdown,
    Filter,
    Math,
    Metric,
    Property,
    Series,
    Sessions,
    Trends,
    Unfit,
)
from agent.planner.reading.filters import filters
from agent.planner.reading.properties import common
from agent.planner.reading.said import Said
from agent.planner.reading.scoping import scope

METRICS: dict[str, tuple[Metric, ...]] = {
    "bounce": ("bounce",), "duration": ("duration",), "pages": ("pages",), "entry": ("entry",),
    "exit": ("exit",), "entry_exit": ("entry", "exit"),
}  # fmt: skip
VISITS = frozenset({"visits", "visit"})


def sessions(said: Said) -> Sessions | Trends:
    """Read a question as one about sessions."""
    cues = said.all("session")
    if not cues and (each := said.first("each_of")) and each.value == "people":
        return _each_ones(said, each)
    metrics: tuple[Metric, ...] = tuple(m for cue in cues for m in METRICS[cue.value])
    counted = said.first("sessions") or _traffic(said)
    others = [one for one in said.all("event") if one is not counted]
    if not metrics and (counted is None or others):
        raise Unfit
    said.take(*cues, *said.all("sessions", "people"), counted)
    said.take(*(c for c in said.all("split") if [d.kind for d in c.value] == ["sessions"]))
    math, share = _math(said)
    said.take(*said.all("count", "each_of", "agg", "distinct"))
    said.take(*(said.all("share") if metrics == ("bounce",) else ()))
    without = (*_without_pages(said, metrics), *(_of_pages(said) if metrics else ()))
    paged = [metric for metric in metrics if metric in ("entry", "exit")]
    around = scope(said, common(said.world))
    around = replace(
        around,
        filters=(*(_entered(f) for f in around.filters), *without),
        breakdowns=tuple(_entered_by(b, metrics) for b in around.breakdowns),
        assumptions=tuple(said.assumptions),
        ranked=around.ranked or bool(paged),
    )
    return Sessions(around, metrics or ("count",), math, share)


def _each_ones(said: Said, each: Chunk) -> Trends:
    """Sessions per user: how many there are, over how many people had one."""
    if said.first("sessions") is None or said.first("event"):
        raise Unfit
    said.take(each, *said.all("sessions", "people", "count", "agg"))
    around = scope(said, common(said.world))
    pair = (Series(math="sessions"), Series(math="unique"))
    return Trends(replace(around, assumptions=tuple(said.assumptions)), pair, "ratio")


def _of_pages(said: Said) -> tuple[Filter, ...]:
    """The bounce rate of the home page: sessions that begin there."""
    found = []
    for chunk in said.all("event"):
        if len(chunk.value.conditions) == 1 and chunk.value.conditions[0].path:
            told = filters(chunk.value.conditions[0], common(said.world), said.world)
            found += [_entered(one) for one in told]
            said.take(chunk)
    return tuple(found)


def _without_pages(said: Said, metrics: Sequence[Metric]) -> tuple[Filter, ...]:
    """Top exit pages without the home page."""
    found = []
    for no in said.all("not"):
        after = said.after(no)
        if after is None or after.kind != "event" or not after.value.conditions:
            continue
        (told,) = filters(after.value.conditions[0], common(said.world), said.world)
        side = "$exit_pathname" if "exit" in metrics else "$entry_pathname"
        said.take(no, after)
        found.append(replace(told, property=Property(side, "session"), operator="!="))
    return tuple(found)


def _traffic(said: Said) -> Chunk | None:
    """Visits count sessions, and so does traffic by channel."""
    counted = VISITS | {"traffic"} if _of_sessions(said) else VISITS
    for chunk in said.all("event"):
        words = {said.tokens[i].word for i in range(chunk.start, chunk.end)}
        if words <= counted:
            return chunk
    return None


def _of_sessions(said: Said) -> bool:
    """Whether a property or a value is named that sessions have."""
    held = said.world.held["session"]
    links = [link for c in said.all("property") for link in c.value]
    links += [
        link
        for chunk in said.all("split")
        for one in chunk.value
        if one.kind == "property"
        for link in one.value
    ]
    values = [v.property.holder for w in said.all("where") for v in w.value.found]
    return "session" in values or any(link.name in held for link in links)


def _math(said: Said) -> tuple[Math, float]:
    agg = said.first("agg")
    if agg is None:
        return "avg", 0.5
    if agg.value.startswith("p") and agg.value[1:].isdigit():
        return "percentile", int(agg.value[1:]) / 100
    return agg.value, 0.5


def _entered_by(one: Breakdown, metrics: Sequence[Metric]) -> Breakdown:
    """Pages whose bounce rate is asked for are those that sessions begin with."""
    paged = one.property is not None and one.property.name in ("$pathname", "$current_url")
    side = "$exit_pathname" if metrics == ("exit",) else "$entry_pathname"
    return Breakdown(Property(side, "session")) if paged and metrics else one


def _entered(one: Filter) -> Filter:
    """A page in a question about sessions is the page they begin with."""
    if one.property.name in ("$pathname", "$current_url"):
        return replace(one, property=Property("$entry_pathname", "session"))
    return one
