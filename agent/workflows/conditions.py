"""Conditions on the results of steps, read from a few fixed sentences and judged by code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from agent.answer import Answer, AnswerTable, Window
from agent.cells import is_numeric
from agent.chart.columns import moment
from agent.chart.shapes import drawn
from agent.chart.spec import Chart
from agent.errors import AgentError, SettingsError

NAME = r"[a-z][a-z0-9_-]*"
NUMBER = r"\d[\d,]*(?:\.\d+)?"
MOVED = re.compile(
    rf"(?P<step>{NAME}) (?P<verb>fell|rose|moved)(?: by)? more than "
    rf"(?P<by>{NUMBER})\s*(?P<share>%)?"
)
BOUND = re.compile(rf"(?P<step>{NAME}) is (?P<verb>above|below) (?P<by>{NUMBER})")
STATE = re.compile(rf"(?P<step>{NAME}) (?P<verb>is new|has rows|has no rows)")
FORMS = (
    "“NAME fell more than 20 %” (or rose, moved; or without %), “NAME is above 100” (or below), "
    "“NAME is new”, “NAME has rows” or “NAME has no rows”"
)

SIDES = ("date_from", "date_to")
Verb = Literal["fell", "rose", "moved", "above", "below", "is new", "has rows", "has no rows"]


class Unjudged(AgentError):
    """A result that a condition can't be judged by."""


@dataclass(frozen=True)
class Condition:
    """One sentence about the result of a step."""

    text: str
    step: str
    verb: Verb
    by: float = 0.0
    share: bool = False
    """Whether `by` is in percent."""


@dataclass(frozen=True)
class Result:
    """What a step found, and what it found when it was sent before."""

    answer: Answer
    fingerprint: str
    before: str | None
    """The fingerprint of the result that was sent last, None when there was none."""

    now: datetime
    """When it is in the project, whose clock may stand still."""


def read_condition(text: str) -> Condition:
    """A condition as it is written in a workflow."""
    plain = " ".join(text.split()).rstrip(".")
    for form in (MOVED, BOUND, STATE):
        if found := form.fullmatch(plain):
            parts = found.groupdict()
            by = float((parts.get("by") or "0").replace(",", ""))
            return Condition(
                plain, parts["step"], cast(Verb, parts["verb"]), by, bool(parts.get("share"))
            )
    raise SettingsError(f"“{plain}” is no condition: write {FORMS}.")


def holds(condition: Condition, results: Mapping[str, Result]) -> tuple[bool, str]:
    """Whether a condition holds, and the figures that decide it."""
    result = results[condition.step]
    if condition.verb == "is new":
        new = result.fingerprint != result.before
        return new, "the result is new" if new else "the result is the one that was sent last"
    if condition.verb in ("has rows", "has no rows"):
        count = sum(len(table.rows) for table in result.answer.tables)
        said = f"{count:,} row{'s' * (count != 1)}"
        return bool(count) == (condition.verb == "has rows"), said
    if condition.verb in ("above", "below"):
        value = _figure(result, condition)
        met = value > condition.by if condition.verb == "above" else value < condition.by
        return met, f"it is {value:,.10g}"
    return _moved(condition, *_pair(result, condition))


def _moved(condition: Condition, before: float, now: float) -> tuple[bool, str]:
    """Whether a figure moved as far as a condition says."""
    change, said = now - before, f"from {before:,.10g} to {now:,.10g}"
    if condition.share:
        if not before:
            raise Unjudged(f"“{condition.text}” can't be judged: it went {said}, which has no %.")
        # The change of figures below zero is a share of their size.
        change = 100 * change / abs(before)
        said += f", {change:+.1f} %"
    size = {"fell": -change, "rose": change, "moved": abs(change)}[condition.verb]
    return size > condition.by, said


def _figure(result: Result, condition: Condition) -> float:
    """The one figure of a result, or the last that is over of a series."""
    table = _table(result, condition)
    if len(table.rows) == 1 and len(table.columns) == 1 and is_numeric(table.rows[0]):
        return float(table.rows[0][0])
    return (
        _course(table, result, condition)[-1] if _is_timed(table) else _pair(result, condition)[1]
    )


def _pair(result: Result, condition: Condition) -> tuple[float, float]:
    """The figure before and the figure now, of a series or of two periods compared."""
    table = _table(result, condition)
    if table.columns[:1] == ("period",) and "change" in table.columns and len(table.rows) == 2:
        place = table.columns.index("change") - 1
        now, before = (row[place] for row in table.rows)
        if is_numeric([now, before]) and None not in (now, before):
            _refuse_running(result, condition)
            return float(before), float(now)
    *_, before, now = (None, *_course(table, result, condition))
    if before is None:
        raise _unfit(condition)
    return before, now


def _course(table: AnswerTable, result: Result, condition: Condition) -> list[float]:
    """The figures of a series, without the period that is not over."""
    window = result.answer.window
    if not window or not window.end:
        raise _unfit(condition)
    chart = drawn(table, _until_now(window, result.now))
    if chart is None or not chart.timed or len(chart.series) != 1:
        raise _unfit(condition)
    values = chart.series[0].values
    over = values[_is_cut(chart, window) : len(values) - chart.unfinished]
    if not over or None in over:
        raise _unfit(condition)
    return [float(value) for value in over if value is not None]


def _is_cut(chart: Chart, window: Window) -> bool:
    """Whether the first period of a series began before what was counted."""
    if not window.start:
        return False
    return moment(chart.names[0]) < datetime.fromisoformat(window.start).replace(tzinfo=None)


def _refuse_running(result: Result, condition: Condition) -> None:
    """Refuse to hold a period that is not over against a whole one."""
    window = result.answer.window
    queries = [query for query in result.answer.queries if isinstance(query, dict)]
    dates = [query.get("dateRange") or {} for query in queries]
    ends = [(one["date_from"], one["date_to"]) for one in dates if len({*SIDES} & {*one}) == 2]
    lengths = {datetime.fromisoformat(end) - datetime.fromisoformat(start) for start, end in ends}
    running = not window or not window.end or _at(window.end, window) >= result.now
    if running and (len(ends) < 2 or max(lengths) - min(lengths) > timedelta(minutes=1)):
        raise Unjudged(
            f"“{condition.text}” can't be judged: the period is not over, the one before is."
        )


def _until_now(window: Window, now: datetime) -> Window:
    """A period as far as it is over."""
    assert window.end is not None
    end = min(_at(window.end, window), now).astimezone(ZoneInfo(window.timezone))
    return Window(window.start, end.isoformat(), window.timezone)


def _at(text: str, window: Window) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(window.timezone))


def _is_timed(table: AnswerTable) -> bool:
    chart = drawn(table)
    return chart is not None and chart.timed


def _table(result: Result, condition: Condition) -> AnswerTable:
    """The main table of a result, as long as nothing of it was left out."""
    tables = result.answer.tables
    if not tables or not tables[-1].rows:
        raise _unfit(condition)
    if not tables[-1].whole:
        raise Unjudged(f"“{condition.text}” can't be judged: rows of {condition.step} were cut.")
    return tables[-1]


def _unfit(condition: Condition) -> Unjudged:
    return Unjudged(
        f"“{condition.text}” can't be judged: {condition.step} has to find one figure, a series "
        "over time (“… per week”), or two periods compared (“… compared to the week before”)."
    )
