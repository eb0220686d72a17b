"""The queries about experiments, by their kind."""

from typing import Any

from tools.local.experiments.exposures import by_day, experiment, span, totals
from tools.local.experiments.metrics import results
from tools.local.experiments.model import ExperimentQuery, ExposureQuery
from tools.local.queries.kind import Kind
from tools.local.queries.model import DateRange
from tools.local.queries.reader import Reader


def exposure_results(query: ExposureQuery, reader: Reader) -> dict[str, Any]:
    """How many were shown each variant, in all and by day."""
    asked = experiment(query.experiment_id, reader)
    if query.exposure_criteria is not None:
        asked = asked.model_copy(update={"exposure": query.exposure_criteria})
    if query.start_date is not None:
        dates = DateRange(date_from=query.start_date, date_to=query.end_date, explicitDate=True)
        asked = asked.model_copy(update={"dates": dates})
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


KINDS = (
    Kind("ExperimentQuery", ExperimentQuery, results),
    Kind("ExperimentExposureQuery", ExposureQuery, exposure_results),
)
