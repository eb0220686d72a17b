"""How sure the difference between two variants is: PostHog's Bayesian test with a flat prior.

The relative difference of the means is taken for normal, its variance from the delta method. After
products/experiments/stats/bayesian and posthog/hogql_queries/experiments.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

from tools.local.hogql import HogQLError

FEWEST = 50
"""Exposures below which PostHog computes nothing."""

FEWEST_CONVERSIONS = 5
"""Persons at the end of a funnel below which PostHog computes nothing."""

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sample:
    """What the persons of one variant did."""

    key: str
    size: int
    total: float
    squares: float
    steps: tuple[int, ...] = ()
    """How many reached each step of a funnel, the exposure first."""

    @property
    def mean(self) -> float:
        """Per person."""
        return self.total / self.size

    @property
    def variance(self) -> float:
        """Of one person's value; that of a share is of a coin with this chance."""
        if self.steps:
            return self.mean * (1 - self.mean)
        return (self.squares - self.total**2 / self.size) / max(self.size - 1, 1)

    def body(self) -> dict[str, Any]:
        """The numbers as PostHog shows them."""
        return {
            "key": self.key,
            "number_of_samples": self.size,
            "sum": self.total,
            "sum_squares": self.squares,
            "step_counts": list(self.steps[1:]) or None,
        }


def failures(sample: Sample, *, control: bool = False) -> list[str]:
    """Why nothing can be said about a variant yet."""
    found = []
    if sample.size < FEWEST:
        found.append("not-enough-exposures")
    if sample.steps and sample.total < FEWEST_CONVERSIONS:
        found.append("not-enough-metric-data")
    if control and sample.total == 0:
        found.append("baseline-mean-is-zero")
    return found


def alone(control: Sample) -> dict[str, Any]:
    """The control by itself."""
    return {**control.body(), "validation_failures": failures(control, control=True)}


def compared(sample: Sample, control: Sample) -> dict[str, Any]:
    """A variant beside the control; of a metric that should fall too, a rise is what wins."""
    body = {
        **sample.body(),
        "validation_failures": failures(sample),
        "method": "bayesian",
        "chance_to_win": None,
        "credible_interval": None,
        "significant": None,
    }
    if failures(sample) or failures(control, control=True):
        return body
    if control.mean < 0:
        raise HogQLError("Control mean must be positive for relative difference calculation.")
    effect, error = _difference(sample, control)
    if error == 0:
        return body
    posterior = NormalDist(effect, error)
    low, high = (posterior.inv_cdf(at) for at in ((1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2))
    return {
        **body,
        "chance_to_win": 1 - posterior.cdf(0),
        "credible_interval": [low, high],
        "significant": low > 0 or high < 0,
    }


def _difference(sample: Sample, control: Sample) -> tuple[float, float]:
    """By what share a variant's mean is above the control's, and the standard error of that."""
    effect = (sample.mean - control.mean) / control.mean
    variance = sample.variance / (sample.size * control.mean**2)
    variance += control.variance * sample.mean**2 / (control.size * control.mean**4)
    return effect, sqrt(variance)
