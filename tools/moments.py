"""Points in time as HogQL writes them, worked out by a project's clock, time zone and week."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tools.parser import Node

EXACT = {"second": 1, "minute": 60, "hour": 3_600}
DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
ZONED = {"todatetime": 1, "todatetime64": 2}
"""Conversions to a time, with the place of their time zone."""


class Unknown(Exception):
    """What is written is no point in time that can be known without the data."""


@dataclass(frozen=True)
class Clock:
    """What time it is for a project."""

    now: datetime
    """In the project's time zone."""

    week_start: int = 0
    """0 Sunday, 1 Monday."""


@dataclass(frozen=True)
class Unit:
    """A stretch of the calendar that times are rounded down to."""

    name: str
    week_start: int = 1

    def floor(self, at: datetime) -> datetime:
        """The start of the unit that `at` lies in."""
        if self.name == "hour":
            return at.replace(minute=0, second=0, microsecond=0)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if self.name == "week":
            return day - timedelta(days=(day.weekday() + 1 - self.week_start) % 7)
        if self.name == "day":
            return day
        length = MONTHS[self.name]
        return day.replace(month=(day.month - 1) // length * length + 1, day=1)

    def after(self, start: datetime) -> datetime:
        """The start of the next unit."""
        moved = shift(start, self.name, 1)
        assert isinstance(moved, datetime)
        return moved


def shift(at: date, unit: str, count: int) -> date:
    """`at` moved by whole units; a day that a month lacks becomes its last one."""
    if unit in DAYS:
        return at + timedelta(days=count * DAYS[unit])
    if unit in EXACT:
        if not isinstance(at, datetime):
            raise Unknown
        moved = at.astimezone(UTC) + timedelta(seconds=count * EXACT[unit])
        return moved.astimezone(at.tzinfo)
    year, month = divmod(at.year * 12 + at.month - 1 + count * MONTHS[unit], 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def instant(node: Node, clock: Clock) -> datetime:
    """The point in time that an expression stands for; `Unknown` when it takes data to say."""
    try:
        return _at(_value(node, clock), clock)
    except (ValueError, OverflowError, IndexError) as error:
        raise Unknown from error


def rounding(node: Node, clock: Clock) -> tuple[Unit, Node]:
    """The unit that a call rounds a time down to, and that time."""
    name, args = node["name"].lower(), node["args"]
    if name in ("datetrunc", "date_trunc"):
        return Unit(_unit(args[0])), args[1]
    if name == "tostartofweek":
        mode = args[1].get("value") if len(args) > 1 else clock.week_start
        if mode not in (0, 1, 3):
            raise Unknown
        return Unit("week", min(mode, 1)), args[0]
    unit = {"todate": "day", "tomonday": "week"}.get(name, name.removeprefix("tostartof"))
    if len(args) != 1 or unit == name or unit not in {"hour", *DAYS, *MONTHS}:
        raise Unknown
    return Unit(unit), args[0]


def _value(node: Node, clock: Clock) -> date:
    """A date or a time: the two move differently."""
    if node["node"] == "Constant":
        return _read(node.get("value"), clock)
    if node["node"] == "ArithmeticOperation" and node["op"] in ("+", "-"):
        sign = 1 if node["op"] == "+" else -1
        return _moved(_value(node["left"], clock), node["right"], sign)
    if node["node"] != "Call":
        raise Unknown
    name = node["name"].lower()
    if known := _KNOWN.get(name):
        return known(clock)
    if name in ZONED:
        return _converted(node["args"], ZONED[name], clock)
    if name.startswith(("date", "add", "subtract")) and not name.endswith("trunc"):
        return _shifted(name, node["args"], clock)
    return _rounded(node, clock)


def _at(value: date, clock: Clock) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=clock.now.tzinfo)


def _read(value: Any, clock: Clock) -> datetime:
    if not isinstance(value, str):
        raise Unknown
    read = datetime.fromisoformat(value.strip())
    return (
        read.astimezone(clock.now.tzinfo) if read.tzinfo else read.replace(tzinfo=clock.now.tzinfo)
    )


def _utc_day(clock: Clock, *, back: int = 0) -> date:
    """ClickHouse's own today() is that of UTC, whatever the project's zone."""
    return clock.now.astimezone(UTC).date() - timedelta(days=back)


def _converted(args: list[Node], zone_at: int, clock: Clock) -> datetime:
    """A time from a text or a date, in a zone of its own if it names one."""
    if len(args) <= zone_at:
        return _at(_value(args[0], clock), clock)
    try:
        zone = ZoneInfo(args[zone_at].get("value") or "")
    except (ZoneInfoNotFoundError, TypeError) as error:
        raise Unknown from error
    elsewhere = Clock(clock.now.astimezone(zone), clock.week_start)
    return _at(_value(args[0], elsewhere), elsewhere).astimezone(clock.now.tzinfo)


def _shifted(name: str, args: list[Node], clock: Clock) -> date:
    """The date functions: a unit and a number apart, an interval, or the unit in the name."""
    sign = -1 if name.startswith(("datesub", "date_sub", "subtract")) else 1
    if name in ("dateadd", "datesub", "date_add", "date_sub"):
        if len(args) == 2:
            return _moved(_value(args[0], clock), args[1], sign)
        return shift(_value(args[2], clock), _unit(args[0]), sign * _number(args[1]))
    unit = name.removeprefix("subtract").removeprefix("add").removesuffix("s")
    if unit not in {*EXACT, *DAYS, *MONTHS}:
        raise Unknown
    return shift(_value(args[0], clock), unit, sign * _number(args[1]))


def _moved(value: date, step: Node, sign: int) -> date:
    """A bare number moves a date by days and a time by seconds, as in ClickHouse."""
    if step["node"] == "Call" and step["name"].lower().startswith("tointerval"):
        unit = step["name"].lower().removeprefix("tointerval")
        if unit not in {*EXACT, *DAYS, *MONTHS}:
            raise Unknown
        return shift(value, unit, sign * _number(step["args"][0]))
    unit = "second" if isinstance(value, datetime) else "day"
    return shift(value, unit, sign * _number(step))


def _rounded(node: Node, clock: Clock) -> date:
    unit, inner = rounding(node, clock)
    start = unit.floor(_at(_value(inner, clock), clock))
    timed = unit.name == "hour" or (unit.name == "day" and node["name"].lower() != "todate")
    return start if timed else start.date()


def _unit(node: Node) -> str:
    name = str(node.get("value")).lower()
    if name not in {"hour", *DAYS, *MONTHS}:
        raise Unknown
    return name


def _number(node: Node) -> int:
    value = node.get("value")
    if node["node"] != "Constant" or type(value) is not int:
        raise Unknown
    return value


_KNOWN: Mapping[str, Callable[[Clock], date]] = {
    "now": lambda clock: clock.now,
    "current_timestamp": lambda clock: clock.now,
    "today": _utc_day,
    "current_date": _utc_day,
    "yesterday": partial(_utc_day, back=1),
}
