"""FunnelsQuery: who goes through some steps within some time, as PostHog counts it."""

from typing import Any

from tools.local.queries.funnels.actors import actors
from tools.local.queries.funnels.durations import histogram
from tools.local.queries.funnels.model import FunnelsQuery
from tools.local.queries.funnels.plan import plan
from tools.local.queries.funnels.steps import listed
from tools.local.queries.funnels.trend import trend
from tools.local.queries.intervals import resolved
from tools.local.queries.kind import Kind
from tools.local.queries.reader import Reader

_VIEWS = {"steps": listed, "time_to_convert": histogram, "trends": trend}


def answer(query: FunnelsQuery, reader: Reader) -> dict[str, Any]:
    """The funnel in the view that was asked for."""
    made = plan(query, reader)
    return {
        "results": _VIEWS[query.funnelsFilter.funnelVizType](made, reader),
        "resolved_date_range": resolved(made.span),
    }


KIND = Kind("FunnelsQuery", FunnelsQuery, answer, actors)
