"""One measure of a question: what is counted, or calculated over which number of which event."""

from collections.abc import Sequence

from agent.planner.english.chunks import Chunk
from agent.planner.plan import Reply, Unsure
from agent.planner.reading import numbers
from agent.planner.reading.calculations import amount, calculated, each_ones, extreme, over
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
    if pair := over(said, named):
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
