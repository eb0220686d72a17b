"""What those who were shown a variant did afterwards."""

from collections.abc import Mapping
from typing import Any

from tools.local.experiments.exposures import experiment, exposures, span, totals
from tools.local.experiments.model import Experiment, ExperimentQuery, Metric
from tools.local.experiments.statistics import Sample, alone, compared
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.model import Entity
from tools.local.queries.reader import Reader
from tools.local.queries.series import entity

_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
}
_MATHS: Mapping[str, str] = {
    "total": "toFloat(count())",
    "dau": "1.0",
    "sum": "sum(toFloat({value}))",
    "avg": "avg(toFloat({value}))",
    "min": "min(toFloat({value}))",
    "max": "max(toFloat({value}))",
    "unique_session": "toFloat(uniqExact($session_id))",
}
_EVER = 10**9


def results(query: ExperimentQuery, reader: Reader) -> dict[str, Any]:
    """The variants of an experiment by one metric, each beside the control."""
    asked = experiment(query.experiment_id, reader)
    if not asked.variants:
        raise HogQLError("The experiment has no variants: its feature flag must have some.")
    shown = totals(asked, reader)
    measure = _funnel if query.metric.metric_type == "funnel" else _means
    measured = measure(query.metric, asked, reader)
    nothing = (0.0, 0.0, *(0.0 for _ in query.metric.series))
    control, *others = [
        _sample(name, shown.get(name, 0), measured.get(name, nothing)) for name in asked.variants
    ]
    return {
        "kind": "ExperimentQuery",
        "baseline": alone(control),
        "variant_results": [compared(other, control) for other in others],
        "metric": query.metric.model_dump(exclude_none=True),
        "insight": [],
    }


def _sample(key: str, size: int, values: tuple[float, ...]) -> Sample:
    """The first two values are the sum and the sum of squares, the rest steps of a funnel."""
    total, squares, *steps = values
    reached = (size, *(int(step) for step in steps)) if steps else ()
    return Sample(key, size, total, squares, reached)


def _funnel(metric: Metric, asked: Experiment, reader: Reader) -> dict[str, tuple[float, ...]]:
    if not metric.series:
        raise HogQLError("A funnel metric needs a series of at least one event.")
    steps = [entity(step, reader) for step in metric.series]
    reached = nodes.parametric(
        "windowFunnel",
        [_EVER * 1000, "strict_once"],
        nodes.expr("abs(toUnixTimestamp64Milli(timestamp))"),
        *steps,
    )
    tree = nodes.query(
        "SELECT variant, groupArray(reached) FROM {each} GROUP BY variant ORDER BY variant",
        each=_each(metric, asked, reader, nodes.any_of(steps), {"reached": reached}),
    )
    counts = {
        variant: [sum(level > step for level in levels) for step in range(len(steps))]
        for variant, levels in reader.rows(tree)
    }
    return {name: (float(c[-1]), float(c[-1]), *map(float, c)) for name, c in counts.items()}


def _means(metric: Metric, asked: Experiment, reader: Reader) -> dict[str, tuple[float, ...]]:
    if metric.source is None:
        raise HogQLError("A mean metric needs a source.")
    tree = nodes.query(
        "SELECT variant, sum(value), sum(value * value) FROM {each} "
        "GROUP BY variant ORDER BY variant",
        each=_each(
            metric,
            asked,
            reader,
            entity(metric.source, reader),
            {"value": _measure(metric.source)},
        ),
    )
    return {name: (total or 0.0, squares or 0.0) for name, total, squares in reader.rows(tree)}


def _measure(source: Entity) -> Node:
    text = _MATHS.get(source.math or "total")
    if text is None:
        raise HogQLError(f"The math {source.math} is not supported for experiments.")
    if "{value}" not in text:
        return nodes.expr(text)
    if not source.math_property:
        raise HogQLError(f"The math {source.math} needs a math_property.")
    return nodes.expr(text, value=nodes.field("properties", source.math_property))


def _each(
    metric: Metric, asked: Experiment, reader: Reader, test: Node, values: Mapping[str, Node]
) -> Node:
    """One row per person who did something after being shown a variant."""
    after = [nodes.expr("timestamp >= shown.first_exposure"), test]
    after.append(reader.during(span(asked, reader)))
    if metric.conversion_window:
        seconds = metric.conversion_window * _SECONDS[metric.conversion_window_unit or "day"]
        until = nodes.expr(
            "timestamp <= shown.first_exposure + toIntervalSecond({seconds})",
            seconds=nodes.constant(seconds),
        )
        after.append(until)
    tree = nodes.query(
        "SELECT shown.variant AS variant, shown.entity AS entity FROM events "
        "INNER JOIN {shown} AS shown ON events.person_id = shown.entity "
        "WHERE {after} GROUP BY variant, entity",
        shown=exposures(asked, reader),
        after=nodes.all_of(after),
    )
    return nodes.selecting(tree, [nodes.alias(name, node) for name, node in values.items()])
