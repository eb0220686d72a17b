"""Experiments: which there are, and how sure their results are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import erfc, exp, gamma, sqrt
from typing import Any

from tools.base import Args, tool
from tools.client import PostHog
from tools.errors import PostHogError
from tools.fence import fence
from tools.objects import Listed, Stored, compact, listed, named
from tools.wording import joined

EXPERIMENTS = "experiments/"
MULTIPLE = "$multiple"
FEW = 100
"""Exposures of a variant below which its results are not to be trusted."""

SKEWED = 0.001
"""How unlikely a split must be by chance to count as not the configured one."""

SHORT = 14
"""Days that an experiment should run at least, so that it has seen two whole weeks."""


@dataclass(frozen=True)
class Experiment:
    """An experiment as it was set up."""

    id: int
    name: str
    description: str
    flag: str
    status: str
    """draft, running or complete."""

    started: str | None
    ended: str | None
    split: Mapping[str, float]
    """The configured share of each variant in percent, the control first."""

    metrics: tuple[str, ...]
    conclusion: str


@dataclass(frozen=True)
class VariantResult:
    """How one variant does by one metric."""

    variant: str
    exposures: int
    value: float | None
    """The share of the exposed who did it in percent, or the mean per person."""

    difference_percent: float | None = None
    """From the control, relative."""

    low_95_percent: float | None = None
    high_95_percent: float | None = None
    """The interval in which the difference lies with 95% probability."""

    chance_to_win_percent: float | None = None

    significant: bool | None = None


@dataclass(frozen=True)
class MetricResult:
    """All variants by one metric."""

    metric: str
    unit: str
    """"%" for a share, "" for a mean."""

    variants: tuple[VariantResult, ...]
    goal: str = ""
    problem: str = ""
    """Why there is no result."""


@dataclass(frozen=True)
class ExperimentFacts:
    """An experiment with its results and what speaks against trusting them."""

    experiment: Experiment
    days: float | None
    """How long it has run, or did run."""

    exposures: Mapping[str, int] = field(default_factory=dict)
    several: int = 0
    """Who saw several variants and is left out."""

    split_chance: float | None = None
    """How likely so uneven a split is by chance, 0 to 1."""

    results: tuple[MetricResult, ...] = ()
    cautions: tuple[str, ...] = ()
    problem: str = ""
    """Why there are no results at all."""

    def for_model(self) -> str:
        """All of it as fenced JSON."""
        return fence(compact(self))


class ListExperiments(Args):
    """Arguments of list_experiments."""

    search: str = ""
    """Part of the name or the description; empty for all."""

    limit: int = 100
    """Experiments to return at most, the newest first."""


class GetExperiment(Args):
    """Arguments of get_experiment."""

    name: str
    """The experiment's name or id."""


@tool("experiment:read")
def list_experiments(posthog: PostHog, args: ListExperiments) -> Listed[Experiment]:
    """List experiments: state, feature flag, configured split, metrics, dates."""
    return listed(posthog, EXPERIMENTS, read_experiment, args.limit, search=args.search)


@tool("experiment:read", "query:read")
def get_experiment(posthog: PostHog, args: GetExperiment) -> ExperimentFacts:
    """Give an experiment's results per variant with uncertainty, and cautions to repeat."""
    body = named(posthog, EXPERIMENTS, args.name, "name")
    asked = read_experiment(body)
    if not asked.started:
        return ExperimentFacts(asked, None, problem="it has not been started")
    days = _days(asked, posthog.project.now)
    try:
        exposures = _exposures(posthog, body, asked)
    except PostHogError as error:
        return ExperimentFacts(asked, days, problem=str(error))
    several = exposures.pop(MULTIPLE, 0)
    chance = chance_of(exposures, asked.split)
    results = tuple(_result(posthog, asked, metric) for metric in _metrics(body))
    facts = ExperimentFacts(asked, days, exposures, several, chance, results)
    planned = (body.get("parameters") or {}).get("recommended_running_time")
    return replace(facts, cautions=tuple(_cautions(facts, days, planned)))


def read_experiment(body: Stored) -> Experiment:
    """An experiment as PostHog sends it."""
    started, ended = body.get("start_date"), body.get("end_date")
    return Experiment(
        id=int(body["id"]),
        name=str(body.get("name") or ""),
        description=str(body.get("description") or ""),
        flag=str(body.get("feature_flag_key") or ""),
        status="draft" if not started else "complete" if ended else "running",
        started=started,
        ended=ended,
        split=_split(body),
        metrics=tuple(_metric_name(metric) for metric in _metrics(body)),
        conclusion=str(body.get("conclusion") or ""),
    )


def chance_of(seen: Mapping[str, int], split: Mapping[str, float]) -> float | None:
    """How likely numbers so far from the configured split are by chance (chi-squared test)."""
    total, whole = sum(seen.values()), sum(split.get(name, 0.0) for name in split)
    if not total or not whole or len(split) < 2:
        return None
    expected = {name: total * share / whole for name, share in split.items() if share}
    distance = sum((seen.get(name, 0) - much) ** 2 / much for name, much in expected.items())
    return _tail(distance, len(expected) - 1)


def _tail(distance: float, freedom: int) -> float:
    """The probability that a chi-squared variable is larger."""
    half, odd = distance / 2, freedom % 2
    begin = erfc(sqrt(half)) if odd else 0.0
    powers = [step - 0.5 * odd for step in range(odd, (freedom + 1) // 2)]
    rest = sum(half**power / gamma(power + 1) for power in powers)
    return float(begin + exp(-half) * rest)


def _split(body: Stored) -> dict[str, float]:
    filters = (body.get("feature_flag") or {}).get("filters") or {}
    found = (filters.get("multivariate") or {}).get("variants")
    found = found or (body.get("parameters") or {}).get("feature_flag_variants") or []
    return {str(one["key"]): float(one.get("rollout_percentage") or 0) for one in found}


def _metrics(body: Stored) -> list[dict[str, Any]]:
    both = (*(body.get("metrics") or ()), *(body.get("metrics_secondary") or ()))
    return [one for one in both if isinstance(one, dict)]


def _metric_name(metric: Mapping[str, Any]) -> str:
    events = [str(one.get("event") or one.get("name")) for one in metric.get("series") or ()]
    source = metric.get("source") or {}
    return str(metric.get("name") or " then ".join(events) or source.get("event") or "metric")


def _days(asked: Experiment, now: str | None) -> float:
    start = datetime.fromisoformat(str(asked.started))
    end = asked.ended or now
    until = datetime.fromisoformat(end) if end else datetime.now(start.tzinfo)
    return round((until - start).total_seconds() / 86400, 1)


def _exposures(posthog: PostHog, body: Stored, asked: Experiment) -> dict[str, int]:
    found = posthog.query(
        {
            "kind": "ExperimentExposureQuery",
            "experiment_id": asked.id,
            "experiment_name": asked.name,
            "exposure_criteria": body.get("exposure_criteria") or {},
            "feature_flag": body.get("feature_flag") or {},
            "start_date": asked.started,
            "end_date": asked.ended,
        }
    )
    counts = found.get("total_exposures") or {}
    return {str(name): int(count) for name, count in counts.items()}


def _result(posthog: PostHog, asked: Experiment, metric: dict[str, Any]) -> MetricResult:
    name, goal = _metric_name(metric), str(metric.get("goal") or "")
    share = metric.get("metric_type") == "funnel"
    query = {"kind": "ExperimentQuery", "experiment_id": asked.id, "metric": metric}
    try:
        found = posthog.query(query)
    except PostHogError as error:
        return MetricResult(name, "%" if share else "", (), goal, str(error))
    base = found.get("baseline") or {}
    rows = [base, *(found.get("variant_results") or ())]
    variants = tuple(_variant(one, base, share) for one in rows if one)
    return MetricResult(name, "%" if share else "", variants, goal)


def _variant(row: Mapping[str, Any], base: Mapping[str, Any], share: bool) -> VariantResult:
    value, control = _value(row), _value(base)
    interval = row.get("credible_interval") or row.get("confidence_interval") or (None, None)
    apart = None if row is base or not control or value is None else 100 * (value / control - 1)
    return VariantResult(
        variant=str(row.get("key")),
        exposures=int(row.get("number_of_samples") or 0),
        value=None if value is None else round(value * (100 if share else 1), 4),
        difference_percent=apart,
        low_95_percent=_percent(interval[0]),
        high_95_percent=_percent(interval[1]),
        chance_to_win_percent=_percent(row.get("chance_to_win")),
        significant=row.get("significant"),
    )


def _value(row: Mapping[str, Any]) -> float | None:
    size = row.get("number_of_samples")
    return float(row.get("sum") or 0) / size if size else None


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _cautions(facts: ExperimentFacts, days: float, planned: float | None) -> Iterator[str]:
    """What speaks against trusting the results."""
    few = [name for name in facts.experiment.split if facts.exposures.get(name, 0) < FEW]
    if few:
        yield f"fewer than {FEW} exposures of {joined(few)}: too few to decide anything"
    if planned and days < planned:
        yield f"it has run {days:g} of {planned:g} planned days"
    elif days < SHORT:
        yield f"it has run {days:g} days, less than two whole weeks"
    if facts.split_chance is not None and facts.split_chance < SKEWED:
        yield "the split is not the configured one, so the variants may not be comparable"
    if facts.several:
        yield f"{facts.several} people saw several variants and are left out"
    won = any(one.significant for result in facts.results for one in result.variants)
    if won and facts.experiment.status == "running":
        yield "it is still running, and significance seen on the way comes and goes"
