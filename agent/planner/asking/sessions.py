"""Metrics of sessions as HogQL over PostHog's sessions, which count where they begin."""

from dataclasses import dataclass

from agent.planner.asking.selects import BUCKETS, exact
from agent.planner.asking.terms import Terms, typed
from agent.planner.english.windows import Span, shift
from agent.planner.plan import Breakdown, Filter, Metric, Sessions
from agent.planner.world import Request, World
from tools import conditions
from tools.conditions import Owners, Where
from tools.literals import path

ROWS = 10_000
START = "$start_timestamp"
PAGES: dict[Metric, str] = {"entry": "$entry_pathname", "exit": "$end_pathname"}
"""The property that sessions are ranked by, of metrics that are lists of pages."""

MEASURED: dict[Metric, str] = {
    "duration": "$session_duration",
    "pages": "$pageview_count",
    "bounce": "$is_bounce",
}
PARTS = {"hour": f"toHour({START})", "weekday": f"toDayOfWeek({START})"}


def sessions(plan: Sessions, world: World) -> list[Request]:
    """A query for each list of pages, and one for all other metrics, in each period."""
    spans = [plan.scope.span, *([plan.scope.compare] if plan.scope.compare else [])]
    return [
        ("run_hogql", {"query": _Select(plan, lists, span, world).text(), "limit": ROWS})
        for span in spans
        for lists in metrics(plan)
    ]


def metrics(plan: Sessions) -> list[tuple[Metric, ...]]:
    """Which metrics are asked for together; each percentile is a query of its own."""
    if _share(plan) is not None:
        return [(one,) for one in plan.metrics]
    together = tuple(one for one in plan.metrics if one not in PAGES)
    return [*([together] if together else []), *((one,) for one in plan.metrics if one in PAGES)]


@dataclass(frozen=True)
class _Select:
    """One query; its columns: bucket, by_1 …, a value for each metric, and n, the sessions."""

    plan: Sessions
    metrics: tuple[Metric, ...]
    span: Span
    world: World

    def text(self) -> str:
        """The whole statement; an exact percentile is taken from a sorted list within it."""
        keys = self._keys()
        columns = [f"{text} AS {name}" for name, text in keys.items()]
        values = [f"{self._value(one)} AS value_{n}" for n, one in enumerate(self.metrics, 1)]
        text = f"SELECT {', '.join([*columns, *values, 'count() AS n'])}\nFROM {self._source()}"
        text += f"\nWHERE {self._where()}"
        text += f"\nGROUP BY {', '.join(keys)}" if keys else ""
        share = _share(self.plan)
        text = exact(text, "value_1", tuple(keys), share) if share is not None else text
        return text + (f"\nORDER BY {self._order(keys)}" if keys else "")

    def _keys(self) -> dict[str, str]:
        unit, found = self.plan.scope.interval, {}
        if unit:
            found["bucket"] = f"{BUCKETS[unit]}({START})"
        columns = [self._column(one, n) for n, one in enumerate(self.plan.scope.breakdowns)]
        columns += [f"nullIf(toString({PAGES[one]}), '')" for one in self.metrics if one in PAGES]
        return found | {f"by_{n}": column for n, column in enumerate(columns, 1)}

    def _column(self, one: Breakdown, place: int) -> str:
        if one.part:
            return PARTS[one.part]
        if one.property and one.property.holder == "session":
            return f"nullIf(toString({path('sessions', one.property.name)}), '')"
        return f"nullIf(toString(seen.part_{place}), '')"

    def _value(self, metric: Metric) -> str:
        if metric not in MEASURED:
            return "count()"
        if metric == "bounce":
            return "100 * avg(toFloat($is_bounce))"
        column = f"toFloat({MEASURED[metric]})"
        if _share(self.plan) is not None:
            return f"arraySort(groupArray({column}))"
        math = self.plan.math if self.plan.math in ("sum", "min", "max") else "avg"
        return f"{math}({column})"

    def _source(self) -> str:
        """Sessions, with what their events say where results are split by that."""
        terms = Terms(self.world)
        seen = [
            f"argMin({terms.column(one)}, timestamp) AS part_{place}"
            for place, one in enumerate(self.plan.scope.breakdowns)
            if not one.part and not (one.property and one.property.holder == "session")
        ]
        if not seen:
            return "sessions"
        events = f"SELECT $session_id AS id, {', '.join(seen)} FROM events"
        events += f" WHERE {' AND '.join(self._near(terms))} GROUP BY id"
        return f"sessions JOIN ({events}) AS seen ON sessions.session_id = seen.id"

    def _near(self, terms: Terms) -> list[str]:
        """The events that sessions of the period can have: none lasts longer than a day."""
        end = shift(self.span.end, "day", 1) if self.span.end else None
        return ["$session_id != ''", *terms.during(Span(self.span.start, end, ""))]

    def _where(self) -> str:
        terms = Terms(self.world)
        own = [one for one in self.plan.scope.filters if one.property.holder == "session"]
        timed = [one for one in self.plan.scope.filters if one.property.holder == "time"]
        of_events = [one for one in self.plan.scope.filters if one not in (*own, *timed)]
        found = [*terms.during(self.span, START), *map(_session, own), *map(_timed, timed)]
        if of_events:
            tests = " AND ".join([*self._near(terms), *map(terms.condition, of_events)])
            found.append(f"session_id IN (SELECT $session_id FROM events WHERE {tests})")
        return "\n  AND ".join(found or ["true"])

    def _order(self, keys: dict[str, str]) -> str:
        direction = "ASC" if self.plan.scope.ascending else "DESC"
        if "bucket" in keys:
            return ", ".join(["bucket", "n DESC", *(key for key in keys if key != "bucket")])
        if len(keys) == 1 and self.plan.scope.breakdowns and self.plan.scope.breakdowns[0].part:
            return ", ".join(keys)
        return ", ".join([f"value_1 {direction}", *keys])


def _share(plan: Sessions) -> float | None:
    """The percentile that is asked for, of metrics that are numbers."""
    if not set(plan.metrics) <= {"duration", "pages"}:
        return None
    return {"median": 0.5, "percentile": plan.percentile}.get(plan.math)


def _session(one: Filter) -> str:
    """A condition on a property of sessions, asked of the sessions themselves."""
    values = tuple(typed(one.property, value) for value in one.values)
    asked = Where(property=one.property.name, of="session", operator=one.operator, values=values)
    return conditions.hogql(asked, Owners(groups=())).replace("session.", "sessions.", 1)


def _timed(one: Filter) -> str:
    values = ", ".join(str(int(float(value))) for value in one.values)
    word = "IN" if one.operator == "=" else "NOT IN"
    return f"{PARTS['hour' if one.property.name == 'hour' else 'weekday']} {word} ({values})"
