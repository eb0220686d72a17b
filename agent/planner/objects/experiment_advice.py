"""Advice on an experiment whose numbers a question itself tells."""

import re

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.objects.asked import Asked
from tools.experiments import FEW, SHORT

ENOUGH = 400
"""Exposures of a variant from which a share is known to about 5 points."""


def advice(asked: Asked) -> Draft | None:
    """What told exposures and told time allow to conclude, None when none are told."""
    seen, hours = _exposures(asked.text), _hours(asked.text)
    if seen is None or not asked.has(
        "should|real|wait|signal|ship|enough|trust|significant|significance"
    ):
        return None
    each = "per variant" in asked.text.lower()
    total = f"{seen:,} exposures{' per variant' if each else ''}"
    if seen < FEW * (1 if each else 2):
        return telling.answered(
            f"Wait: {total} are far too few to conclude anything, so don't ship a variant on them.",
            _noise(seen if each else max(1, seen // 2)),
            _uneven(asked.text, seen),
            _rule(),
        )
    early = hours is not None and hours < 24 * SHORT
    return telling.answered(
        (
            f"Not yet: significance after {_lasting(hours)} is early, so don't ship on it."
            if early
            else f"Only if the planned time is over: {total} alone don't decide it."
        ),
        "Looking again and again until a result is significant finds differences that are none: "
        "decide at the planned "
        f"end, and not before {SHORT} days, so that every day of the week was seen twice.",
        _noise(seen if each else seen // 2),
        _rule(),
    )


def _exposures(text: str) -> int | None:
    found = re.search(
        r"(\d[\d,]*)\s+(?:exposures?|users|people|visitors|participants)", text, re.IGNORECASE
    )
    return int(found[1].replace(",", "")) if found else None


def _hours(text: str) -> float | None:
    found = re.search(r"(\d+)\s*-?\s*(hours?|h|days?|d|weeks?)\b", text, re.IGNORECASE)
    if found is None:
        return None
    unit = found[2].lower()[0]
    return float(found[1]) * {"h": 1, "d": 24, "w": 168}[unit]


def _lasting(hours: float | None) -> str:
    assert hours is not None
    return f"{hours:g} hours" if hours < 48 else f"{hours / 24:g} days"


def _noise(each: int) -> str:
    margin = 98 / max(1, each) ** 0.5
    return (
        f"With {each:,} people in a variant, a rate near one half is known to about ±{margin:.0f}"
        " percentage points only."
    )


def _uneven(text: str, total: int) -> str:
    """Whether two told counts are an uneven split or chance."""
    splits = [(int(a), int(b)) for a, b in re.findall(r"(\d+)\s*/\s*(\d+)", text)]
    seen = next(((a, b) for a, b in splits if a + b == total), None)
    if seen is None:
        return ""
    a, b = seen
    return (
        f"A split of {a}/{b} where 50/50 is configured happens by chance now and then at so small a"
        " number; check it again at several hundred exposures, and look for a variant that fails"
        " to load if it stays."
    )


def _rule() -> str:
    return (
        "“What sample size do I need …” works out how many are needed; see"
        " posthog.com/docs/experiments/sample-size-running-time."
    )
