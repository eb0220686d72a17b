"""One measure of a question: what is counted, or calculated over which number of which event."""

from collections.abc import Sequence
from dataclasses import replace

from agent.planner.english.chunks import Chunk
from agent.planner.plan import Reply, Series, Unsure
from agent.planner.reading import events, numbers
from agent.planner.reading.calculations import PER_PERSON, amount, calculated, each_ones, extreme
from agent.planner.reading.counts import counted
from agent.planner.reading.distinct import different, distinct_of
from agent.planner.reading.measured import Measure
from agent.planner.reading.said import Said


def measure(said: Said) -> Measure:
    """The measure of a question, or of one item of a list."""
    named = said.all("event")
    each = said.pop("each_of")
    agg = said.pop("agg")
    distinct = said.pop("distinct")
    if found := calculated(said, agg, each):
        return found
    if one := distinct_of(said, distinct) if distinct else different(said):
        return Measure((one,))
    if pair := _over(said, named):
        return Measure(pair, "ratio")
    if one := extreme(said):
        return Measure((one,))
    if found := amount(said, named, agg, each):
        return found
    if each:
        return each_ones(said, each)
    if said.has("much") and not said.has("in_money"):
        return _much(said, named)
    return Measure(counted(said, unique=distinct is not None))


def _much(said: Said, named: Sequence[Chunk]) -> Measure:
    """“How much did we pay out”: the money of an event that is paid."""
    if len(named) == 1 and numbers.is_paid(said, named[0]):
        return Measure((numbers.money_of(said, named[0]),))
    raise Unsure(Reply("asked", "How much of what? Name the amount that is added up."))


PART = 0.6
"""How surely the event that another is divided by must be named."""


def _over(said: Said, named: Sequence[Chunk]) -> tuple[Series, ...]:
    """Cancellations per booking: one event over another."""
    for chunk in named[1:]:
        before = said.before(chunk)
        if before and before.kind == "number":
            said.take(before)
            before = said.before(before)
        if before and before.kind in ("per", "each"):
            if chunk.value.links[0].score < PART:
                words = said.text([chunk])
                raise Unsure(Reply("asked", f"Per {words}: by which event or property?"))
            said.take(before, chunk, named[0])
            pair = events.series(said, named[0].value), events.series(said, chunk.value)
            if pair[0].events == pair[1].events:
                said.assumptions.append(PER_PERSON)
                return pair[0], replace(pair[0], math="unique")
            return pair
    return ()
