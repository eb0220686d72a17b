"""The words of a question that calculate, rank, compare and deny."""

import re
from dataclasses import dataclass

from agent.planner.lexicon import lexicon
from agent.planner.phrases import NUMBERS, UNIT_WORDS, count_of
from agent.planner.plan import Math, Operator
from agent.planner.sheet import Sheet
from agent.planner.words import Token

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
BETWEEN = frozenset("the any all from in is are of by with on for a an -".split())  # noqa: SIM905
IDIOMS = ("side by side", "one by one", "at a glance", "by the way")
LISTING = frozenset({"", "the", "list", "me", "which", "what", "are"})
NEGATIONS = ("excluding", "except for", "except", "without", "not counting", "not from", "not in",
             "not including", "not", "non", "no", "exclude", "other than", "ignoring",
             "leaving out", "apart from", "outside", "minus", "excl")  # fmt: skip
DENIALS = frozenset(
    "not no non without except excluding exclude never neither minus outside ignoring excl".split()  # noqa: SIM905
)
TURNING = DENIALS | {"or", "first", "per"}
HALF_COMPARED = ("more than", "less than", "fewer than", "at least", "at most", "between")
SHARES = ("what share of", "what percentage of", "what percent of", "what proportion of",
          "what fraction of", "what % of", "share of", "percentage of", "percent of",
          "proportion of", "fraction of", "% of")  # fmt: skip
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


@dataclass(frozen=True)
class Comparison:
    """A number with its operator, and where it stands."""

    operator: Operator
    numbers: tuple[float, ...]
    start: int
    end: int
    money: bool


def idioms(sheet: Sheet) -> None:
    """Take phrases whose words would each mean something else."""
    while hit := sheet.find(IDIOMS):
        sheet.take(range(hit[0], hit[1]))


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
    while start > 0 and sheet.word(start - 1) in BETWEEN:
        start -= 1
    for phrase in sorted(NEGATIONS, key=lambda p: -len(p)):
        length = len(phrase.split())
        if start - length >= 0 and sheet.at(start - length, phrase):
            return tuple(range(start - length, i))
    return ()


def ignored(sheet: Sheet) -> str | None:
    """A word that turns the meaning and that nothing has explained, None when there is none."""
    left = [i for i in sorted(sheet.free) if sheet.tokens[i].kind == "word"]
    turned = next((sheet.word(i) for i in left if sheet.word(i) in TURNING), None)
    return turned or next((p for i in left for p in HALF_COMPARED if sheet.at(i, p)), None)


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
