"""Dates and times of a text, and what rows of a result they are about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

MONTHS = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Apr": 4,
    "May": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Nov": 11,
    "Dec": 12,
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\d|[.,:]\d|\s?%)"
_TO = r"\s?(?:to|until|through|and|-|–|—)\s?"
DATE = re.compile(
    r"(?P<iso>(?<![\w-])\d{4}-\d{2}(?:-\d{2})?(?![\d-]))"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    rf"|(?P<days>\b(?:{_DAY}{_TO})?{_DAY})\s(?:of\s)?(?P<month1>{_MONTH})(?:,?\s(?P<year1>\d{{4}}))?"
    rf"|\b(?P<month2>{_MONTH})\s(?P<days2>{_DAY}(?:{_TO}{_DAY}(?!\s?{_MONTH}))?)"
    r"(?:,?\s(?P<year2>(?:19|20)\d\d)\b)?"
    r"|(?P<quarter1>\bQ[1-4])(?:[\s-](?P<year3>(?:19|20)\d\d))?\b"
    r"|\b(?P<year4>(?:19|20)\d\d)[\s-](?P<quarter2>Q[1-4])\b"
    rf"|\b(?P<month3>{_MONTH})(?:\s(?P<year5>(?:19|20)\d\d)\b)?(?![\w])"
    r"|\b(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:\s?(?P<half>[ap]\.?m)\b)?"
    rf"|\b(?:(?P<hour0>\d{{1,2}})(?:\s?(?P<half0>[ap]\.?m))?{_TO})?"
    r"(?P<hour2>\d{1,2})\s?(?P<half2>[ap]\.?m)\b|\b(?P<named>midnight|noon)\b"
    r"|(?<![\w.,/$€£¥#-])(?P<year6>(?:19|20)\d\d)(?![\w%]|[.,:]\d|-\d|\s?[kKM]\b)"
    r"|\b(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b"
)


@dataclass(frozen=True)
class Moment:
    """A date or time of a text: what of it is said, None for what is not."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    weekday: int | None = None
    months: int = 1
    """How many months it covers, where it names no day."""

    @property
    def bare_year(self) -> bool:
        """Whether it may be a plain number as well."""
        return self.year is not None and self.month is None

    def span(self, year: int) -> tuple[float, float] | None:
        """From when up to when, in days; `year` stands for one that is not said."""
        year = self.year or year
        try:
            if self.month is None:
                first, after = date(year, 1, 1), date(year + 1, 1, 1)
            elif self.day is None:
                first, after = date(year, self.month, 1), _later(year, self.month, self.months)
            else:
                first = date(year, self.month, self.day)
                after = first + timedelta(days=1)
        except ValueError:
            return None
        return float(first.toordinal()), float(after.toordinal())

    @property
    def iso(self) -> str:
        """A whole date as ISO 8601 has it."""
        return f"{self.year}-{self.month:02}-{self.day:02}" if self.year and self.day else ""

    @property
    def dated(self) -> bool:
        """Whether it is a date, not a time of day or a weekday."""
        return self.year is not None or self.month is not None


def moments(text: str) -> list[Moment]:
    """The dates and times of a text; a range of days is two."""
    return [one for match in DATE.finditer(text) for one in _moments(match)]


def _moments(match: re.Match[str]) -> Iterator[Moment]:
    start, end, found = match.start(), match.end(), match.groupdict()
    if found["iso"]:
        year, month, *day = map(int, found["iso"].split("-"))
        yield Moment(start, end, year, month, day[0] if day else None)
    elif found["days"] or found["days2"]:
        month = MONTHS[(found["month1"] or found["month2"])[:3]]
        said = found["year1"] or found["year2"]
        for day in re.findall(r"\d+", found["days"] or found["days2"]):
            yield Moment(start, end, int(said) if said else None, month, int(day))
    elif quarter := found["quarter1"] or found["quarter2"]:
        said = found["year3"] or found["year4"]
        yield Moment(start, end, int(said) if said else None, 3 * int(quarter[1]) - 2, months=3)
    elif found["month3"]:
        said = found["year5"]
        month = MONTHS[found["month3"][:3]]
        yield Moment(start, end, int(said) if said else None, month)
    elif found["year6"]:
        yield Moment(start, end, int(found["year6"]))
    elif found["weekday"]:
        yield Moment(start, end, weekday=WEEKDAYS.index(found["weekday"].lower()))
    else:
        yield from _hours(start, end, found)


def _hours(start: int, end: int, found: dict[str, Any]) -> Iterator[Moment]:
    """An hour, or one and another."""
    if found["hour0"]:
        half = found["half0"] or found["half2"]
        yield Moment(start, end, hour=_hour({**found, "hour2": found["hour0"], "half2": half}))
    yield Moment(start, end, hour=_hour(found))


def _hour(found: dict[str, Any]) -> int:
    if found["named"]:
        return 0 if found["named"].lower() == "midnight" else 12
    hour = int(found["hour"] or found["hour2"])
    half = (found["half"] or found["half2"] or "").lower()
    return hour % 12 + (12 if half.startswith("p") else 0) if half else hour


def _later(year: int, month: int, months: int) -> date:
    total = year * 12 + month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


CELL = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2}).*)?|(\d{4})-Q([1-4])")


QUOTED = re.compile(r"(?<=['\"])\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2})?")
MANY = 6
"""Dates of a query beyond which they bound no period."""


def instant(cell: Any) -> float | None:
    """The moment a cell stands for, in days; None when it is none."""
    if isinstance(cell, datetime):
        return cell.date().toordinal() + cell.hour / 24
    if isinstance(cell, date):
        return float(cell.toordinal())
    return _instant(cell) if isinstance(cell, str) else None


@lru_cache(maxsize=20_000)
def _instant(cell: str) -> float | None:
    match = CELL.fullmatch(cell)
    if not match:
        return None
    try:
        if match[6]:
            return float(date(int(match[6]), 3 * int(match[7]) - 2, 1).toordinal())
        day = date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None
    return day.toordinal() + int(match[4] or 0) / 24 + int(match[5] or 0) / 1440


def periods(cells: Sequence[Any]) -> list[tuple[float, float]] | None:
    """The period of each row by its first moment, None where a cell is no date."""
    found = [instant(cell) for cell in cells]
    if not found or any(one is None for one in found):
        return None
    starts = [one for one in found if one is not None]
    known = sorted(set(starts))
    after = dict(pairwise(known))
    steps = [b - a for a, b in pairwise(known)]
    last = min(steps) if steps else (31.0 if _whole_month(cells[0]) else 1.0)
    return [(one, min(after.get(one, one + last), one + max(last, 1 / 24) * 4)) for one in starts]


def _whole_month(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) <= 7


def spans(query: str) -> list[tuple[float, float]]:
    """The spans between the dates that a query names, from the earlier to the later."""
    days = sorted({at for text in QUOTED.findall(query) if (at := instant(text)) is not None})
    return list(combinations(days, 2)) if len(days) <= MANY else []


def rows(moment: Moment, spans: Sequence[tuple[float, float]]) -> set[int]:
    """The rows that a date of a text is about."""
    found: set[int] = set()
    said_in = {}
    for row, (start, after) in enumerate(spans):
        if moment.weekday is not None:
            if after - start <= 1 and date.fromordinal(int(start)).weekday() == moment.weekday:
                found.add(row)
            continue
        if moment.hour is not None:
            if after - start < 0.1 and round(start % 1 * 24) == moment.hour:
                found.add(row)
            continue
        year = date.fromordinal(int(start)).year
        if year not in said_in:
            said_in[year] = moment.span(year)
        said = said_in[year]
        if said and (said[0] <= start < said[1] or start <= said[0] < said[1] <= after):
            found.add(row)
    return found
