"""A rate: of those who entered, how many got to each step; counted by every property at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agent.planner.english.windows import Clock, Span, Unit, shift
from agent.planner.plan import Funnel, Series, Trends
from agent.planner.why.comparable import end, start
from agent.planner.why.conditions import condition, said
from agent.planner.why.dimensions import (
    DERIVED,
    KEYS,
    MADE,
    PAIR,
    PERSON,
    Dimension,
    derived,
    dimension,
    hidden,
    sources,
    value_of,
)
from agent.planner.why.measure import Measure, both, named, read
from agent.planner.why.slots import AT, Slots
from agent.planner.world import World
from tools.literals import moment

VALUES = 25
"""Values of each property to look at, the largest."""

UNITS: dict[str, Unit] = {"hour": "hour", "day": "day", "week": "week", "month": "month"}
Counts = tuple[float, ...]
"""Those who entered, and those who got to each further step."""


@dataclass(frozen=True)
class RateCell:
    """The counts of one value of a dimension, in the period and in each of those before."""

    dimension: Dimension
    value: str | None
    now: Counts
    slices: tuple[Counts, ...]
    different: int = 2

    @property
    def before(self) -> Counts:
        """Over all periods before."""
        return summed(self.slices)


@dataclass(frozen=True)
class Rate:
    """What a rate is of: the steps of a funnel, or one figure in another."""

    what: str
    steps: tuple[str, ...]
    events: tuple[str, ...]
    """Of the last step."""

    funnel: Funnel | None = None
    pair: tuple[Measure, Measure] | None = None
    """What is a share, and what it is a share of."""

    def query(self, spans: Sequence[Span], world: World) -> str:
        """The counts in each period, by every property."""
        grouped = self._of_actors(spans, world) if self.funnel else self._of_events(spans, world)
        names = [f"v{p}_{s}" for p in range(len(spans)) for s in range(len(self.steps))]
        sums = [f"sum({name}) OVER (PARTITION BY dimension)" for name in names]
        return (
            "SELECT dimension, value, count() OVER (PARTITION BY dimension) AS different,\n"
            f"  {', '.join([*names, *sums])}\nFROM ({grouped})\n"
            f"ORDER BY {' + '.join(names[:: len(self.steps)])} DESC\nLIMIT {VALUES} BY dimension"
        )

    def _of_actors(self, spans: Sequence[Span], world: World) -> str:
        """People, or sessions, by how far they got in each period they entered in."""
        assert self.funnel is not None
        late = self.late(spans[0], world.clock)
        steps = [f"({_step(one, self.funnel, world)}) AS s{i}" for i, one in enumerate(self._steps)]
        marks = [f"s{i}" for i in range(len(steps))]
        bounds = [Slots([span], world.zone).seconds(span) for span in spans]
        begins, ends = ([one[side] for one in bounds] for side in (0, 1))
        until = [last + int(late.total_seconds()) for last in ends]
        rows = (
            f"SELECT {'$session_id' if self.funnel.by_session else 'person_id'} AS actor, {AT},\n"
            f"  {', '.join(steps)}, {sources(world)}\n"
            f"FROM events\nWHERE {both(self._wide(spans, late, world))}"
        )
        numbers = list(range(1, len(spans) + 1))
        placed = (
            f"SELECT actor, at, {', '.join(marks)}, {MADE}, {derived(world)},\n"
            f"  arrayFilter(i -> at >= {begins}[i] AND at < {until}[i], {numbers}) AS numbers\n"
            f"FROM ({rows})"
        )
        each = (
            f"SELECT actor, at, {', '.join(marks)}, arrayConcat(a, b, c) AS pairs,\n"
            f"  arrayJoin(numbers) AS number, at < {ends}[number] AS inside\nFROM ({placed})"
        )
        entered = (
            f"SELECT actor, at, number, pairs, s0 AND inside AS first, {', '.join(marks[1:])}\n"
            f"FROM ({each})"
        )
        actors = (
            f"SELECT actor, number, argMinIf(pairs, at, first) AS pairs,\n"
            f"  windowFunnel({self._seconds(spans[0])})(at, first, {', '.join(marks[1:])}) AS "
            f"level\n"
            f"FROM ({entered})\nGROUP BY actor, number HAVING level >= 1"
        )
        columns = [
            f"countIf(number = {p + 1} AND level > {s}) AS v{p}_{s}"
            for p in range(len(spans))
            for s in range(len(steps))
        ]
        return _grouped(
            columns, f"SELECT number, level, arrayJoin(pairs) AS pair\nFROM ({actors})", world
        )

    def _of_events(self, spans: Sequence[Span], world: World) -> str:
        """Two figures of the same periods."""
        assert self.pair is not None
        hits, of = self.pair
        slots = Slots(spans, world.zone)
        either = "true" if "true" in (_all(hits), _all(of)) else f"({_all(hits)} OR {_all(of)})"
        rows = (
            f"SELECT {AT}, {hits.field} AS hit, {of.field} AS entered,\n"
            f"  {_all(hits)} AS hits, {_all(of)} AS enters, {sources(world)}\n"
            f"FROM events\nWHERE {both([*slots.envelope, either])}"
        )
        flags = "hit, entered, hits, enters"
        made = (
            f"SELECT {flags}, {', '.join(slots.columns)}, {MADE}, {derived(world)}\nFROM ({rows})"
        )
        inner = f"SELECT {flags}, {', '.join(slots.names)}, {PAIR}\nFROM ({made})"
        columns = []
        for p, span in enumerate(spans):
            here = slots.inside(span)
            columns.append(f"{of.value(f'{here} AND enters', 'entered')} AS v{p}_0")
            columns.append(f"{hits.value(f'{here} AND hits', 'hit')} AS v{p}_1")
        return _grouped(columns, inner, world)

    def late(self, span: Span, clock: Clock) -> timedelta:
        """How long after a period conversions still count: the same for all that are compared."""
        if self.funnel is None:
            return timedelta(0)
        return max(timedelta(0), min(self._window(span), clock.now - end(span)))

    @property
    def _steps(self) -> tuple[Series, ...]:
        return self.funnel.steps if self.funnel else ()

    def _window(self, span: Span) -> timedelta:
        assert self.funnel is not None
        window = self.funnel.window
        unit = UNITS.get(window.unit)
        if unit is None:
            return timedelta(**{f"{window.unit}s": window.count})
        return shift(end(span), unit, window.count) - end(span)

    def _seconds(self, span: Span) -> int:
        return int(self._window(span).total_seconds())

    def _wide(self, spans: Sequence[Span], late: timedelta, world: World) -> list[str]:
        """The rows that matter: those of any step, in any period or just after it."""
        assert self.funnel is not None
        first, last = min(map(start, spans)), max(map(end, spans)) + late
        events = [name for one in self._steps for name in one.events]
        any_event = any(not one.events for one in self._steps)
        bounds = [f"timestamp >= {moment(first)}", f"timestamp < {moment(last)}"]
        return [*bounds, *([] if any_event else named(tuple(dict.fromkeys(events))))]


def rate_of(plan: Trends | Funnel, groups: Sequence[str]) -> Rate | None:
    """The rate of a plan, None when it is none that can be taken apart."""
    if isinstance(plan, Funnel):
        if plan.exclusions or plan.order != "ordered" or len(plan.steps) < 2:
            return None
        steps = tuple(map(_words, plan.steps))
        length = f"{plan.window.count} {plan.window.unit}{'s' if plan.window.count > 1 else ''}"
        what = f"conversion from {' to '.join((steps[0], steps[-1]))} within {length}"
        return Rate(what, steps, plan.steps[-1].events, funnel=plan)
    if plan.formula not in ("share", "ratio") or len(plan.series) != 2:
        return None
    hits, of = (read(one, plan.scope, groups) for one in plan.series)
    if hits is None or of is None:
        return None
    what = f"{hits.what} in percent of {of.what}"
    return Rate(what, (of.what, hits.what), hits.events, pair=(hits, of))


def rate_cells(
    rows: Sequence[Sequence[Any]], steps: int, world: World
) -> tuple[list[RateCell], RateCell | None]:
    """The rows of the query with what each property leaves out, and the whole by itself."""
    found: dict[str, list[RateCell]] = {}
    sums: dict[str, list[float]] = {}
    for key, value, different, *figures in rows:
        numbers, half = [float(one or 0) for one in figures], len(figures) // 2
        text = value_of(str(key), value)
        cell = _cell(dimension(str(key), world), text, numbers[:half], steps, int(different))
        found.setdefault(str(key), []).append(cell)
        sums[str(key)] = numbers[half:]
    person = f"{DERIVED}{PERSON}"
    if person not in sums:
        return [], None
    whole = sums[person]
    for some in found.values():
        told = [_flat(cell) for cell in some]
        rest = [max(0.0, all_of - sum(one)) for all_of, *one in zip(whole, *told, strict=True)]
        if any(rest):
            some.append(_cell(some[0].dimension, REST, rest, steps, some[0].different))
    people = found.pop(person)
    cells = [cell for some in found.values() for cell in some]
    return cells, _cell(people[0].dimension, None, whole, steps, people[0].different)


REST = "\0rest"
"""The value that stands for all others, and for none."""


def summed(slices: Sequence[Counts]) -> Counts:
    """Counts added up."""
    return tuple(map(sum, zip(*slices, strict=True)))


def _cell(
    one: Dimension, value: str | None, numbers: Sequence[float], steps: int, different: int
) -> RateCell:
    periods = [tuple(numbers[i : i + steps]) for i in range(0, len(numbers), steps)]
    return RateCell(one, value, periods[0], tuple(periods[1:]), different)


def _flat(cell: RateCell) -> list[float]:
    return [number for counts in (cell.now, *cell.slices) for number in counts]


def _grouped(columns: Sequence[str], inner: str, world: World) -> str:
    return (
        f"SELECT {KEYS}, {', '.join(columns)}\nFROM ({inner})\n"
        f"WHERE dimension NOT IN ({hidden(world)})\nGROUP BY dimension, value"
    )


def _step(one: Series, funnel: Funnel, world: World) -> str:
    filters = (*funnel.scope.filters, *one.filters)
    parts = [*named(one.events), *(condition(f, world.facts.groups) for f in filters)]
    return " AND ".join(parts) or "true"


def _all(measure: Measure) -> str:
    return f"({' AND '.join(measure.conditions()) or 'true'})"


def _words(one: Series) -> str:
    event = " or ".join(one.events) or "any event"
    conditions = " and ".join(map(said, one.filters))
    return f"{event} with {conditions}" if conditions else event
