"""What a language model is told before the first question."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.planner.english.windows import Clock, Span, Unit, back, floor, shift, so_far, whole
from prompts import load
from tools.fence import clean
from tools.project import Project
from tools.toolbox import Toolbox

WEEKDAYS = {0: "Sunday", 1: "Monday"}
MOMENT = "%Y-%m-%d %H:%M:%S"
MIDNIGHT = " 00:00:00"


def brief(toolbox: Toolbox, now: datetime) -> str:
    """The system prompt: the project, the time with its common periods, HogQL and the rules."""
    project = toolbox.project
    here = now.astimezone(ZoneInfo(project.timezone))
    clock = Clock(here.replace(tzinfo=None), project.week_start_day or 0)
    withheld = ", ".join(
        f"{tool.name} ({' and '.join(toolbox.grants.missing(tool.scopes))})"
        for tool in toolbox.withheld()
    )
    return load(
        "system",
        project=_name(project),
        timezone=project.timezone,
        week_start=WEEKDAYS.get(clock.week_start, "Sunday"),
        now=here.strftime("%A %Y-%m-%d %H:%M"),
        periods="\n".join(_line(span) for span in _periods(clock)),
        withheld=load("withheld", tools=withheld) if withheld else "",
        hogql=load("hogql"),
    )


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
    assert span.start is not None
    assert span.end is not None
    return f"- {span.label}: timestamp >= {_hogql(span.start)} AND timestamp < {_hogql(span.end)}"


def _hogql(at: datetime) -> str:
    """A moment ready for a query; without its zeros, which are dear to small models."""
    return f"toDateTime('{at.strftime(MOMENT).removesuffix(MIDNIGHT)}')"
