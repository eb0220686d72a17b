"""The date grammar: which words of a question name a period, and which one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from agent.planner.windows import Clock, Span, Unit, back, everything, floor, shift, so_far, whole
from agent.planner.words import Token

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"couple": 2, "dozen": 12}
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
UNIT_WORDS: dict[str, Unit] = {
    "hour": "hour",
    "hours": "hour",
    "day": "day",
    "days": "day",
    "week": "week",
    "weeks": "week",
    "month": "month",
    "months": "month",
    "quarter": "quarter",
    "quarters": "quarter",
    "year": "year",
    "years": "year",
    "h": "hour",
    "d": "day",
    "w": "week",
}
TO_DATE: dict[str, Unit] = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
LEADS = frozenset(
    {"in", "on", "for", "during", "over", "within", "of", "at", "across", "throughout", "from"}
)
ALL = ("all time", "of all time", "in total", "all data", "the whole time", "since the beginning",
       "since the start", "since launch", "ever", "overall", "to date", "lifetime", "altogether",
       "in all", "so far in total", "entire history", "historically", "all the time", "in the data",
       "in the whole data set", "in this data set", "in the dataset", "whole period", "entire period")  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A period named by the tokens `[i, j)`."""

    i: int
    j: int
    span: Span


Match = tuple[int, Span] | None
"""How many tokens a rule took, and what they mean."""


def find(tokens: Sequence[Token], clock: Clock) -> list[Found]:
    """Every period a question names, longest reading first at each place, left to right."""
    reader, found, i = Reader(tokens, clock), [], 0
    while i < len(tokens):
        taken = reader.period(i)
        if taken is None:
            i += 1
            continue
        j = i + taken[0]
        found.append(Found(_with_leads(tokens, i), _with_tails(tokens, j), taken[1]))
        i = found[-1].j
    return found


def count_of(token: Token) -> int | None:
    """A whole number written in digits or as a word."""
    if token.kind == "number" and token.word.replace(",", "").isdigit():
        return int(token.word.replace(",", ""))
    return NUMBERS.get(token.word)


class Reader:
    """The rules, applied at one position of a question."""

    def __init__(self, tokens: Sequence[Token], clock: Clock) -> None:
        self.tokens = tokens
        self.clock = clock
        self.rules: tuple[Callable[[int], Match], ...] = (
            self._between,
            self._open_ended,
            self._day_word,
            self._to_date,
            self._rolling,
            self._calendar,
            self._ago,
            self._point,
            self._all,
        )

    def period(self, i: int) -> Match:
        """The longest period that starts at token `i`."""
        matches = [match for rule in self.rules if (match := rule(i))]
        return max(matches, key=lambda match: match[0], default=None)

    def word(self, i: int) -> str:
        """The word at `i`, empty beyond the end."""
        return self.tokens[i].word if 0 <= i < len(self.tokens) else ""

    def says(self, i: int, phrase: str) -> int:
        """How many tokens the phrase takes at `i`, 0 when it is not there."""
        words = phrase.split()
        return len(words) if [self.word(i + k) for k in range(len(words))] == words else 0

    def unit(self, i: int) -> Unit | None:
        """The unit of time at `i`; a quoted word is never one."""
        quoted = 0 <= i < len(self.tokens) and self.tokens[i].kind == "quoted"
        return None if quoted else UNIT_WORDS.get(self.word(i))

    def _day_word(self, i: int) -> Match:
        now = self.clock.now
        if self.says(i, "day before yesterday"):
            return 3, whole(shift(now, "day", -2), "day", self.clock, "the day before yesterday")
        if self.word(i) == "today":
            return 1, so_far("day", self.clock, "today")
        if self.word(i) == "yesterday":
            return 1, whole(shift(now, "day", -1), "day", self.clock, "yesterday")
        return None

    def _to_date(self, i: int) -> Match:
        if self.word(i) in TO_DATE:
            unit = TO_DATE[self.word(i)]
            taken = 2 if self._year_number(i + 1) == self.clock.now.year else 1
            return taken, so_far(unit, self.clock, f"this {unit} to date")
        unit_said = self.unit(i)
        if unit_said and self.says(i + 1, "to date"):
            return 3, so_far(unit_said, self.clock, f"this {unit_said} to date")
        return None

    def _rolling(self, i: int) -> Match:
        """Last 7 days, past month, the last week, over 90 days."""
        lead = self.word(i)
        if lead in ("last", "past", "previous", "trailing", "recent", "prior"):
            return self._rolling_after(i, lead)
        count = self._count(i)
        unit = self.unit(i + 1)
        if count and unit and self.word(i - 1) in ("over", "for", "in", "within", "during"):
            return 2, back(count, unit, self.clock, f"the last {count} {unit}s")
        return None

    def _rolling_after(self, i: int, lead: str) -> Match:
        skip = 1 if self.says(i + 1, "couple of") else 0
        count = 2 if skip else self._count(i + 1)
        at = i + 2 + skip
        if count and (unit := self.unit(at)):
            return at + 1 - i, back(count, unit, self.clock, f"the last {count} {unit}s")
        unit = self.unit(i + 1)
        article = self.word(i - 1) in ("the", "this") and lead == "last"
        if not unit or not (
            lead in ("past", "trailing") or (article and unit in ("week", "month"))
        ):
            return None
        if unit == "quarter":
            return 2, self._previous(unit)
        days = {"hour": 1, "day": 1, "week": 7, "month": 30, "year": 365}[unit]
        if unit == "year":
            return 2, back(12, "month", self.clock, "the last 12 months")
        inner: Unit = "hour" if unit == "hour" else "day"
        label = "the last hour" if unit == "hour" else f"the last {days} days"
        return 2, back(days, inner, self.clock, label)

    def _calendar(self, i: int) -> Match:
        """This week, last month, previous quarter."""
        unit = self.unit(i + 1)
        if unit is None:
            return None
        if self.word(i) in ("this", "current"):
            return 2, so_far(unit, self.clock, f"this {unit} so far")
        if self.word(i) in ("last", "previous", "prior"):
            return 2, self._previous(unit)
        return None

    def _ago(self, i: int) -> Match:
        count, unit = self._count(i), self.unit(i + 1)
        if not count or not unit or self.word(i + 2) != "ago":
            return None
        at = shift(self.clock.now, unit, -count)
        return 3, whole(at, unit, self.clock, f"{count} {unit}s ago")

    def _between(self, i: int) -> Match:
        """Between A and B, from A to B, A - B, January to March 2026."""
        opened = 1 if self.word(i) in ("between", "from") else 0
        first = self._point(i + opened, inner=True)
        if first is None:
            return None
        at = i + opened + first[0]
        joined = {"and": self.word(i) == "between", "to": True, "until": True, "till": True,
                  "through": True, "-": True, "–": True}  # fmt: skip
        if not joined.get(self.word(at)):
            return None
        second = self._point(at + 1, inner=True)
        if second is None:
            return None
        start = self._same_year(i + opened, first[1], second[1])
        label = f"{first[1].label} to {second[1].label}"
        return at + 1 + second[0] - i, Span(start.start, second[1].end, label)

    def _open_ended(self, i: int) -> Match:
        """Since, after, until, before, by the end of."""
        lead = self.word(i)
        if lead not in ("since", "after", "until", "till", "before", "by", "through", "up", "from"):
            return None
        if lead == "up" and self.word(i + 1) not in ("to", "until"):
            return None
        at = i + (2 if lead == "up" else 1)
        at += 1 if self.word(at) == "the" and self.word(at + 1) != "end" else 0
        for phrase in ("the end of", "end of", "start of", "beginning of"):
            if taken := self.says(at, phrase):
                return self._bounded(i, lead, at + taken, "end" if "end" in phrase else "start")
        return self._bounded(i, lead, at, "")

    def _bounded(self, i: int, lead: str, at: int, side: str) -> Match:
        point = (
            self._point(at, inner=True) or self._day_word(at) or self._calendar(at) or self._ago(at)
        )
        if point is None:
            return None
        span, taken = point[1], at + point[0] - i
        if lead in ("since", "from"):
            if (
                lead == "from"
                and not side
                and self.word(i + taken) not in ("on", "onwards", "onward")
            ):
                return None
            return taken, Span(span.start, self.clock.now, f"since {span.label}")
        if lead == "after":
            return taken, Span(span.end, self.clock.now, f"after {span.label}")
        edge = span.start if (lead == "before" and side != "end") or side == "start" else span.end
        word = {"before": "before", "by": "up to the end of"}.get(lead, "until")
        return taken, Span(None, edge, f"{word} {span.label}")

    def _point(self, i: int, inner: bool = False) -> Match:
        """An absolute date, month, quarter, half or year."""
        rules = (
            self._iso,
            self._month_day,
            self._day_month,
            self._month,
            self._quarter,
            self._half,
        )
        matches = [match for rule in rules if (match := rule(i))]
        if (match := self._year(i, inner)) is not None:
            matches.append(match)
        return max(matches, key=lambda match: match[0], default=None)

    def _iso(self, i: int) -> Match:
        if i >= len(self.tokens) or self.tokens[i].kind != "date":
            return None
        parts = [int(part) for part in self.word(i).split("-")]
        return _safely(1, lambda: self._date(*parts))

    def _month_day(self, i: int) -> Match:
        """March 5, March 5th 2011."""
        month, day = self._month_name(i), self._ordinal_day(i + 1)
        if month is None or day is None:
            return None
        taken = 2 + (1 if self.word(i + 2) == "," else 0)
        year = self._year_number(i + taken)
        return _safely(
            taken + 1 if year else 2,
            lambda: self._date(year or self._recent(month, day), month, day),
        )

    def _day_month(self, i: int) -> Match:
        """5 March, the 5th of March 2011."""
        day = self._ordinal_day(i)
        at = i + 1 + (1 if self.word(i + 1) == "of" else 0)
        month = self._month_name(at)
        if month is None or day is None:
            return None
        year = self._year_number(at + 1)
        taken = at + 1 + (1 if year else 0) - i
        return _safely(taken, lambda: self._date(year or self._recent(month, day), month, day))

    def _month(self, i: int) -> Match:
        """March, March 2011, March of last year, last October."""
        shifted = 1 if self.word(i) in ("last", "this") else 0
        month = self._month_name(i + shifted)
        if month is None or (
            self.word(i + shifted) in ("may", "mar", "dec", "jan", "sep", "jun")
            and not self._dated(i + shifted)
        ):
            return None
        at = i + shifted + 1 + (1 if self.word(i + shifted + 1) in ("of", ",") else 0)
        year = self._year_number(at)
        if year is None and self.word(at + 1) == "year" and self.word(at) in ("this", "last"):
            year = self.clock.now.year - (self.word(at) == "last")
            return at + 2 - i, self._date(year, month)
        taken = at + 1 - i if year else shifted + 1
        return _safely(taken, lambda: self._date(year or self._recent(month), month))

    def _quarter(self, i: int) -> Match:
        """Q3, Q3 2011, the third quarter of 2011."""
        word, taken = self.word(i), 1
        if re.fullmatch(r"q[1-4]", word):
            number = int(word[1])
        elif word in ORDINALS and self.word(i + 1) == "quarter":
            number, taken = ORDINALS[word], 2
        else:
            return None
        return self._part_of_year(i, taken, number, 3, f"Q{number}")

    def _half(self, i: int) -> Match:
        """H1 2011, the first half of 2011."""
        word, taken = self.word(i), 1
        if word in ("h1", "h2"):
            number = int(word[1])
        elif word in ("first", "second") and self.word(i + 1) == "half":
            number, taken = ORDINALS[word], 2
        else:
            return None
        return self._part_of_year(i, taken, number, 6, f"H{number}")

    def _part_of_year(self, i: int, taken: int, number: int, months: int, name: str) -> Match:
        at = i + taken + (1 if self.word(i + taken) == "of" else 0)
        year = self._year_number(at)
        taken = at + 1 - i if year else taken
        if not year and self.word(at + 1) == "year" and self.word(at) in ("this", "last"):
            year, taken = self.clock.now.year - (self.word(at) == "last"), at + 2 - i
        month = (number - 1) * months + 1
        year = year or self._recent(month)
        start = datetime(year, month, 1)
        return taken, Span(start, shift(start, "month", months), f"{name} {year}")

    def _year(self, i: int, inner: bool) -> Match:
        year = self._year_number(i)
        led = self.word(i - 1) in (LEADS - {"over", "within", "at"}) | {
            "year",
            "and",
            "vs",
            "versus",
            "since",
            "until",
            "before",
            "after",
            "by",
            "to",
            "through",
        }
        if year is None or not (inner or led):
            return None
        start = datetime(year, 1, 1)
        return 1, Span(start, shift(start, "year", 1), str(year))

    def _all(self, i: int) -> Match:
        taken = max((self.says(i, phrase) for phrase in ALL), default=0)
        taken = 0 if self.word(i + taken) == "of" else taken
        return (taken, everything()) if taken else None

    def _previous(self, unit: Unit) -> Span:
        at = shift(floor(self.clock.now, unit, self.clock.week_start), unit, -1)
        return whole(at, unit, self.clock, f"last {unit}")

    def _count(self, i: int) -> int | None:
        return count_of(self.tokens[i]) if 0 <= i < len(self.tokens) else None

    def _month_name(self, i: int) -> int | None:
        return MONTHS.get(self.word(i)) if 0 <= i < len(self.tokens) else None

    def _dated(self, i: int) -> bool:
        """Whether a word like "may" stands where a month would."""
        return bool(self._year_number(i + 1)) or self.word(i - 1) in LEADS | {
            "since",
            "until",
            "last",
            "this",
            "to",
            "and",
            "between",
        }

    def _ordinal_day(self, i: int) -> int | None:
        match = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", self.word(i))
        return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None

    def _year_number(self, i: int) -> int | None:
        return int(self.word(i)) if re.fullmatch(r"(19|20)\d\d", self.word(i)) else None

    def _recent(self, month: int, day: int = 1) -> int:
        """The year in which this month last began, as seen from the latest event."""
        latest = self.clock.latest
        return latest.year if (month, day) <= (latest.month, latest.day) else latest.year - 1

    def _date(self, year: int, month: int, day: int | None = None) -> Span:
        at = datetime(year, month, day or 1)
        if day is None:
            return Span(at, shift(at, "month", 1), f"{at:%B %Y}")
        return Span(at, shift(at, "day", 1), f"{at:%-d %B %Y}")

    def _same_year(self, i: int, first: Span, second: Span) -> Span:
        """The first point of a range, in the year of the second when it names none itself."""
        assert first.start is not None
        assert second.start is not None
        if first.start < second.start and first.start.year == second.start.year:
            return first
        named = any(self._year_number(i + k) for k in range(1, 4)) or self.tokens[i].kind == "date"
        if named and first.start <= second.start:
            return first
        moved = first.start.replace(year=second.start.year)
        moved = moved if moved <= second.start else moved.replace(year=moved.year - 1)
        return Span(moved, first.end, first.label)


def _safely(taken: int, make: Callable[[], Span]) -> Match:
    """The match, or none when the calendar has no such day."""
    try:
        return taken, make()
    except ValueError:
        return None


def _with_leads(tokens: Sequence[Token], i: int) -> int:
    """Where the period's own prepositions begin."""
    while i > 0 and tokens[i - 1].word in LEADS | {"the"}:
        i -= 1
    return i


def _with_tails(tokens: Sequence[Token], j: int) -> int:
    """Where words that only round a period off end ("so far", "combined")."""
    words = [token.word for token in tokens[j : j + 2]]
    if words == ["so", "far"]:
        return j + 2
    return j + 1 if words[:1] in (["onwards"], ["onward"], ["alone"]) else j
