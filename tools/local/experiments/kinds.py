"""The queries about experiments, by their kind."""

from typing import Any

from tools.local.experiments.exposures import by_day, experiment, span, totals
from tools.local.experiments.metrics import results
from tools.local.experiments.model import ExperimentQuery, ExposureQuery
from tools.local.hogql import HogQLError
from tools.local.queries.kind import Kind
from tools.local.queries.reader import Reader


def exposure_results(query: ExposureQuery, reader: Reader) -> dict[str, Any]:
    """How many were shown each variant, in all and by day."""
    asked = experiment(query.experiment_id, reader)
    _check_flag(query, asked.key)
    if query.exposure_criteria is not None:
        asked = asked.model_copy(update={"exposure": query.exposure_criteria})
    dates = {"date_from": query.start_date, "date_to": query.end_date}
    given = {name: at for name, at in dates.items() if at is not None}
    asked = asked.model_copy(update={"dates": asked.dates.model_copy(update=given)})
    during = span(asked, reader)
    return {
        "kind": "ExperimentExposureQuery",
        "timeseries": by_day(asked, reader),
        "total_exposures": totals(asked, reader),
        "date_range": {
            "date_from": during.start.isoformat(),
            "date_to": during.end.isoformat(),
        },
    }


def _check_flag(query: ExposureQuery, key: str) -> None:
    if query.feature_flag and query.feature_flag.get("key", key) != key:
        raise HogQLError(f"The experiment is on the feature flag {key}: leave feature_flag out.")


KINDS = (
    Kind("ExperimentQuery", ExperimentQuery, results),
    Kind("ExperimentExposureQuery", ExposureQuery, exposure_results),
)
