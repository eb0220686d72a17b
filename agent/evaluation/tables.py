"""Verdicts in tables: by intent for one model, and models side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt

from agent.evaluation.run import VERDICTS, Judged

Z = 1.96
"""Standard deviations on either side of which 95 % lie."""

Row = tuple[str, ...]

COLUMNS = (
    "model", "judged", "right", "misleading", "asked", "declined", "failed",
    "marks", "tokens each", "cost each", "seconds each",
)  # fmt: skip


def by_intent(results: Sequence[Judged]) -> list[Row]:
    """Verdicts by intent, the sum last."""
    intents = sorted({one.question.intent or "all" for one in results})
    rows = [
        _counted(name, [r for r in results if (r.question.intent or "all") == name])
        for name in intents
    ]
    return [*rows, _counted("all questions", results)]


def side_by_side(measured: Mapping[str, Sequence[Judged]]) -> list[Row]:
    """One line a model: shares with the interval in which they lie, what it cost and took."""
    return [_line(name, results) for name, results in measured.items()]


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The interval in which a share lies with a certainty of 95 %, after Wilson."""
    if not of:
        return 0.0, 1.0
    share, weight = hits / of, Z * Z / of
    middle = (share + weight / 2) / (1 + weight)
    reach = Z * sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _counted(name: str, results: Sequence[Judged]) -> Row:
    count = Counter(one.verdict for one in results)
    return (name, str(len(results)), *(str(count[verdict] or "") for verdict in VERDICTS))


def _line(name: str, results: Sequence[Judged]) -> Row:
    judged = [one for one in results if one.verdict != "unjudged"]
    count = Counter(one.verdict for one in judged)
    misled = sum(one.misleads for one in judged)
    costs = [one.cost for one in results if one.cost is not None]
    many = max(1, len(results))
    return (
        name,
        str(len(judged)),
        _share(count["right"], len(judged)),
        _share(misled, len(judged)),
        str(count["asked"]),
        str(count["declined"]),
        str(count["failed"]),
        str(sum(one.marks for one in results)),
        f"{sum(one.tokens for one in results) / many:,.0f}",
        f"${sum(costs) / many:.4f}" if costs else "–",
        f"{sum(one.seconds for one in results) / many:.1f}",
    )


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits} ({hits / max(1, of):.0%}, {low:.0%}–{high:.0%})"
