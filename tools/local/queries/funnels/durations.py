"""How long it takes from one step to another: PostHog's histogram of the time to convert."""

from typing import Any

from tools.local.hogql import nodes
from tools.local.queries.funnels.attempts import attempts
from tools.local.queries.funnels.plan import Plan
from tools.local.queries.reader import Reader

MOST_BINS = 90
_EMPTY_WIDTH = 60
_TIMINGS = """SELECT groupArray((times[{last}] - times[{first}]) / 1000000) AS timings,
    {bins} AS bins, floor(arrayMin(timings)) AS low,
    ceil((ceil(arrayMax(timings)) - low) / bins) AS raw, if(raw > 0, raw, {empty}) AS width,
    arrayAvg(timings) AS average FROM {attempts} WHERE level >= {last}"""
_BINNED = """SELECT bin, any(bins), any(low), any(width), any(average), count() FROM (
    SELECT arrayJoin(arrayMap(x -> floor((x - low) / width), timings)) AS bin, bins, low, width,
    average FROM {timings}) GROUP BY bin"""
_AUTOMATIC = "least(60, greatest(1, ceil(cbrt(length(timings)))))"


def histogram(plan: Plan, reader: Reader) -> dict[str, Any]:
    """The bins as (seconds, actors), and the average time in seconds."""
    chosen = plan.chosen
    last = plan.layout.steps - 1 if chosen.funnelToStep is None else chosen.funnelToStep
    bins = chosen.binCount
    timings = nodes.query(
        _TIMINGS,
        first=nodes.constant((chosen.funnelFromStep or 0) + 1),
        last=nodes.constant(last + 1),
        bins=nodes.expr(_AUTOMATIC) if bins is None else nodes.constant(_clamped(bins)),
        empty=nodes.constant(_EMPTY_WIDTH),
        attempts=attempts(plan),
    )
    rows = reader.rows(nodes.query(_BINNED, timings=timings))
    if not rows:
        count = 1 if bins is None else _clamped(bins)
        return _shown(count, 0, _EMPTY_WIDTH, None, {})
    _, count, low, width, average, _ = rows[0]
    return _shown(int(count), low, width, average, {int(row[0]): row[-1] for row in rows})


def _clamped(bins: int) -> int:
    return max(1, min(bins, MOST_BINS))


def _shown(
    count: int, low: float, width: float, average: float | None, found: dict[int, int]
) -> dict[str, Any]:
    starts = [round(low + number * width) for number in range(count + 1)]
    return {
        "bins": [[start, found.get(number, 0)] for number, start in enumerate(starts)],
        "average_conversion_time": average,
    }
