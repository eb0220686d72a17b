"""The words of a question about time: periods, intervals, parts of the day, trends."""

from collections.abc import Sequence

from agent.planner import dates
from agent.planner.dates import Found
from agent.planner.lexicon import lexicon
from agent.planner.phrases import UNIT_WORDS, count_of
from agent.planner.plan import Part
from agent.planner.sheet import Sheet
from agent.planner.windows import Clock, Unit

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
    "days of week": "weekday", "weekday": "weekday", "weekdays": "weekday",
    "which weekday": "weekday",
}  # fmt: skip
TREND = ("over time", "trend", "trends", "evolution", "time series", "evolve", "evolved", "develop",
         "developed", "change over", "development")  # fmt: skip
PREVIOUS = ("previous period", "period before", "prior period", "preceding period", "previous one")
YEAR_BEFORE = (
    "same period last year",
    "same time last year",
    "year earlier",
    "same month last year",
)


def periods(sheet: Sheet, clock: Clock) -> list[Found]:
    """The periods a question names; their words are explained."""
    found = dates.find(sheet.tokens, clock)
    for one in found:
        sheet.take(range(one.i, one.j))
    return found


def against(sheet: Sheet) -> tuple[Unit | None, int] | None:
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


def trend(sheet: Sheet) -> bool:
    """Whether a development over time is asked for without naming its unit."""
    hit = sheet.find(TREND)
    if hit:
        sheet.take(range(hit[0], hit[1]))
    return hit is not None


def _each_of(sheet: Sheet, found: Sequence[Found]) -> Unit | None:
    for one in found:
        unit = UNIT_WORDS.get(sheet.word(one.j - 1))
        before = [sheet.word(k) for k in (one.i - 1, one.i)]
        if unit and {"each", "every"} & set(before):
            sheet.take([one.i - 1])
            return unit
    return None
