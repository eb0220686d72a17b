"""A result made ready for looking things up: labels, figures, totals, and what columns measure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from agent.numbers import dates, spelled
from agent.numbers.cells import number
from agent.numbers.words import EMPTY, WORD, key, listed, stem, stems, telling

ORDINALS = listed("hour day days week month year step age score rank quarter interval weekday dow")
DAYS_OF_WEEK = ("weekday", "dayofweek", "dow")
RATES = frozenset(stem(w) for w in listed("rate percent share ratio"))
SCORES = listed("rating ratings")
"""Words that share their stem with rates."""

SMALL = tuple(stem(word) for word in spelled.UNITS)
MIXED = frozenset(stem(w) for w in listed("conversion retention change growth churn bounce"))
"""Words of columns that hold shares or counts."""

LEVELS = listed("averag median p95 p90 p99 max min highest lowest longest shortest size")
AVERAGES = listed("averag avg per")
CHANGES = frozenset(stem(w) for w in listed("change diff difference delta growth lift gain uplift"))
BEFORE = frozenset(
    stem(w) for w in listed("previous prior before last usual earlier control baseline old")
)
CLOCKS = {"ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0,
          "minut": 60.0, "hour": 3600.0, "day": 86400.0, "durat": 1.0, "time": 1.0}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One result of a turn."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    about: str = ""
    """The query, whose names say what a column without a name of its own counts."""

    whole: bool = True

    @cached_property
    def figures(self) -> list[list[float | None]]:
        """Every cell as a number, None where it is none."""
        return [[number(cell) for cell in row] for row in self.rows]

    @cached_property
    def numeric(self) -> list[int]:
        """The columns that hold figures."""
        return [
            c
            for c in range(len(self.columns))
            if c not in self.labels and any(row[c] is not None for row in self.figures)
        ]

    @cached_property
    def labels(self) -> list[int]:
        """The columns that say what a row is about."""
        return [c for c in range(len(self.columns)) if self._labels(c)]

    def _labels(self, c: int) -> bool:
        cells = [row[c] for row in self.rows]
        if any(isinstance(cell, str | date) and number(cell) is None for cell in cells):
            return True
        whole = all(isinstance(cell, int) for cell in cells) and len(self.rows) > 1
        named = c == 0 and self.columns[c].lower().split("_")[-1].split(" ")[0] in ORDINALS
        return whole and named and len(set(cells)) == len(cells) and len(self.columns) > 1

    @cached_property
    def periods(self) -> list[tuple[float, float]] | None:
        """The period of each row, None for rows that are no points in time."""
        for c in self.labels:
            if found := dates.periods([row[c] for row in self.rows]):
                return found
        return None

    @cached_property
    def timed(self) -> bool:
        """Whether each row is another point in time, so that rows come one after the other."""
        spans = self.periods or self.years
        return bool(spans) and len(set(spans or ())) == len(self.rows)

    @cached_property
    def stepped(self) -> bool:
        """Whether the rows are steps, each a part of the one before."""
        names = " ".join(self.columns).lower()
        return not self.timed and ("step" in names or ("conver" in names and "previous" in names))

    @cached_property
    def years(self) -> list[tuple[float, float]] | None:
        """Rows whose label is a year."""
        for c in self.labels:
            cells = [row[c] for row in self.rows]
            if all(isinstance(cell, int) and 1900 < cell < 2100 for cell in cells):
                return [(date(y, 1, 1).toordinal(), date(y + 1, 1, 1).toordinal()) for y in cells]
        return None

    @cached_property
    def order(self) -> list[int]:
        """The rows from first to last in time."""
        spans = self.periods or self.years or []
        return sorted(range(len(spans)), key=lambda r: spans[r])

    @cached_property
    def keys(self) -> dict[str, set[int]]:
        """The rows of each label, by the label's key."""
        found: dict[str, set[int]] = {}
        for c in self.labels:
            for r, row in enumerate(self.rows):
                cell = row[c]
                if isinstance(cell, str) and dates.instant(cell) is None and len(cell) < 80:
                    for name in {key(cell), "".join(reversed(stems(cell)))}:
                        found.setdefault(name, set()).add(r)
                elif isinstance(cell, int) and not isinstance(cell, bool):
                    self._ordinal(c, cell, r, found)
        found.pop("", None)
        return found

    @cached_property
    def blank(self) -> frozenset[int]:
        """The rows whose label is empty."""
        return frozenset(
            r for r, row in enumerate(self.rows) for c in self.labels if row[c] in (None, "")
        )

    def _ordinal(self, c: int, cell: int, r: int, found: dict[str, set[int]]) -> None:
        if self._of_weekdays(c):
            found.setdefault(stem(dates.WEEKDAYS[cell - 1]), set()).add(r)
        for word in stems(self.columns[c])[-1:]:
            for spelling in {str(cell), *([SMALL[cell]] if 0 < cell < len(SMALL) else [])}:
                found.setdefault(f"{word}{spelling}", set()).add(r)
                found.setdefault(f"{spelling}{word}", set()).add(r)

    def _of_weekdays(self, c: int) -> bool:
        """Whether a column counts the days of a week from Monday on."""
        if not key(self.columns[c]).endswith(DAYS_OF_WEEK):
            return False
        return all(isinstance(row[c], int) and 0 < row[c] < 8 for row in self.rows)

    def between(self, first: dates.Moment, last: dates.Moment) -> set[int]:
        """The rows from one date to another."""
        if first.hour is not None and last.hour is not None:
            hours = range(first.hour, max(last.hour, first.hour + 1))
            return {row for hour in hours for row in self.at_hour(hour)}
        spans = self.periods or []
        found = set()
        for row, (start, after) in enumerate(spans):
            year = date.fromordinal(int(start)).year
            a, b = first.span(first.year or last.year or year), last.span(last.year or year)
            if a and b and a[0] < after and start < b[1] and start >= a[0] - 6:
                found.add(row)
        return found

    def at_hour(self, hour: int) -> set[int]:
        """The rows of an hour, of whatever day."""
        timed = dates.rows(dates.Moment(0, 0, hour=hour), self.periods or ())
        return timed | self.keys.get(f"hour{hour}", set())

    def days(self, weekend: bool) -> frozenset[int]:
        """The rows that are weekdays, or those of weekends."""
        if self.periods and all(after - start <= 1 for start, after in self.periods):
            places = [date.fromordinal(int(start)).weekday() for start, _ in self.periods]
            return frozenset(r for r, day in enumerate(places) if (day > 4) == weekend)
        if self.labels and self._of_weekdays(self.labels[0]):
            places = [row[self.labels[0]] - 1 for row in self.rows]
            return frozenset(r for r, day in enumerate(places) if (day > 4) == weekend)
        names = [str(row[c]).lower() for row in self.rows for c in self.labels[:1]]
        if names and set(names) <= set(dates.WEEKDAYS):
            return frozenset(r for r, n in enumerate(names) if n.startswith("s") == weekend)
        return frozenset()

    def beyond(self, count: int, sign: int) -> frozenset[int]:
        """The rows whose number is at least (1) or at most (-1) so much."""
        cells = [(r, row[0]) for r, row in enumerate(self.rows)] if 0 in self.labels else []
        return frozenset(
            r for r, cell in cells if isinstance(cell, int) and (cell - count) * sign >= 0
        )

    @cached_property
    def parts(self) -> dict[str, set[int]]:
        """Words that only one label has, and initials, with the rows of that label."""
        owners: dict[str, dict[tuple[int, str], set[int]]] = {}
        known = {word for words in self.measures for word in words}
        for c in [] if self.periods else self.labels:
            for r, row in enumerate(self.rows):
                cell = row[c]
                if isinstance(cell, str) and dates.instant(cell) is None:
                    for word in _parts(cell):
                        owners.setdefault(word, {}).setdefault((c, cell), set()).add(r)
        kept = (
            (word, next(iter(labels.values())))
            for word, labels in owners.items()
            if len(labels) == 1 and word not in known and word not in EMPTY and not word.isdigit()
        )
        return {word: rows for word, rows in kept if len(word) > 1 and word not in self.keys}

    @cached_property
    def measures(self) -> list[frozenset[str]]:
        """What each column measures, as stems; the query's names for one without a name."""
        found = []
        for name in self.columns:
            words = telling(name)
            alone = len(self.columns) == 1 or not words
            if not words - {"peopl"} and alone and self.about:
                words |= self._asked
            found.append(words)
        return found

    @cached_property
    def _asked(self) -> frozenset[str]:
        names = re.findall(r"'([A-Za-z$][\w$ ]*)'", self.about)
        return frozenset(key(n) for n in names) | {w for n in names for w in stems(n) if len(w) > 2}

    @cached_property
    def column_keys(self) -> dict[str, set[int]]:
        """The columns by their whole names."""
        found: dict[str, set[int]] = {}
        for c in self.numeric:
            found.setdefault(key(self.columns[c]), set()).add(c)
        return found

    @cached_property
    def rates(self) -> set[int]:
        """Columns of shares and percentages, which nobody adds up."""
        found = set()
        for c in self.numeric:
            name = self.columns[c].lower()
            words = {stem(word) for word in WORD.findall(name) if word not in SCORES}
            broken = any(v % 1 for v in self.column(c))
            if (
                (
                    words & RATES
                    or (broken and words & MIXED)
                    or "%" in name
                    or "100" in name
                    or " / " in name
                )
                or self.fraction(c)
                or any("%" in str(row[c]) for row in self.rows)
            ):
                found.add(c)
        return found

    def fraction(self, c: int) -> bool:
        """Whether a column holds shares of one."""
        values = self.column(c)
        return bool(values) and max(map(abs, values)) <= 1 and any(v % 1 for v in values)

    @cached_property
    def summable(self) -> list[int]:
        """The columns whose values add up."""
        return [
            c
            for c in self.numeric
            if c not in self.rates
            and not self.clock(c)
            and not set(stems(self.columns[c])) & LEVELS
        ]

    def clock(self, c: int) -> float:
        """Seconds in a unit of a column of times, 0 for other columns."""
        words = stems(self.columns[c])
        return next((CLOCKS[word] for word in reversed(words) if word in CLOCKS), 0.0)

    def changing(self, c: int) -> bool:
        """Whether a column holds changes, whose sign counts."""
        return bool(set(stems(self.columns[c])) & CHANGES) or any(v < 0 for v in self.column(c))

    def earlier(self, c: int) -> bool:
        """Whether a column is what another one is held against."""
        return bool(set(stems(self.columns[c])) & BEFORE)

    def column(self, c: int) -> list[float]:
        """The figures of a column."""
        return [row[c] for row in self.figures if row[c] is not None]  # type: ignore[misc]

    @cached_property
    def totals(self) -> dict[int, float]:
        """The sum of each column that has one."""
        return {c: sum(self.column(c)) for c in self.summable}

    def at(self, r: int, c: int) -> float | None:
        """One figure."""
        return self.figures[r][c]


def _parts(label: str) -> Iterator[str]:
    """The words of a label of several, and its initials."""
    words = stems(label)
    if len(words) > 1:
        initials = "".join(w[0] for w in re.findall(r"[A-Z][a-z]+", label)).lower()
        yield from (*words, initials) if len(initials) > 1 else words
