"""Periods as they are said: by now, by another point, or as part of a longer one."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.planner.english.phrases import Words, number_of
from agent.planner.english.points import Points
from agent.planner.english.running import Running
from agent.planner.english.time_words import ADVERBS
from agent.planner.english.windows import (
    Clock,
    Span,
    back,
    everything,
    shift,
    so_far,
    whole,
)
from agent.planner.english.words import Token
from agent.planner.english.years import Match

MONTH = 31
BOUNDS = (
    "since", "after", "until", "till", "before", "by", "through", "up", "from", "starting",
    "beginning",
)  # fmt: skip
COMPARING = frozenset(
    ["compare", "compared", "comparing", "vs", "versus", "difference", "comparison", "against"]
)
PARTS: dict[str, tuple[int, int | None]] = {
    "first half": (0, 15), "second half": (15, None), "end": (19, None), "late": (19, None),
    "first week": (0, 7), "last week": (-7, None), "start": (0, 10),
    "beginning": (0, 10), "early": (0, 10), "mid": (10, 20),
}  # fmt: skip
"""Days of a month, counted from 0: from which to before which; None is its end."""

ALL = ("all time", "of all time", "in total", "all data", "the whole time", "since the beginning",
       "since the start", "since launch", "ever", "overall", "to date", "lifetime", "altogether",
       "in all", "so far in total", "entire history", "historically", "all the time", "in the data",
       "in this data set", "in the dataset", "whole period", "entire period", "all the way back",
       "as far back as possible", "as far back as you have", "as far back as you can",
       "as far back as we have", "as far back as we can", "for as long as we have data",
       "as far back as the data goes", "since the very beginning",
       "since day one", "of all times", "since forever", "since inception", "since we started",
       "from the beginning", "from the very beginning", "from the start",
       "from day one")  # fmt: skip


class Reader:
    """The rules for periods, at one position of a question."""

    def __init__(self, tokens: Sequence[Token], clock: Clock) -> None:
        self.words = Words(tokens)
        self.points = Points(self.words, clock)
        self.clock = clock
        self.running = Running(self.words, clock)
        self.rules: tuple[Callable[[int], Match], ...] = (
            self._between,
            self._part_of_month,
            self._first_days,
            self._half,
            self._open_ended,
            self._day_word,
            self.running.to_date,
            self.running.rolling,
            self.running.of_the,
            self.running.calendar,
            self._ago,
            self.points.at,
            self._on_the,
            self._all,
        )

    def period(self, i: int) -> Match:
        """The longest period that starts at token `i`."""
        matches = [match for rule in self.rules if (match := rule(i))]
        return max(matches, key=lambda match: match[0], default=None)

    def _part_of_month(self, i: int) -> Match:
        """Early October, mid-November, the end of September, the first half of March."""
        leads = ("the end of", "end of", "the start of", "start of", "the beginning of",
                 "beginning of", "early", "mid", "middle of", "the middle of", "late",
                 "the first half of", "the second half of", "first half of", "second half of",
                 "the first week of", "first week of", "the last week of",
                 "last week of")  # fmt: skip
        taken = max((self.words.says(i, lead) for lead in leads), default=0)
        if not taken:
            return None
        words = " ".join(self.words.word(i + k) for k in range(taken))
        at = i + taken + (self.words.word(i + taken) == "-")
        month = self.points.month(at)
        if month is None or month[1].start is None:
            return None
        first, last = PARTS[next(k for k in PARTS if k in words)]
        start, end = month[1].start, shift(month[1].start, "month", 1)
        begin = shift(start if first >= 0 else end, "day", first)
        stop = end if last is None else shift(start, "day", last)
        return at + month[0] - i, Span(begin, stop, f"{words} {month[1].label}")

    def _first_days(self, i: int) -> Match:
        """The first ten days of October, the last 3 days of May 2026."""
        at = i + (self.words.word(i) == "the")
        side, count = self.words.word(at), self._number(at + 1)
        if side not in ("first", "last") or count is None or self.words.word(at + 2) != "days":
            return None
        month = self.points.month(at + 4) if self.words.word(at + 3) in ("of", "in") else None
        if month is None or month[1].start is None:
            return None
        start, end = month[1].start, shift(month[1].start, "month", 1)
        first, last = (0, count) if side == "first" else (-count, 0)
        edge = start if side == "first" else end
        label = f"the {side} {count} days of {month[1].label}"
        return at + 4 + month[0] - i, Span(
            shift(edge, "day", first), shift(edge, "day", last), label
        )

    def _number(self, i: int) -> int | None:
        """A count of days of a month."""
        found = number_of(self.words.tokens[i]) if i < len(self.words.tokens) else None
        return int(found) if found and 1 < found < MONTH else None

    def _half(self, i: int) -> Match:
        """This half-year, the last half year."""
        said = self.words.word(i)
        if self.words.says(i, "half a year"):
            return 3, back(6, "month", self.clock, "the last 6 months")
        size = (
            self.words.says(i + 1, "half year")
            or self.words.says(i + 1, "half - year")
            or self.words.says(i + 1, "half")
        )
        if said not in ("this", "last", "current", "previous") or not size:
            return None
        start = self.clock.now.replace(
            month=1 if self.clock.now.month <= 6 else 7,
            day=1,
            hour=0,
            minute=0,
            second=0,
            microsecond=0,
        )
        if said in ("this", "current"):
            return 1 + size, Span(start, self.clock.now, "this half-year so far")
        return 1 + size, back(6, "month", self.clock, "the last 6 months")

    def _day_word(self, i: int) -> Match:
        now = self.clock.now
        if self.words.says(i, "day before yesterday"):
            return 3, whole(shift(now, "day", -2), "day", self.clock, "the day before yesterday")
        if self.words.word(i) in ("today", "tonight"):
            return 1, so_far("day", self.clock, "today")
        if self.words.word(i) == "yesterday":
            return 1, whole(shift(now, "day", -1), "day", self.clock, "yesterday")
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
        if self._hyphened(at):
            at -= 1
        joint = self.words.word(at)
        if joint == "and":
            joined = self.words.word(i) == "between" or self._side_by_side(first[1], at)
        else:
            compared = joint == "to" and not opened and self._compares()
            joined = not compared and joint in ("to", "until", "till", "through", "-", "–")
        if not joined and not self._hyphened(at + 1):
            return None
        second = self.points.at(at + 1, inner=True)
        if second is None:
            return None
        start = self.points.in_same_year(i + opened, first[1], second[1])
        label = f"{first[1].label} to {second[1].label}"
        return at + 1 + second[0] - i, Span(start.start, second[1].end, label)

    def _hyphened(self, at: int) -> bool:
        """Whether two words were written as one: Aug-Sep."""
        tokens = self.words.tokens
        return 0 < at < len(tokens) and tokens[at].start == tokens[at - 1].start

    def _compares(self) -> bool:
        """Whether something is set against something else."""
        return bool(COMPARING & {token.word for token in self.words.tokens})

    def _side_by_side(self, first: Span, at: int) -> bool:
        """June and July: one period, unless they are to be compared."""
        second = self.points.at(at + 1, inner=True)
        if second is None or self._compares():
            return False
        start = self.points.in_same_year(at, first, second[1])
        return start.end == second[1].start

    def _open_ended(self, i: int) -> Match:
        """Since, after, until, before, by the end of."""
        lead = self.words.word(i)
        if lead not in BOUNDS:
            return None
        if lead == "up" and self.words.word(i + 1) not in ("to", "until"):
            return None
        at = i + (2 if lead == "up" else 1)
        at += 1 if self.words.word(at) in ("from", "on", "in") and lead.endswith("ing") else 0
        at += 1 if self.words.word(at) == "the" and self.words.word(at + 1) != "end" else 0
        for phrase in ("the end of", "end of", "start of", "beginning of"):
            if taken := self.words.says(at, phrase):
                return self._bounded(i, lead, at + taken, "end" if "end" in phrase else "start")
        return self._bounded(i, lead, at, "") or (self._since_event(i) if lead == "since" else None)

    def _since_event(self, i: int) -> Match:
        """Since the 7.4 release on 9 November; since we launched it in May."""
        for at in range(i + 2, min(i + 8, len(self.words.tokens) - 1)):
            if self.words.word(at) in (",", ".", "?", "by", "per", "how", "what"):
                return None
            opened = self.words.word(at) in ("on", "in", "(")
            if opened and (point := self.points.at(at + 1, inner=True)):
                end = at + 1 + point[0]
                end += self.words.word(at) == "(" and self.words.word(end) == ")"
                return end - i, Span(point[1].start, self.clock.now, f"since {point[1].label}")
        return None

    def _bounded(self, i: int, lead: str, at: int, side: str) -> Match:
        point = (
            self.points.at(at, inner=True)
            or self._day_word(at)
            or self.running.calendar(at)
            or self._ago(at)
        )
        if point is None:
            return None
        span, taken = point[1], at + point[0] - i
        if lead in ("since", "from", "starting", "beginning"):
            onward = self.words.word(i + taken) in ("on", "onwards", "onward", "forward")
            day = span.start and span.end and (span.end - span.start).days <= 1
            if lead == "from" and not (side or onward or day or self._by_units()):
                return None
            return taken, Span(span.start, self.clock.now, f"since {span.label}")
        if lead == "after":
            return taken, Span(span.end, self.clock.now, f"after {span.label}")
        edge = span.start if (lead == "before" and side != "end") or side == "start" else span.end
        word = {"before": "before", "by": "up to the end of"}.get(lead, "until")
        return taken, Span(None, edge, f"{word} {span.label}")

    def _by_units(self) -> bool:
        """Whether results are wanted by a unit of time, so that “from July” begins a series."""
        words = [token.word for token in self.words.tokens]
        return any(
            word in ADVERBS or (word in ("by", "per", "each", "every") and self.words.unit(i + 1))
            for i, word in enumerate(words)
        )

    def _on_the(self, i: int) -> Match:
        """On the 14th."""
        if not self.words.says(i, "on the"):
            return None
        day = self.points.at(i + 1, inner=True)
        return (day[0] + 1, day[1]) if day else None

    def _all(self, i: int) -> Match:
        taken = max((self.words.says(i, phrase) for phrase in ALL), default=0)
        taken = 0 if self.words.word(i + taken) in ("of", "value") else taken
        strict = self.words.word(i + taken - 1) in ("ever", "date", "time", "lifetime")
        label = (
            "of all time" if strict else "since the start" if self.words.word(i) == "since" else ""
        )
        span = replace(everything(), label=label) if label else everything()
        return (taken, span) if taken else None
