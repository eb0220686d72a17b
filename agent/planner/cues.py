"""The words of a question that are neither names nor values: periods, intervals, order, operators."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.planner import dates
from agent.planner.dates import NUMBERS, UNIT_WORDS, Found, count_of
from agent.planner.lexicon import lexicon
from agent.planner.plan import Math, Operator, Part
from agent.planner.windows import Clock, Unit
from agent.planner.words import Token

ADVERBS: dict[str, Unit] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "quarterly": "quarter", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
EACH = ("for each", "in each", "for every", "in every", "by", "per", "each", "every", "a", "an")
PARTS: dict[str, Part] = {
    "hour of the day": "hour", "hours of the day": "hour", "hour of day": "hour",
    "time of the day": "hour", "time of day": "hour", "what time": "hour", "which hour": "hour",
    "what hour": "hour", "peak hour": "hour", "busiest hour": "hour", "peak hours": "hour",
    "which hours": "hour", "hours of day": "hour",
    "day of the week": "weekday", "days of the week": "weekday", "day of week": "weekday",
    "days of week": "weekday", "weekday": "weekday", "weekdays": "weekday", "which weekday": "weekday",
}  # fmt: skip
TREND = ("over time", "trend", "trends", "evolution", "time series", "evolve", "evolved", "develop",
         "developed", "change over", "development")  # fmt: skip
MATHS: dict[str, Math] = {
    "average": "avg", "mean": "avg", "median": "median", "sum": "sum", "maximum": "max",
    "max": "max", "minimum": "min", "min": "min",
}  # fmt: skip
OPERATORS: dict[str, Operator] = {
    "more than": ">", "over": ">", "above": ">", "greater than": ">", "exceeding": ">",
    "exceeds": ">", "larger than": ">", "higher than": ">", "bigger than": ">", ">": ">",
    "at least": ">=", "no less than": ">=", ">=": ">=", "minimum of": ">=",
    "less than": "<", "under": "<", "below": "<", "fewer than": "<", "smaller than": "<",
    "lower than": "<", "cheaper than": "<", "<": "<",
    "at most": "<=", "no more than": "<=", "up to": "<=", "<=": "<=", "maximum of": "<=",
    "exactly": "=", "equal to": "=", "equals": "=", "=": "=", "!=": "!=", "<>": "!=",
}  # fmt: skip
LISTING = frozenset({"", "the", "list", "me", "which", "what", "are"})
PREVIOUS = ("previous period", "period before", "prior period", "preceding period", "previous one")
YEAR_BEFORE = (
    "same period last year",
    "same time last year",
    "year earlier",
    "same month last year",
)
NEGATIONS = ("excluding", "except for", "except", "without", "not counting", "not from", "not in",
             "not including", "not", "non", "no", "exclude", "other than", "ignoring", "leaving out",
             "apart from", "outside", "minus", "excl")  # fmt: skip
SHARES = ("what share of", "what percentage of", "what percent of", "what proportion of",
          "what fraction of", "what % of", "share of", "percentage of", "percent of",
          "proportion of", "fraction of", "% of")  # fmt: skip


@dataclass
class Sheet:
    """A question's tokens, and which of them nothing has explained yet."""

    question: str
    tokens: tuple[Token, ...]
    free: set[int] = field(default_factory=set)
    names: list[tuple[int, ...]] = field(default_factory=list)
    """Proper names that are values in this project: no word of theirs means anything else."""

    def __post_init__(self) -> None:
        self.free = self.free or {i for i, t in enumerate(self.tokens) if t.kind != "mark"}

    def word(self, i: int) -> str:
        """The word at `i`, empty beyond the ends."""
        return self.tokens[i].word if 0 <= i < len(self.tokens) else ""

    def at(self, i: int, phrase: str) -> int:
        """How many tokens the phrase takes at `i`, 0 when it is not there."""
        words = phrase.split()
        return len(words) if [self.word(i + k) for k in range(len(words))] == words else 0

    def find(self, phrases: Iterable[str]) -> tuple[int, int, str] | None:
        """The first of the phrases in the unexplained tokens: where it begins, ends, and which."""
        ordered = sorted(phrases, key=lambda phrase: -len(phrase.split()))
        for i in sorted(self.free):
            for phrase in ordered:
                taken = self.at(i, phrase)
                if taken and set(range(i, i + taken)) & self.free:
                    return i, i + taken, phrase
        return None

    def find_any(self, phrases: Iterable[str]) -> bool:
        """Whether one of the phrases stands anywhere in the question."""
        return any(self.at(i, phrase) for i in range(len(self.tokens)) for phrase in phrases)

    def take(self, places: Iterable[int]) -> None:
        """Count these tokens as explained."""
        self.free -= set(places)

    def grammar(self, i: int) -> bool:
        """Whether a token only holds the question together; “US” in capitals is not “us”."""
        token = self.tokens[i]
        initials = len(token.text) > 1 and token.text.isupper() and not self.question.isupper()
        return token.kind != "quoted" and not initials and token.word in lexicon().filler

    def content(self, places: Iterable[int]) -> list[int]:
        """Those of the places that are unexplained and not mere grammar."""
        return [i for i in sorted(places) if i in self.free and not self.grammar(i)]

    def meaningful(self, places: Iterable[int]) -> bool:
        """Whether any of the places is more than grammar, explained or not."""
        people = lexicon().people
        return any(self.tokens[i].stem in people or not self.grammar(i) for i in places)

    def text(self, places: Sequence[int]) -> str:
        """The places as they were written."""
        return self.question[self.tokens[places[0]].start : self.tokens[places[-1]].end]


@dataclass(frozen=True)
class Comparison:
    """A number with its operator, and where it stands."""

    operator: Operator
    numbers: tuple[float, ...]
    start: int
    end: int
    money: bool


def periods(sheet: Sheet, clock: Clock) -> list[Found]:
    """The periods a question names; their words are explained."""
    found = dates.find(sheet.tokens, clock)
    for one in found:
        sheet.take(range(one.i, one.j))
    return found


def against(sheet: Sheet, found: Sequence[Found]) -> tuple[Unit | None, int] | None:
    """“The week before”, "the previous period", "the same time last year": how far back."""
    for i in sorted(sheet.free):
        if taken := max((sheet.at(i, p) for p in PREVIOUS), default=0):
            sheet.take(range(i, i + taken))
            return None, 1
        if taken := max((sheet.at(i, p) for p in YEAR_BEFORE), default=0):
            sheet.take(range(i, i + taken))
            return "year", 1
        unit = UNIT_WORDS.get(sheet.word(i))
        if unit and sheet.word(i + 1) in ("before", "earlier", "prior"):
            count = count_of(sheet.tokens[i - 1]) if i else None
            sheet.take(
                [
                    i,
                    i + 1,
                    *([i - 1] if count else []),
                    *([i + 2] if sheet.word(i + 2) == "that" else []),
                ]
            )
            return unit, count or 1
    return None


def contrasted(sheet: Sheet) -> bool:
    """Whether two things are to be compared."""
    return sheet.find_any(("vs", "versus", "compare", "compared", "against", "than", "and the"))


def interval(sheet: Sheet, found: Sequence[Found]) -> Unit | None:
    """The unit results are wanted by: daily, per week, each month, each of the last 14 days."""
    for i in sorted(sheet.free):
        if unit := ADVERBS.get(sheet.word(i)):
            sheet.take([i])
            return unit
        for lead in EACH:
            taken = sheet.at(i, lead)
            unit = UNIT_WORDS.get(sheet.word(i + taken)) if taken else None
            if unit and i + taken in sheet.free and sheet.word(i + taken + 1) != "of":
                sheet.take(range(i, i + taken + 1))
                return unit
            if unit and sheet.word(i + taken + 1) == "of" and i + taken + 1 not in sheet.free:
                sheet.take(range(i, i + taken + 1))
                return unit
    return _each_of(sheet, found)


def part(sheet: Sheet) -> Part | None:
    """A part of the time that results are split by: hour of the day, day of the week."""
    hit = sheet.find(PARTS)
    if hit is None:
        return None
    after = max((sheet.at(hit[1], p) for p in ("of the day", "of day", "of the week")), default=0)
    sheet.take(range(hit[0], hit[1] + after))
    return PARTS[hit[2]]


def peak(sheet: Sheet) -> Unit | None:
    """“Which month had the most”: the unit whose best or worst instance is wanted."""
    superlatives = lexicon().most | lexicon().least
    ranked = {token.word for token in sheet.tokens} & superlatives
    for i in sorted(sheet.free):
        unit = UNIT_WORDS.get(sheet.word(i))
        asked = sheet.word(i - 1) in {"which", "what"} | superlatives
        if unit and asked and ranked and sheet.word(i + 1) != "of":
            sheet.take([i])
            return unit
    return None


def gaps(sheet: Sheet) -> Unit | None:
    """“Any week with no orders”: the unit whose empty instances are wanted."""
    for i in sorted(sheet.free):
        unit = UNIT_WORDS.get(sheet.word(i))
        for phrase in (
            "with no",
            "without any",
            "without",
            "with zero",
            "that had no",
            "had no",
            "when no",
            "with 0",
        ):
            taken = sheet.at(i + 1, phrase)
            if unit and taken:
                sheet.take(range(i, i + 1 + taken))
                return unit
    return None


def cumulative(sheet: Sheet) -> bool:
    """Whether a running total is asked for."""
    hit = sheet.find(("cumulative", "cumulatively", "running total", "running sum", "cumulated"))
    if hit:
        sheet.take(range(hit[0], hit[1]))
    return hit is not None


def first_time(sheet: Sheet) -> bool:
    """Whether only a person's first time counts: first-time customers, new visitors."""
    for i in sorted(sheet.free):
        for phrase in ("first time", "new", "first ever", "brand new"):
            taken = sheet.at(i, phrase)
            token = sheet.tokens[i + taken] if taken and i + taken < len(sheet.tokens) else None
            if token and token.stem in lexicon().people:
                sheet.take(range(i, i + taken))
                return True
    return False


def trend(sheet: Sheet) -> bool:
    """Whether a development over time is asked for without naming its unit."""
    hit = sheet.find(TREND)
    if hit:
        sheet.take(range(hit[0], hit[1]))
    return hit is not None


def top(sheet: Sheet) -> tuple[int | None, int | None]:
    """“Top 5”, "bottom 3", "the 10 most popular": the count, and the token after it."""
    superlatives = lexicon().most | lexicon().least
    for i in sorted(sheet.free):
        number = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
        leads = sheet.word(i) in superlatives or sheet.word(i) == "first"
        if leads and number and count_of(number) and sheet.word(i + 2) not in UNIT_WORDS:
            sheet.take([i, i + 1])
            return count_of(number), i + 2
        if count_of(sheet.tokens[i]) and sheet.word(i + 1) in superlatives:
            sheet.take([i, i + 1])
            return count_of(sheet.tokens[i]), i + 2
        best = any(sheet.word(k) in superlatives for k in range(i + 2, i + 7))
        if count_of(sheet.tokens[i]) and best and sheet.word(i - 1) in LISTING:
            sheet.take([i])
            return count_of(sheet.tokens[i]), i + 1
    return None, None


def descending(sheet: Sheet) -> bool | None:
    """True for most and highest, False for least and lowest, None when neither is said."""
    words = {token.word for token in sheet.tokens}
    if words & lexicon().least:
        return False
    return True if words & lexicon().most else None


def math(sheet: Sheet) -> tuple[Math | None, float]:
    """The calculation asked for, and the percentile where it is one."""
    for i in sorted(sheet.free):
        word = sheet.word(i)
        match = re.fullmatch(r"p(\d{1,2})", word)
        if match is None and sheet.word(i + 1) in ("percentile", "percentiles", "pct"):
            match = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", word)
        if match:
            sheet.take([i, i + 1] if sheet.word(i + 1).startswith("percentile") else [i])
            return "percentile", int(match[1]) / 100
        if word in MATHS:
            sheet.take([i])
            return MATHS[word], 0.5
    return None, 0.5


def comparisons(sheet: Sheet) -> list[Comparison]:
    """Every operator with a number: over 1,000 pounds, between 5 and 10."""
    found = []
    for i in range(len(sheet.tokens)):
        one = _between(sheet, i) or _operator(sheet, i)
        if one and set(range(one.start, one.end)) & sheet.free:
            sheet.take(range(one.start, one.end))
            found.append(one)
    return found


def number(token: Token) -> float | None:
    """A number as written, with thousands separators, k or m, and currency signs, or as a word."""
    match = re.fullmatch(r"[$£€]?([\d,]+(?:\.\d+)?)([km%])?", token.word)
    if token.kind != "number" or match is None:
        return float(NUMBERS[token.word]) if token.word in NUMBERS else None
    return float(match[1].replace(",", "")) * {"k": 1e3, "m": 1e6}.get(match[2] or "", 1)


def negated(sheet: Sheet, i: int) -> tuple[int, ...]:
    """The tokens of a negation that stands just before token `i`, none when there is none."""
    start = i
    while start > 0 and sheet.word(start - 1) in (
        "the",
        "any",
        "all",
        "from",
        "in",
        "is",
        "are",
        "of",
        "-",
    ):
        start -= 1
    for phrase in sorted(NEGATIONS, key=lambda p: -len(p)):
        length = len(phrase.split())
        if start - length >= 0 and sheet.at(start - length, phrase):
            return tuple(range(start - length, i))
    return ()


def _each_of(sheet: Sheet, found: Sequence[Found]) -> Unit | None:
    for one in found:
        unit = UNIT_WORDS.get(sheet.word(one.j - 1))
        before = [sheet.word(k) for k in (one.i - 1, one.i)]
        if unit and {"each", "every"} & set(before):
            sheet.take([one.i - 1])
            return unit
    return None


def _operator(sheet: Sheet, i: int) -> Comparison | None:
    for phrase, operator in sorted(OPERATORS.items(), key=lambda item: -len(item[0])):
        taken = sheet.at(i, phrase)
        if not taken or i + taken >= len(sheet.tokens):
            continue
        value = number(sheet.tokens[i + taken])
        if value is not None:
            return _comparison(sheet, operator, (value,), i, i + taken + 1)
    return None


def _between(sheet: Sheet, i: int) -> Comparison | None:
    if sheet.word(i) != "between" or i + 3 >= len(sheet.tokens) or sheet.word(i + 2) != "and":
        return None
    low, high = number(sheet.tokens[i + 1]), number(sheet.tokens[i + 3])
    if low is None or high is None:
        return None
    return _comparison(sheet, ">=", (low, high), i, i + 4)


def _comparison(
    sheet: Sheet, operator: Operator, numbers: tuple[float, ...], start: int, end: int
) -> Comparison:
    currency = sheet.word(end) in CURRENCIES
    money = currency or sheet.word(end - 1)[:1] in ("$", "£", "€")
    return Comparison(operator, numbers, start, end + currency, money)


CURRENCIES = frozenset(
    [
        "pound",
        "pounds",
        "dollar",
        "dollars",
        "euro",
        "euros",
        "usd",
        "gbp",
        "eur",
        "quid",
        "bucks",
        "sterling",
    ]
)
