"""What a language model is told before the first question."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.planner.english.windows import Clock, Span, Unit, back, floor, shift, so_far, whole
from prompts import load
from tools.fence import clean, fenced
from tools.project import Project
from tools.schemas import SAME
from tools.toolbox import Toolbox

WEEKDAYS = {0: "Sunday", 1: "Monday"}


def brief(toolbox: Toolbox, now: datetime, note: str = "") -> str:
    """The system prompt: the rules, HogQL, the project, and the time with its common periods."""
    project = toolbox.project
    here = now.astimezone(ZoneInfo(project.timezone))
    clock = Clock(here.replace(tzinfo=None), project.week_start_day or 0)
    withheld = ", ".join(_withheld(toolbox))
    return load(
        "system",
        note=f"The project is {_name(project)}." + (f"\n{fenced(note)}" if note else ""),
        same=SAME,
        timezone=project.timezone,
        week_start=WEEKDAYS.get(clock.week_start, "Sunday"),
        now=here.strftime("%A %Y-%m-%d %H:%M"),
        periods="\n".join(_line(span) for span in _periods(clock)),
        withheld=load("withheld", tools=withheld) if withheld else "",
        hogql=load("hogql"),
    )


def _withheld(toolbox: Toolbox) -> Iterator[str]:
    """The scopes that the key lacks, each with the tools that need it."""
    lacking: dict[str, list[str]] = {}
    for tool in toolbox.withheld():
        scopes = " and ".join(toolbox.grants.missing(tool.scopes))
        lacking.setdefault(scopes, []).append(tool.name)
    yield from (f"{scopes} for {' and '.join(names)}" for scopes, names in lacking.items())


def _name(project: Project) -> str:
    """The project's name as one line of cleaned text, since people choose it freely."""
    return " ".join(clean(project.name).split()) or f"number {project.id}"


def _periods(clock: Clock) -> Iterator[Span]:
    """The periods people name most, resolved by code and not by a model."""
    units: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
    for unit in units:
        before = shift(floor(clock.now, unit, clock.week_start), unit, -1)
        this, last = ("today", "yesterday") if unit == "day" else (f"this {unit}", f"last {unit}")
        yield so_far(unit, clock, f"{this}, so far")
        yield whole(before, unit, clock, last)
    yield back(7, "day", clock, "the last 7 days")
    yield back(30, "day", clock, "the last 30 days")


def _line(span: Span) -> str:
    """A period by its first and its last day, and the day before which it ends."""
    assert span.start is not None
    assert span.end is not None
    if span.end.time() != datetime.min.time():
        return f"- {span.label}: {span.start:%Y-%m-%d} to now"
    last = span.end - timedelta(days=1)
    return f"- {span.label}: {span.start:%Y-%m-%d} to {last:%Y-%m-%d} (< {span.end:%Y-%m-%d})"
