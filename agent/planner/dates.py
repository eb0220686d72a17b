"""The date grammar: which words of a question name a period, and which one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agent.planner.phrases import Words
from agent.planner.points import LEADS, Match, Points
from agent.planner.windows import Clock, Span, Unit, back, everything, floor, shift, so_far, whole
from agent.planner.words import Token

TO_DATE: dict[str, Unit] = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
BOUNDS = ("since", "after", "until", "till", "before", "by", "through", "up", "from")
ROLLING = ("last", "past", "previous", "trailing", "recent", "prior")
ALL = ("all time", "of all time", "in total", "all data", "the whole time", "since the beginning",
       "since the start", "since launch", "ever", "overall", "to date", "lifetime", "altogether",
       "in all", "so far in total", "entire history", "historically", "all the time", "in the data",
       "in this data set", "in the dataset", "whole period", "entire period")  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A period named by the tokens `[i, j)`."""

    i: int
    j: int
    span: Span


def find(tokens: Sequence[Token], clock: Clock) -> list[Found]:
    """Every period a question names, longest reading first at each place, left to right."""
    reader = Reader(tokens, clock)
    found: list[Found] = []
    i = 0
    while i < len(tokens):
        taken = reader.period(i)
        if taken is None:
            i += 1
            continue
        j = i + taken[0]
        found.append(Found(_with_leads(tokens, i), _with_tails(tokens, j), taken[1]))
        i = found[-1].j
    return found


class Reader:
    """The rules for periods, at one position of a question."""

    def __init__(self, tokens: Sequence[Token], clock: Clock) -> None:
        self.words = Words(tokens)
        self.points = Points(self.words, clock)
        self.clock = clock
        self.rules: tuple[Callable[[int], Match], ...] = (
            self._between,
            self._open_ended,
            self._day_word,
            self._to_date,
            self._rolling,
            self._calendar,
            self._ago,
            self.points.at,
            self._all,
        )

    def period(self, i: int) -> Match:
        """The longest period that starts at token `i`."""
        matches = [match for rule in self.rules if (match := rule(i))]
        return max(matches, key=lambda match: match[0], default=None)

    def _day_word(self, i: int) -> Match:
        now = self.clock.now
        if self.words.says(i, "day before yesterday"):
            return 3, whole(shift(now, "day", -2), "day", self.clock, "the day before yesterday")
        if self.words.word(i) == "today":
            return 1, so_far("day", self.clock, "today")
        if self.words.word(i) == "yesterday":
            return 1, whole(shift(now, "day", -1), "day", self.clock, "yesterday")
        return None

    def _to_date(self, i: int) -> Match:
        if self.words.word(i) in TO_DATE:
            unit = TO_DATE[self.words.word(i)]
            taken = 2 if self.words.year(i + 1) == self.clock.now.year else 1
            return taken, so_far(unit, self.clock, f"this {unit} to date")
        unit_said = self.words.unit(i)
        if unit_said and self.words.says(i + 1, "to date"):
            return 3, so_far(unit_said, self.clock, f"this {unit_said} to date")
        return None

    def _rolling(self, i: int) -> Match:
        """Last 7 days, past month, the last week, over 90 days."""
        lead = self.words.word(i)
        if lead in ROLLING:
            return self._rolling_after(i, lead)
        count = self.words.count(i)
        unit = self.words.unit(i + 1)
        if count and unit and self.words.word(i - 1) in ("over", "for", "in", "within", "during"):
            return 2, back(count, unit, self.clock, f"the last {count} {unit}s")
        return None

    def _rolling_after(self, i: int, lead: str) -> Match:
        skip = 1 if self.words.says(i + 1, "couple of") else 0
        count = 2 if skip else self.words.count(i + 1)
        at = i + 2 + skip
        if count and (unit := self.words.unit(at)):
            return at + 1 - i, back(count, unit, self.clock, f"the last {count} {unit}s")
        unit = self.words.unit(i + 1)
        article = self.words.word(i - 1) in ("the", "this") and lead == "last"
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
        unit = self.words.unit(i + 1)
        if unit is None:
            return None
        if self.words.word(i) in ("this", "current"):
            return 2, so_far(unit, self.clock, f"this {unit} so far")
        if self.words.word(i) in ("last", "previous", "prior"):
            return 2, self._previous(unit)
        return None

    def _ago(self, i: int) -> Match:
        count, unit = self.words.count(i), self.words.unit(i + 1)
        if not count or not unit or self.words.word(i + 2) != "ago":
            return None
        at = shift(self.clock.now, unit, -count)
        return 3, whole(at, unit, self.clock, f"{count} {unit}s ago")

    def _between(self, i: int) -> Match:
        """Between A and B, from A to B, A - B, January to March 2026."""
        opened = 1 if self.words.word(i) in ("between", "from") else 0
        first = self.points.at(i + opened, inner=True)
        if first is None:
            return None
        at = i + opened + first[0]
        joined = {"and": self.words.word(i) == "between", "to": True, "until": True, "till": True,
                  "through": True, "-": True, "–": True}  # fmt: skip
        if not joined.get(self.words.word(at)):
            return None
        second = self.points.at(at + 1, inner=True)
        if second is None:
            return None
        start = self.points.in_same_year(i + opened, first[1], second[1])
        label = f"{first[1].label} to {second[1].label}"
        return at + 1 + second[0] - i, Span(start.start, second[1].end, label)

    def _open_ended(self, i: int) -> Match:
        """Since, after, until, before, by the end of."""
        lead = self.words.word(i)
        if lead not in BOUNDS:
            return None
        if lead == "up" and self.words.word(i + 1) not in ("to", "until"):
            return None
        at = i + (2 if lead == "up" else 1)
        at += 1 if self.words.word(at) == "the" and self.words.word(at + 1) != "end" else 0
        for phrase in ("the end of", "end of", "start of", "beginning of"):
            if taken := self.words.says(at, phrase):
                return self._bounded(i, lead, at + taken, "end" if "end" in phrase else "start")
        return self._bounded(i, lead, at, "")

    def _bounded(self, i: int, lead: str, at: int, side: str) -> Match:
        point = (
            self.points.at(at, inner=True)
            or self._day_word(at)
            or self._calendar(at)
            or self._ago(at)
        )
        if point is None:
            return None
        span, taken = point[1], at + point[0] - i
        if lead in ("since", "from"):
            if (
                lead == "from"
                and not side
                and self.words.word(i + taken) not in ("on", "onwards", "onward")
            ):
                return None
            return taken, Span(span.start, self.clock.now, f"since {span.label}")
        if lead == "after":
            return taken, Span(span.end, self.clock.now, f"after {span.label}")
        edge = span.start if (lead == "before" and side != "end") or side == "start" else span.end
        word = {"before": "before", "by": "up to the end of"}.get(lead, "until")
        return taken, Span(None, edge, f"{word} {span.label}")

    def _all(self, i: int) -> Match:
        taken = max((self.words.says(i, phrase) for phrase in ALL), default=0)
        taken = 0 if self.words.word(i + taken) == "of" else taken
        strict = self.words.word(i + taken - 1) in ("ever", "date", "time", "lifetime")
        span = replace(everything(), label="of all time") if strict else everything()
        return (taken, span) if taken else None

    def _previous(self, unit: Unit) -> Span:
        at = shift(floor(self.clock.now, unit, self.clock.week_start), unit, -1)
        return whole(at, unit, self.clock, f"last {unit}")


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
