"""Experiments and their metrics, as far as the embedded project answers them."""

from typing import Any, Literal

from pydantic import Field

from tools.local.queries.model import DateRange, Entity, Part

MULTIPLE = "$multiple"
"""The variant of those who were shown several."""


class ExposureEvent(Part):
    """An event of one's own that counts as having been shown a variant."""

    kind: Literal["ExperimentEventExposureConfig"] = "ExperimentEventExposureConfig"
    event: str
    properties: tuple[dict[str, Any], ...] = ()
    response: Any = None
    version: int | None = None


class ExposureCriteria(Part):
    """Who counts as having been shown a variant."""

    filterTestAccounts: bool | None = None
    exposure_config: ExposureEvent | None = None
    multiple_variant_handling: Literal["exclude", "first_seen"] = "exclude"


class Metric(Part):
    """What is measured; each type has its own fields."""

    kind: Literal["ExperimentMetric"] = "ExperimentMetric"
    metric_type: Literal["funnel", "mean"]
    name: str | None = None
    uuid: str | None = None
    fingerprint: str | None = None
    goal: Literal["increase", "decrease"] | None = None
    conversion_window: int | None = Field(default=None, gt=0)
    conversion_window_unit: Literal["second", "minute", "hour", "day", "week", "month"] | None = (
        None
    )
    series: tuple[Entity, ...] = ()
    """The steps of a funnel."""

    source: Entity | None = None
    """The event of a mean."""

    funnel_order_type: Literal["ordered"] | None = None
    response: Any = None
    version: int | None = None


class ExperimentQuery(Part):
    """How the variants of an experiment do by one metric."""

    experiment_id: int
    metric: Metric
    name: str | None = None
    modifiers: None = None
    tags: dict[str, Any] | None = None
    response: Any = None
    version: int | None = None


class ExposureQuery(Part):
    """How many were shown each variant, by day."""

    experiment_id: int
    experiment_name: str | None = None
    exposure_criteria: ExposureCriteria | None = None
    feature_flag: dict[str, Any] | None = None
    """Of the experiment, as a screen knows it; the flag as it is now counts."""

    start_date: str | None = None
    end_date: str | None = None
    holdout: None = None
    modifiers: None = None
    tags: dict[str, Any] | None = None
    response: Any = None
    version: int | None = None


class Experiment(Part):
    """What the numbers of an experiment depend on."""

    id: int
    key: str
    """Of its feature flag."""

    variants: tuple[str, ...]
    """The control first."""

    dates: DateRange
    exposure: ExposureCriteria
