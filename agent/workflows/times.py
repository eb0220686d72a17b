"""When a workflow runs: five fields as cron has them, in one zone."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from agent.errors import SettingsError

FIELD = r"[\d*,/a-zA-Z-]+"
FIELDS = re.compile(rf"\s*{FIELD}(?:\s+{FIELD}){{4}}\s*")
LAST = re.compile(r"(?:^|[\s,])\d*L", re.IGNORECASE)
"""Last days, which only some crons know."""

DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@dataclass(frozen=True)
class Times:
    """The times of a schedule."""

    text: str
    zone: str

    def __post_init__(self) -> None:
        if not FIELDS.fullmatch(self.text) or LAST.search(self.text):
            raise _unfit(self.text)
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            told = f"zone is unknown: {self.zone!r}; write Europe/Berlin, say."
            raise SettingsError(told) from None
        self.after(datetime(2026, 1, 1, tzinfo=ZoneInfo(self.zone)))

    def after(self, moment: datetime) -> datetime:
        """The first time after a moment; in a night of two clock changes as cron does it."""
        try:
            return next(CronSim(self.text, moment.astimezone(ZoneInfo(self.zone))))
        except (CronSimError, StopIteration):
            raise _unfit(self.text) from None

    @property
    def calendar(self) -> tuple[str, ...]:
        """The same times as systemd writes them, a line each."""
        cron = self._cron
        clock = f"{_two(cron.hours, 24)}:{_two(cron.minutes, 60)}:00 {self.zone}"
        days, months = _two(cron.days, 31), _two(cron.months, 12)
        named = [day for day in DAYS if DAYS.index(day) in self._weekdays]
        week = "" if len(named) == 7 else f"{','.join(named)} "
        if cron.day_and:
            return (f"{week}*-{months}-{days} {clock}",)
        return (f"*-{months}-{days} {clock}", f"{week}*-{months}-* {clock}")

    @property
    def _weekdays(self) -> set[int]:
        return {day % 7 for day in self._cron.weekdays if isinstance(day, int)}

    @cached_property
    def _cron(self) -> CronSim:
        return CronSim(self.text, datetime(2026, 1, 1))


def _two(numbers: Collection[int], all_of: int) -> str:
    """Numbers as a list of two digits each, a star for all there are."""
    return "*" if len(numbers) == all_of else ",".join(f"{n:02}" for n in sorted(numbers))


def _unfit(text: str) -> SettingsError:
    return SettingsError(
        f"schedule can't be used: {text!r}; write minute, hour, day, month and weekday as cron has "
        "them, as in “0 9 * * mon”."
    )
