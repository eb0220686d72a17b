"""Words of time that name no period: weekdays, intervals, the time between two things."""

import re
from collections.abc import Iterator, Sequence

from agent.planner.english.chunks import Chunk
from agent.planner.english.phrases import LENGTH_UNITS, UNIT_WORDS, number_of
from agent.planner.english.windows import Unit
from agent.planner.english.words import Token, word_set

ADVERBS: dict[str, Unit] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "quarterly": "quarter", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
WEEK_LEADS = (
    "weeks starting on",
    "weeks starting",
    "week starting",
    "week starting on",
    "weeks start on",
    "weeks beginning on",
    "weeks beginning",
    "starting on a",
    "week starts on",
)
WEEK_TAILS = (
    "as the start of the week",
    "as the start of week",
    "as start of the week",
    "as start of week",
    "as the first day of the week",
    "as week start",
    "to sunday weeks",
    "start",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def week_starts(tokens: Sequence[Token]) -> Iterator[Chunk]:
    """With Monday as the start of the week; weeks starting on Sunday."""
    words = [token.word for token in tokens]
    for i, word in enumerate(words):
        if word not in WEEKDAYS:
            continue
        text = " ".join(words[max(0, i - 3) : i])
        lead = next(
            (n for n in (3, 2, 1) if " ".join(words[i - n : i]) in WEEK_LEADS and i >= n), 0
        )
        after = " ".join(words[i + 1 : i + 7])
        tail = next((len(t.split()) for t in WEEK_TAILS if after.startswith(t)), 0)
        if lead or tail:
            with_before = tail and text.endswith("with")
            start = i - (lead or int(bool(with_before)))
            yield Chunk(
                start, i + 1 + tail, "week_start", (WEEKDAYS.index(word) + 1) % 7, 3.0 + tail
            )


def time_words(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    """Adverbs of time, bare units, days of the week, numbered days and weeks."""
    word = tokens[i].word
    if word in ADVERBS:
        yield Chunk(i, i + 1, "every", ADVERBS[word], 1.1)
    if unit := unit_at(tokens, i):
        yield Chunk(i, i + 1, "unit", unit, 0.75)
        if _repeated(tokens, i):
            yield Chunk(i, i + 3, "every", unit, 3.4)
    yield from _weekdays(tokens, i)
    yield from _nth_periods(tokens, i)


def _repeated(tokens: Sequence[Token], i: int) -> bool:
    """Week by week, day after day."""
    if i + 2 >= len(tokens) or tokens[i + 1].word not in ("by", "on", "after"):
        return False
    return tokens[i + 2].word == tokens[i].word


def _weekdays(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    """Working days, Mondays, the weekend."""
    word = tokens[i].word
    if word in ("workdays", "workday") or (
        word in ("working", "business") and i + 1 < len(tokens) and tokens[i + 1].word == "days"
    ):
        yield Chunk(i, i + 1 + (not word.startswith("workday")), "weekday", (1, 2, 3, 4, 5), 2.4)
    singular = word.removesuffix("s")
    if singular in WEEKDAYS:
        listed = any(_is_weekday(tokens, k) for k in (i - 2, i + 2))
        weight = 3.0 if listed else 1.0
        yield Chunk(i, i + 1, "weekday", (WEEKDAYS.index(singular) + 1,), weight)
    if singular in ("weekend", "weekday"):
        days = (6, 7) if singular == "weekend" else (1, 2, 3, 4, 5)
        yield Chunk(i, i + 1, "weekday", days, 0.9)


def _is_weekday(tokens: Sequence[Token], k: int) -> bool:
    """Whether another day of the week stands in one list: Saturday and Sunday."""
    return 0 <= k < len(tokens) and tokens[k].word.removesuffix("s") in WEEKDAYS


def _nth_periods(tokens: Sequence[Token], i: int) -> Iterator[Chunk]:
    """D7, week 2: numbered days, weeks and months."""
    word = tokens[i].word
    match = re.fullmatch(r"([dwm])(\d{1,3})", word)
    if match:
        yield Chunk(i, i + 1, "nth_period", (match[1], int(match[2])), 1.2)
    if (word in ("day", "week", "month")) and i + 1 < len(tokens):
        count = number_of(tokens[i + 1])
        if count is not None and tokens[i + 1].word.isdecimal() and count <= 365:
            yield Chunk(i, i + 2, "nth_period", (word[0], int(count)), 1.9)


PASSING = word_set(
    "on average typically usually does do did it take is are there pass passes go goes by in the "
    "mean median most users people"
)
FROM = frozenset({"between", "from", "until", "till", "before", "to", "after"})


def time_between(tokens: Sequence[Token]) -> Iterator[Chunk]:
    """How many minutes on average between A and B; days until the first booking."""
    for i, token in enumerate(tokens):
        unit = LENGTH_UNITS.get(token.word)
        if unit is None or not token.word.endswith("s") or (i and number_of(tokens[i - 1])):
            continue
        j = i + 1
        while j < len(tokens) and tokens[j].word in PASSING - FROM:
            j += 1
        if j < len(tokens) and tokens[j].word in FROM and j > i + (tokens[j].word == "to"):
            asked = [t.word for t in tokens[max(0, i - 2) : i]]
            start = i - 2 if asked in (["how", "many"], ["number", "of"]) else i
            end = j if tokens[j].word in ("after", "to", "before") else j + 1
            yield Chunk(start, end, "time_to", None, 1.1 * (end - start) + 0.3)


def against(tokens: Sequence[Token]) -> Iterator[Chunk]:
    """The 4 before that; the 30 days before: the period before, of the same length."""
    words = [token.word for token in tokens]
    for i in range(len(tokens)):
        j = i + (words[i] == "the")
        if words[j : j + 1] and words[j] in ("previous", "prior", "preceding"):
            yield from _previous(tokens, i, j)
        if i and tokens[i - 1].word in AGAINST:
            yield from _unit_before(tokens, i, j)
        if j >= len(tokens) or number_of(tokens[j]) is None or words[i] == "one":
            continue
        j += 1 + (unit_at(tokens, j + 1) is not None)
        if j < len(tokens) and words[j] in ("before", "prior", "earlier", "preceding"):
            end = j + 1 + (words[j + 1 : j + 2] in (["that"], ["it"], ["then"], ["those"]))
            yield Chunk(i, end, "against", "previous", 1.2 * (end - i))


AGAINST = frozenset({"and", "vs", "versus", "to", "with", "than", "against"})


def _unit_before(tokens: Sequence[Token], i: int, j: int) -> Iterator[Chunk]:
    """In October and the previous month; this week vs last: the unit before the one named."""
    word = tokens[j].word if j < len(tokens) else ""
    unit = unit_at(tokens, j + 1)
    if word in ("previous", "prior", "preceding") and unit and i < j:
        yield Chunk(i, j + 2, "against", unit, 1.45 * (j + 2 - i))
    bare = j + 1 >= len(tokens) or tokens[j + 1].kind == "mark"
    if word in ("last", "previous") and bare and i == j and tokens[i - 1].word != "and":
        yield Chunk(i, i + 1, "against", "previous", 1.4)


def _previous(tokens: Sequence[Token], i: int, j: int) -> Iterator[Chunk]:
    """Versus the previous 7: so many days before those that were named first."""
    if j + 1 >= len(tokens) or number_of(tokens[j + 1]) is None or unit_at(tokens, j + 2):
        return
    if i and tokens[i - 1].word in ("vs", "versus", "to", "with", "against"):
        yield Chunk(i, j + 2, "against", "previous", 1.2 * (j + 2 - i))


def unit_at(tokens: Sequence[Token], i: int) -> str | None:
    """The unit that a token names, in one or in many."""
    if not 0 <= i < len(tokens) or tokens[i].kind == "quoted":
        return None
    return UNIT_WORDS.get(tokens[i].word)
