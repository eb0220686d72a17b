"""Retention as a finding: who came back, by the time since they began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.answer import AnswerTable
from agent.planner.answers import figures, when, words
from agent.planner.answers.finding import Finding, table
from agent.planner.asking.typed import cohorts, later
from agent.planner.english.windows import Clock, Unit, floor, shift
from agent.planner.plan import Retention
from agent.planner.world import World


@dataclass(frozen=True)
class Cohort:
    """Those who began in one interval, and how many of them were back in each later one."""

    value: Any
    start: datetime
    size: int
    back: tuple[int | None, ...]
    """None where the interval is not over yet."""

    def at(self, place: int) -> int | None:
        """How many were back in an interval, counted from 1."""
        return self.back[place - 1] if 0 < place <= len(self.back) else None


def retention(plan: Retention, outputs: Sequence[Any], world: World) -> Finding:
    """What the output of retention's call says."""
    found = _cohorts(plan, outputs[0], world.clock)
    whole = outputs[0].whole
    if plan.scope.breakdowns:
        made = _split(plan, found, world.clock, whole=whole)
    else:
        made = _plain(plan, found, world.clock)
    notes = (*made.notes, *_notes(plan, found))
    empty = not any(one.size for one in found)
    return Finding(made.headline, made.tables, notes, empty=empty)


def _cohorts(plan: Retention, output: Any, clock: Clock) -> list[Cohort]:
    """The cohorts that began in the period that is asked about."""
    split, span = len(plan.scope.breakdowns), cohorts(plan, clock)
    found = []
    for row in output.rows:
        start = when.local(row[split])
        if _inside(start, span, plan.period, clock):
            value = words.cell(plan.scope.breakdowns[0], row[0]) if split else None
            back = _known(start, row[split + 2 :], plan.period, clock)
            found.append(Cohort(value, start, row[split + 1], back))
    return found


def _inside(start: datetime, span: Any, unit: Unit, clock: Clock) -> bool:
    first = floor(span.start, unit, clock.week_start) if span.start else start
    return start >= first and (span.end is None or start < span.end)


def _known(
    start: datetime, counts: Sequence[int], unit: Unit, clock: Clock
) -> tuple[int | None, ...]:
    """The counts of the intervals that are over."""
    return tuple(
        count if shift(start, unit, place + 1) <= clock.now else None
        for place, count in enumerate(counts, 1)
    )


def _plain(plan: Retention, found: Sequence[Cohort], clock: Clock) -> Finding:
    curve = [_point(found, place) for place in range(1, later(plan) + 1)]
    tables = (_grid(plan, found), _curve(plan, curve))
    period = when.period(cohorts(plan, clock), clock)
    if plan.scope.ranked and (best := _best(plan, found)):
        return Finding(f"{best}, {period}.", tables)
    return Finding(f"{_headline(plan, curve)}, {period}.", tables)


def _point(found: Sequence[Cohort], place: int) -> tuple[int, int, int]:
    """An interval, the people of all cohorts for which it is over, and how many were back."""
    known = [one for one in found if one.at(place) is not None]
    return place, sum(one.size for one in known), sum(one.at(place) or 0 for one in known)


def _headline(plan: Retention, curve: Sequence[tuple[int, int, int]]) -> str:
    """The intervals that were asked for, else the first and the last that are known."""
    known = {place: (size, back) for place, size, back in curve if size}
    if not known:
        return f"Nobody who did {words.begun(plan)} has had a whole {plan.period} to come back"
    asked = [place for place in plan.report if place in known]
    if plan.report and not asked:
        missing = ", ".join(map(str, plan.report))
        return f"Nobody who did {words.begun(plan)} has reached {plan.period} {missing} yet"
    shown = asked or sorted({min(known), max(known)})
    verb = " stayed away" if plan.churned else f" came back for {words.done(plan.back)}"
    first, *rest = (_said(plan, place, *known[place]) for place in shown)
    parts = [verb.join(first), *("".join(one) for one in rest)]
    return f"Of people who did {words.begun(plan)}, {' and '.join(parts)}"


def _said(plan: Retention, place: int, size: int, back: int) -> tuple[str, str]:
    """How many, and in which interval."""
    count = size - back if plan.churned else back
    share = figures.percent(figures.part(count, size))
    preposition = "on" if plan.period == "day" else "in"
    return f"{share} ({count:,} of {size:,})", f" {preposition} {plan.period} {place}"


def _best(plan: Retention, found: Sequence[Cohort]) -> str:
    """The cohort that comes back most, or least, in the interval that was asked for."""
    place = plan.report[0] if plan.report else 1
    known = [one for one in found if one.at(place) is not None and one.size]
    if not known:
        return ""
    chosen = min if plan.scope.ascending else max
    best = chosen(known, key=lambda one: (one.at(place) or 0) / one.size)
    order = "lowest" if plan.scope.ascending else "highest"
    name = when.bucket(best.start, plan.period)
    share = figures.percent(figures.part(best.at(place), best.size))
    return (
        f"The cohort of {name} has the {order} retention in {plan.period} {place}: "
        f"{share} ({best.at(place):,} of {best.size:,})"
    )


def _curve(plan: Retention, curve: Sequence[tuple[int, int, int]]) -> AnswerTable:
    rows = [
        [f"{plan.period} {place}", size, back, figures.part(back, size)]
        for place, size, back in curve
        if size
    ]
    return table([plan.period, "people", "came back", "%"], rows)


def _grid(plan: Retention, found: Sequence[Cohort]) -> AnswerTable:
    """Every cohort with its size and the share that was back in each interval that is over."""
    reach = max((n for one in found for n, c in enumerate(one.back, 1) if c is not None), default=0)
    columns = ["cohort", "size", *(f"{plan.period} {n} %" for n in range(1, reach + 1))]
    rows = [
        [
            when.bucket(one.start, plan.period),
            one.size,
            *(figures.part(one.at(n), one.size) for n in range(1, reach + 1)),
        ]
        for one in found
        if one.size
    ]
    return table(columns, rows)


@dataclass(frozen=True)
class _Line:
    """One value of a breakdown: its people, and who was back in each interval that is shown."""

    value: Any
    size: int
    points: tuple[tuple[int, int, int], ...]

    def share(self, place: int) -> float | None:
        """The share that was back, by the place of the interval among those shown."""
        _, size, back = self.points[place]
        return figures.part(back, size)

    @property
    def named(self) -> str:
        """The value, as the start of a sentence."""
        return words.named(self.value)

    @property
    def said(self) -> str:
        """The first interval that is shown, in words."""
        _, size, back = self.points[0]
        return f"{figures.percent(self.share(0))} ({back:,} of {size:,})"


def _split(plan: Retention, found: Sequence[Cohort], clock: Clock, *, whole: bool) -> Finding:
    """The share that came back by the values of a breakdown, in each interval."""
    lines = _lines(plan, found)
    name, period = words.split(plan.scope.breakdowns[0]), when.period(cohorts(plan, clock), clock)
    places = [place for place, *_ in lines[0].points] if lines else []
    columns = [name, "people", *(f"{plan.period} {place} %" for place in places)]
    rows = [[one.value, one.size, *map(one.share, range(len(places)))] for one in lines]
    shown = table(columns, rows, whole=whole)
    ranked = [one for one in lines if one.value is not None and places and one.points[0][1]]
    if not ranked:
        said = f"Nobody who did {words.begun(plan)} has had a whole {plan.period} to come back"
        return Finding(f"{said}, {period}.", (shown,))
    said = f"{ranked[0].named} came back most in {plan.period} {places[0]}: {ranked[0].said}"
    if len(ranked) > 1:
        said += f", {ranked[-1].named} least: {ranked[-1].said}"
    return Finding(f"{said}, by {name}, {period}.", (shown,))


def _lines(plan: Retention, found: Sequence[Cohort]) -> list[_Line]:
    """The values, by the share that came back in the first interval that is shown."""
    parts: dict[Any, list[Cohort]] = {}
    for one in found:
        parts.setdefault(one.value, []).append(one)
    asked = plan.report or tuple(range(1, later(plan) + 1))
    shown = [n for n in asked if any(one.at(n) is not None and one.size for one in found)]
    lines = [
        _Line(value, sum(o.size for o in part), tuple(_point(part, n) for n in shown))
        for value, part in parts.items()
    ]
    if shown:
        lines.sort(key=lambda one: (one.value is None, -(one.share(0) or 0), str(one.value)))
    return lines


def _notes(plan: Retention, found: Sequence[Cohort]) -> tuple[str, ...]:
    """What a cohort is, and which of them are not complete."""
    kind = (
        "Each person is in the cohort of the first time ever."
        if plan.start.first
        else f"A person is in the cohort of every {plan.period} with a beginning."
    )
    starts = sorted({one.start for one in found if None in one.back and one.size})
    if not starts:
        return (kind,)
    names = list(dict.fromkeys(when.bucket(at, plan.period) for at in (starts[0], starts[-1])))
    return (
        kind,
        f"Incomplete cohorts ({' to '.join(names)}) count only in the {plan.period}s that are "
        "over for them.",
    )
