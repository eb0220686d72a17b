"""What a question measures."""

from dataclasses import dataclass

from agent.planner.plan import Formula, Series


@dataclass(frozen=True)
class Measure:
    """What is shown of an item of a list of figures: one series, or two and what they make."""

    series: tuple[Series, ...]
    formula: Formula | None = None
