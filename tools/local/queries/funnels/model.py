"""FunnelsQuery as PostHog writes it, and what of it can be asked for."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from tools.local.hogql import HogQLError
from tools.local.queries.model import BreakdownFilter, Entity, Part, Timed

MAX_STEPS = 30

Unit = Literal["second", "minute", "hour", "day", "week", "month"]
_SECONDS: Mapping[Unit, int] = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 31 * 86_400,
}
_RANGE = "Funnel step range is invalid."
_EXCLUDED = "Exclusion event range is invalid."
_MATHS = (None, "total", "first_time_for_user", "first_time_for_user_with_filters")


class Exclusion(Entity):
    """An event that ends an attempt, between two steps counted from nought."""

    funnelFromStep: int
    funnelToStep: int


class FunnelsFilter(Part):
    """How steps make a funnel."""

    funnelVizType: Literal["steps", "time_to_convert", "trends"] = "steps"
    funnelOrderType: Literal["ordered", "strict", "unordered"] = "ordered"
    funnelWindowInterval: int = Field(default=14, ge=1)
    funnelWindowIntervalUnit: Unit = "day"
    exclusions: tuple[Exclusion, ...] = ()
    breakdownAttributionType: Literal["first_touch", "last_touch", "all_events", "step"] = (
        "first_touch"
    )
    breakdownAttributionValue: int | None = None
    funnelAggregateByHogQL: str | None = None
    funnelFromStep: int | None = None
    funnelToStep: int | None = None
    binCount: int | None = None
    breakdownSorting: Any = None
    funnelStepReference: Any = None
    goalLines: Any = None
    hiddenLegendBreakdowns: Any = None
    hiddenLegendKeys: Any = None
    layout: Any = None
    resultCustomizations: Any = None
    showTrendLines: Any = None
    showValuesOnSeries: Any = None
    useUdf: Any = None

    @model_validator(mode="before")
    @classmethod
    def _said(cls, given: Any) -> Any:
        """Null is as good as nothing."""
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None}

    @property
    def window(self) -> int:
        """The time from the first step to the last, in microseconds."""
        return self.funnelWindowInterval * _SECONDS[self.funnelWindowIntervalUnit] * 1_000_000


class FunnelsQuery(Timed):
    """Who went through some steps within some time."""

    series: list[Entity]
    funnelsFilter: FunnelsFilter = FunnelsFilter()
    breakdownFilter: BreakdownFilter | None = None

    def check(self) -> None:
        """Refuse what makes no funnel, or none that is supported."""
        for refusal in (*self._steps(), *self._range(), *self._exclusions()):
            raise HogQLError(refusal)

    def _steps(self) -> Iterator[str]:
        if len(self.series) < 2:
            yield "Funnels require at least two steps before calculating."
        if len(self.series) > MAX_STEPS:
            yield f"Funnels of more than {MAX_STEPS} steps are not supported."
        for entity in self.series:
            if entity.optionalInFunnel:
                yield "Optional steps are not supported in the embedded project's funnels."
            if entity.math not in _MATHS:
                yield f"The math {entity.math} is not supported in funnels."

    def _range(self) -> Iterator[str]:
        last, chosen = len(self.series) - 1, self.funnelsFilter
        first_step, last_step = chosen.funnelFromStep, chosen.funnelToStep
        if first_step is not None and not 0 <= first_step < last:
            yield f"funnelFromStep is out of bounds. It must be between 0 and {last - 1}."
        elif last_step is not None and not 1 <= last_step <= last:
            yield f"funnelToStep is out of bounds. It must be between 1 and {last}."
        elif (first_step or 0) >= (last if last_step is None else last_step):
            yield f"{_RANGE} funnelToStep should be greater than funnelFromStep."

    def _exclusions(self) -> Iterator[str]:
        last, order = len(self.series) - 1, self.funnelsFilter.funnelOrderType
        for one in self.funnelsFilter.exclusions:
            if not 0 <= one.funnelFromStep < one.funnelToStep:
                yield f"{_EXCLUDED} End of range should be greater than start."
            if one.funnelToStep > last:
                yield f"{_EXCLUDED} End of range is greater than number of steps."
            if order == "unordered" and (one.funnelFromStep, one.funnelToStep) != (0, last):
                yield "Partial Exclusions not allowed in unordered funnels"
            for step in self.series[one.funnelFromStep : one.funnelToStep + 1]:
                if _covers(step, one):
                    yield "Exclusion steps cannot contain an event that's part of funnel steps."


def _covers(step: Entity, other: Entity) -> bool:
    """Whether a step is what is excluded, or more than that."""
    if (step.kind, step.event, step.id) != (other.kind, other.event, other.id):
        return False
    return not step.properties or step.properties == other.properties
