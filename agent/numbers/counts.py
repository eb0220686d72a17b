"""Numbers that are no figures: how many rows, how long a period, what was said before."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.numbers import dates
from agent.numbers.clauses import Clause
from agent.numbers.direct import Grounds
from agent.numbers.fits import holds_plainly
from agent.numbers.mentions import SECONDS
from agent.numbers.results import Result
from agent.numbers.words import alike, listed, stem, stems

GENERIC = frozenset(
    stem(w)
    for w in listed(
        "row result group category item entry segment line value option series table kind "
        "type different distinct"
    )
)

RANKED = re.compile(
    r"\b(?:top|first|last|bottom|other|others|remaining|next|step|stage|rank|no\.?)\s"
    r"(?:of\s)?(?:the\s)?[#*]*$"
    r"|\b(?:step|stage)s?\s\d{1,2}\s?(?:→|to|and|-|–)\s?$",
    re.IGNORECASE,
)


def counted(clause: Clause, grounds: Grounds) -> bool:
    """Whether a number is how many rows there are, or some of them."""
    mention = clause.mention
    if mention.kind not in ("count", "plain", "duration"):
        return False
    value = mention.value / SECONDS.get(mention.unit, 1.0)
    if value != int(value) or value > 10_000:
        return False
    if "percentil" in [word.stem for word in clause.after[:1]]:
        return any(f"p{value:.0f}" in stems(n) for r in grounds.results for n in r.columns)
    return any(_counts(int(value), clause, one) for one in grounds.results) or _spans(
        value, clause, grounds
    )


def _counts(value: int, clause: Clause, result: Result) -> bool:
    ranked = bool(RANKED.search(clause.lead)) or clause.lead.rstrip().endswith("#")
    noun = any(_of_rows(word.stem, result) for word in clause.after[:3]) or bool(
        clause.mention.unit
    )
    if clause.mention.kind == "count" or ranked:
        return value <= len(result.rows)
    values = [{row[c] for row in result.rows} for c in result.labels]
    kinds = {len(one) for one in values} | {len(one - {None, ""}) for one in values}
    return noun and value in {len(result.rows), *kinds}


def _of_rows(word: str, result: Result) -> bool:
    """Whether a word means the rows of a result."""
    names = {w for c in result.labels for w in result.measures[c]}
    if result.timed:
        names |= {"day", "week", "month", "hour", "year", "quarter", "period"}
    return word in GENERIC or any(alike(word, name) for name in names)


def _spans(value: float, clause: Clause, grounds: Grounds) -> bool:
    """Whether a number is the length of a period in question."""
    size = {"d": 1.0, "w": 7.0, "month": 30.4, "h": 1 / 24}.get(clause.mention.unit)
    if size is None:
        return False
    slack = 1.1 if size == 1 else size / 2 if size > 1 else size
    own = [b - a for r in grounds.results if r.periods for a, b in [_extent(r.periods)]]
    return any(abs(value * size - span) <= slack for span in (*grounds.spans, *own))


def _extent(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min(a for a, _ in spans), max(b for _, b in spans)


def repeats(clause: Clause, grounds: Grounds) -> bool:
    """Whether a number was said before, in the question or by a tool."""
    # So many numbers are said in the rules that a hedge would let nearly any round one through.
    mention = replace(clause.mention, readings=(clause.mention.tight,))
    return any(
        (
            (mention.holds(one.value) or holds_plainly(mention, one.value))
            and (one.kind == "plain" or mention.kind in (one.kind, "plain"))
        )
        or (mention.kind == "plain" and mention.holds(one.value / SECONDS.get(one.unit, 1.0)))
        for one in grounds.said
    )


def known(moment: dates.Moment, grounds: Grounds, periods: Sequence[tuple[float, float]]) -> bool:
    """Whether a date of a text is one of the results, of the question or of the period."""
    if not moment.dated:
        return True
    for result in grounds.results:
        spans = result.periods or result.years
        if spans and dates.rows(moment, spans):
            return True
    for start, end in periods:
        said = moment.span(_year(start))
        late = moment.span(_year(end))
        if any(one and one[0] <= end and start <= one[1] - 1e-9 for one in (said, late)):
            return True
    return False


def _year(ordinal: float) -> int:
    from datetime import date

    return date.fromordinal(max(1, int(ordinal))).year
