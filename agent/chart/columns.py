"""What the names of columns say: units, intervals, and which columns only go with others."""

import re
from datetime import datetime, timedelta

from agent.cells import one_line

QUOTIENTS = ("percent", "ratio", "difference", "conversion %")
"""Columns that are the answer where they are; the others are what it was made of."""

BESIDE = re.compile(
    r"values|change|change %|% of .*|(average|median) (seconds|minutes|hours|days)|size|id|"
    r"began|converted|paying people|total_rows",
    re.IGNORECASE,
)
"""Columns that explain another one, and are in no chart unless they stand alone."""

MONEY = re.compile(r"(?:^|[_\W])(usd|eur|gbp|chf|jpy|cad|aud)(?:$|[_\W])", re.IGNORECASE)
PERCENT = re.compile(r"%|\b(percent|share|rate)\b|_(pct|percent)$", re.IGNORECASE)
SECONDS = re.compile(r"\b(seconds|minutes|hours|days)$", re.IGNORECASE)
NAMED = re.compile(r"(?:end of )?(hour|day|week|month|quarter|year)s?", re.IGNORECASE)
SPANS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PARTS = re.compile(r"(\d{4})(?:-(\d\d)|-Q(\d))?")


def unit(name: str) -> str:
    """The unit of a column's values, as far as its name says it."""
    if money := MONEY.search(name):
        return money[1].upper()
    if PERCENT.search(name):
        return "%"
    found = SECONDS.search(name)
    return found[1].lower() if found and name.lower().split()[0] in ("average", "median") else ""


def moment(text: str) -> datetime:
    """The beginning of a period as an answer names it: a date, a time, a month or a quarter."""
    if part := PARTS.fullmatch(text):
        month = int(part[2]) if part[2] else 3 * int(part[3]) - 2 if part[3] else 1
        return datetime(int(part[1]), month, 1)
    return datetime.fromisoformat(text).replace(tzinfo=None)


def span(column: str, names: tuple[str, ...]) -> timedelta:
    """At least how long each period of an axis lasts: by its name, else by the last distance."""
    if named := NAMED.fullmatch(column):
        days = SPANS[named[1].lower()]
        return timedelta(days=days - (3 if days >= 31 else 0))
    return moment(names[-1]) - moment(names[-2]) if len(names) > 1 else timedelta(0)


def number(value: float, of: str) -> str:
    """One value with its unit, as a label has it."""
    size = abs(value)
    places = 0 if value == int(value) else 1 if of == "%" or size >= 100 else 2
    text = f"{value:,.{places}f}"
    if of.isupper():
        return f"{of} {text}"
    return f"{text} {of}".rstrip()


def _cut(text: str, longest: int) -> str:
    """A long name without its middle: paths and addresses differ at their ends."""
    tail = longest // 3
    return text if len(text) <= longest else f"{text[: longest - tail - 1]}…{text[-tail:]}"


def distinct(names: list[str], longest: int = 40) -> tuple[str, ...]:
    """Names as they fit beside a chart, apart from each other though they are cut."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        text = one_line(name) or "(empty)"
        text = _cut(text, longest)
        seen[text] = seen.get(text, 0) + 1
        told.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return tuple(told)
