"""A question about one figure, as far as it is known."""

from dataclasses import dataclass, field
from datetime import datetime

from agent.planner.english.windows import Span
from agent.planner.plan import Plan
from agent.planner.why.around import Seen
from agent.planner.why.comparable import start
from agent.planner.why.locating import Claimed
from agent.planner.why.measure import Measure
from agent.planner.why.measured import between
from agent.planner.world import World


@dataclass(frozen=True)
class Case:
    """What is asked about: the figure, the period, and what is said to have happened."""

    plan: Plan
    measure: Measure
    asked: Span
    claimed: Claimed | None
    world: World
    seen: Seen = field(default_factory=dict)
    """When each event was first and last seen."""

    baseline: Span | None = None
    notes: tuple[str, ...] = ()
    """What the answer says beside the figures."""

    assumptions: tuple[str, ...] = ()

    @property
    def tracked(self) -> tuple[datetime, datetime] | None:
        """When what is counted was first and last seen; None when it never was."""
        return between(self.measure.events or tuple(self.seen), self.seen)

    @property
    def since(self) -> datetime:
        """When what is counted was first seen."""
        return self.tracked[0] if self.tracked else start(self.asked)
