"""Which period a plan covers when one, two or none were named."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from agent.planner.english.windows import Clock, Span, Unit, back, everything, shift
from agent.planner.plan import Reply

QUIET = timedelta(days=30)


def choose_span(spans: Sequence[Span], clock: Clock) -> Span | Reply:
    """The one period of a question; the stated default without one."""
    limited = [span for span in spans if span.start or span.end]
    if not spans:
        return default(clock)
    if len(spans) == 1:
        return spans[0]
    if len(limited) == 1 and not any(one.label == "of all time" for one in spans):
        begun = any(one.label == "since the start" for one in spans)
        return _since(limited[0], clock) if begun else limited[0]
    return _overlap(*limited) if len(limited) == len(spans) == 2 else _several(spans)


def previous(span: Span, unit: Unit | None, count: int, clock: Clock) -> Span:
    """The period before, of the same length or `count` units; a whole unit steps by itself."""
    whole, _ = bounded(span, clock)
    assert whole.start is not None
    assert whole.end is not None
    if unit is None:
        return Span(whole.start - (whole.end - whole.start), whole.start, "the period before")
    start, end = shift(whole.start, unit, -count), shift(whole.end, unit, -count)
    label = f"the {unit} before" if count == 1 else f"the {count} {unit}s before"
    return Span(start, end, label)


def default(clock: Clock) -> Span:
    """The last 30 days, or all data where nothing happened in them."""
    if clock.last and clock.now - clock.last > QUIET:
        return replace(everything(), default=True)
    return replace(back(30, "day", clock, "the last 30 days"), default=True)


def bounded(span: Span, clock: Clock) -> tuple[Span, bool]:
    """The span with both ends, and whether the project has data in it."""
    last = clock.last or clock.now
    start = span.start or clock.first or clock.now
    end = span.end or max(last + timedelta(microseconds=1), start)
    has = clock.first is None or (start <= last and end > clock.first)
    return replace(span, start=start, end=end), has


def default_interval(span: Span, clock: Clock) -> Unit:
    """The unit a development over the span is shown by."""
    whole, _ = bounded(span, clock)
    assert whole.start is not None
    assert whole.end is not None
    days = (whole.end - whole.start).days
    if days <= 2:
        return "hour"
    return "day" if days <= 100 else "week" if days < 150 else "month"


def _since(span: Span, clock: Clock) -> Span:
    """“Since launch in September”: from there on."""
    return Span(span.start, clock.now, f"since {span.label}")


def _overlap(first: Span, second: Span) -> Span | Reply:
    """“In 2011 … by end of June 2011”: both hold, when they have days in common."""
    starts = [span.start for span in (first, second) if span.start]
    ends = [span.end for span in (first, second) if span.end]
    start, end = max(starts, default=None), min(ends, default=None)
    if start and end and start >= end:
        return _several([first, second])
    return Span(start, end, f"{first.label}, {second.label}")


def _several(spans: Sequence[Span]) -> Reply:
    names = tuple(span.label for span in spans)
    return Reply("asked", f"Which period do you mean: {' or '.join(names)}?")
