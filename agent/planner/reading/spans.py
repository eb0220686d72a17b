"""The period of a question, the one it is compared with, and the interval."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from agent.planner.english import periods
from agent.planner.english.chunks import Chunk
from agent.planner.english.windows import Span, Unit, back, floor, shift, so_far, whole
from agent.planner.plan import Reply, Unsure
from agent.planner.reading.said import Said

STEPS: dict[str, Unit] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}


def period(said: Said) -> tuple[Span, Span | None]:
    """The period of a question and the one it is compared with."""
    clock = said.world.clock
    for chunk in said.all("week_start"):
        said.take(chunk if chunk.value == clock.week_start else None)
    spans = said.all("span")
    said.take(*spans)
    against = said.first("against")
    changed = said.first("changed")
    if changed and len(spans) == 1 and spans[0].value.label.startswith("since last "):
        said.take(changed)
        unit = STEPS[spans[0].value.label.split()[-1]]
        running = so_far(unit, clock, f"this {unit} so far")
        return running, periods.previous(whole(clock.now, unit, clock, ""), unit, 1, clock)
    if len(spans) == 1 and _than_before(said, spans[0]):
        unit = spans[0].value.unit
        said.take(*said.all("than", "comparative", "growth"))
        running = so_far(unit, clock, f"this {unit} so far")
        return running, periods.previous(whole(clock.now, unit, clock, ""), unit, 1, clock)
    if against:
        said.take(against, *said.all("vs", "compare"))
        span = spans[0].value if spans else _whole(said)
        step = None if against.value == "previous" else STEPS[against.value]
        return span, periods.previous(span, step, 1, clock)
    if len(spans) == 2 and _contrasted(said, spans):
        said.take(*said.all("vs", "compare", "than", "changed", "comparative"))
        said.take(*(c for c in said.between(*spans) if c.kind == "op"))
        return _ordered(spans[0].value, spans[1].value)
    if not spans and (bare := _bare_length(said)):
        return bare, None
    chosen = periods.choose_span([one.value for one in spans], clock)
    if isinstance(chosen, Reply):
        raise Unsure(chosen)
    return _finished(said, chosen), None


def _than_before(said: Said, span: Chunk) -> bool:
    """“More than last month”: this month is asked about, and compared with the last."""
    before = said.before(span)
    last = span.value.unit and span.value.label == f"last {span.value.unit}"
    return bool(last and before and before.kind == "than" and said.has("comparative"))


def _bare_length(said: Said) -> Span | None:
    """“…, daily, 30 days”: a length of time that stands by itself at the end."""
    length = said.first("length")
    if length is None or length is not said.groups[-1] or length.value[1] == "hour":
        return None
    before = said.before(length)
    if before is not None and before.kind not in ("comma", "split", "every", "where", "event"):
        return None
    said.take(length)
    count, unit = length.value
    return back(count, unit, said.world.clock, f"the last {count} {unit}s")


def interval(said: Said, span: Span) -> Unit | None:
    """The unit that results are wanted by."""
    every = said.all("every")
    said.take(*every)
    changed = said.pop("changed") if every or not said.first("against") else None
    if every:
        found: Unit = every[0].value
        return found
    if changed or said.has("trend") or said.has("cumulative"):
        return periods.default_interval(span, said.world.clock)
    return None


def _finished(said: Said, span: Span) -> Span:
    """Without the unit that is still running, where that was asked for."""
    without = said.pop("excluding_now")
    if without is None:
        return span
    words = {said.tokens[i].word for i in range(without.start, without.end)}
    unit: Unit = span.unit or "day"
    for said_unit in ("month", "week", "day"):
        if words & {said_unit, f"{said_unit}s"} or (said_unit == "day" and "today" in words):
            unit = STEPS[said_unit]
            break
    edge = floor(said.world.clock.now, unit, said.world.clock.week_start)
    if span.end is None or span.end <= edge:
        return span
    start = span.start and shift(
        floor(span.start, unit, said.world.clock.week_start), unit, -int(span.rolling)
    )
    return replace(
        span,
        start=start,
        end=edge,
        label=f"{span.label}, without the current {unit}",
        rolling=False,
    )


def _contrasted(said: Said, spans: Sequence[Chunk]) -> bool:
    """Whether two periods are set against each other."""
    between = said.between(spans[0], spans[1])
    kinds = {one.kind for one in between}
    if said.has("compare") and kinds & {"with", "to"}:
        return True
    return bool(kinds & {"vs", "and", "comma", "then", "than", "op", "compare"}) and (
        said.has("vs")
        or said.has("than")
        or any(one.is_("op", ">") for one in between)
        or said.has("compare")
        or _apart(spans[0].value, spans[1].value)
    )


def _apart(first: Span, second: Span) -> bool:
    ends = [one for one in (first.end, second.start, second.end, first.start) if one]
    if len(ends) < 4 or not (first.end and second.start and second.end and first.start):
        return False
    return first.end <= second.start or second.end <= first.start


def _ordered(first: Span, second: Span) -> tuple[Span, Span]:
    """The period that is asked about: the later one, for what is compared is what was before."""
    both = first.start and second.start
    return (second, first) if both and second.start > first.start else (first, second)  # type: ignore[operator]


def _whole(said: Said) -> Span:
    """The running unit that a comparison without a period is about."""
    return periods.default(said.world.clock)


def within(day: Span, around: Span) -> Span:
    """A day of the month that was asked about before: the 14th, of October."""
    if day.start is None or day.end is None or around.start is None:
        return day
    if day.end - day.start > timedelta(days=1) or (
        around.end and around.start <= day.start < around.end
    ):
        return day
    try:
        start = around.start.replace(day=day.start.day)
    except ValueError:
        return day
    return replace(day, start=start, end=start + timedelta(days=1), label=f"{start:%-d %B %Y}")
