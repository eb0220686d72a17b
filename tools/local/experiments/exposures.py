"""Who was shown which variant of an experiment, and when first."""

from datetime import date
from typing import Any

from tools.local.dates import Window
from tools.local.experiments.model import MULTIPLE, Experiment, ExposureCriteria
from tools.local.flags.status import variants
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.model import DateRange
from tools.local.queries.reader import Reader

CONTROL = "control"
"""The variant that the others are compared with, in every experiment of PostHog."""

_CALLED = "$feature_flag_called"


def experiment(number: int, reader: Reader) -> Experiment:
    """An experiment that has begun, as its documents describe it."""
    meta = reader.home.meta
    body = meta.document("experiment", number)
    if body is None or body.get("deleted"):
        raise HogQLError(f"There is no experiment with the id {number}.")
    if not body.get("start_date"):
        raise HogQLError("The experiment has not been launched: it has no results yet.")
    return Experiment(
        id=number,
        key=body["feature_flag_key"],
        variants=_variants(body, reader),
        dates=DateRange(
            date_from=body["start_date"], date_to=body.get("end_date"), explicitDate=True
        ),
        exposure=ExposureCriteria.model_validate(body.get("exposure_criteria") or {}),
    )


def _variants(body: dict[str, Any], reader: Reader) -> tuple[str, ...]:
    """The variants of the experiment's flag as it is now, the control first."""
    flags = reader.home.meta.documents("feature_flag")
    flag = next((one for one in flags if one["key"] == body["feature_flag_key"]), None)
    first = (body.get("parameters") or {}).get("feature_flag_variants") or []
    keys = [variant["key"] for variant in (variants(flag) if flag else first)]
    return tuple(sorted(keys, key=lambda key: key != CONTROL))


def span(asked: Experiment, reader: Reader) -> Window:
    """From the start of an experiment to its end, or to now."""
    return reader.window(asked.dates)


def exposures(asked: Experiment, reader: Reader) -> Node:
    """Each person with `variant` and `first_exposure`."""
    first = asked.exposure.multiple_variant_handling == "first_seen"
    shown = nodes.field("properties", _property(asked))
    variant = (
        nodes.expr("argMin({shown}, timestamp)", shown=shown)
        if first
        else nodes.expr(
            "if(uniqExact({shown}) > 1, {many}, any({shown}))",
            shown=shown,
            many=nodes.constant(MULTIPLE),
        )
    )
    return nodes.query(
        "SELECT person_id AS entity, {variant} AS variant, min(timestamp) AS first_exposure "
        "FROM events WHERE {exposed} GROUP BY person_id",
        variant=variant,
        exposed=_exposed(asked, shown, reader),
    )


def totals(asked: Experiment, reader: Reader) -> dict[str, int]:
    """How many persons were shown each variant."""
    tree = nodes.query(
        "SELECT variant, count() FROM {shown} GROUP BY variant ORDER BY variant",
        shown=exposures(asked, reader),
    )
    found = {variant: count for variant, count in reader.rows(tree)}
    return {name: found[name] for name in (*asked.variants, MULTIPLE) if name in found}


def by_day(asked: Experiment, reader: Reader) -> list[dict[str, Any]]:
    """How many persons had been shown each variant by the end of each day."""
    tree = nodes.query(
        "SELECT variant, toDate(first_exposure) AS day, count() FROM {shown} "
        "GROUP BY variant, day ORDER BY variant, day",
        shown=exposures(asked, reader),
    )
    counts: dict[str, dict[str, int]] = {}
    for variant, day, count in reader.rows(tree):
        counts.setdefault(variant, {})[day] = count
    days = [at.date() for at in span(asked, reader).buckets()]
    return [
        {
            "variant": name,
            "days": [day.isoformat() for day in days],
            "exposure_counts": _summed(counts[name], days),
        }
        for name in (*asked.variants, MULTIPLE)
        if name in counts
    ]


def _summed(counts: dict[str, int], days: list[date]) -> list[int]:
    total, sums = 0, []
    for day in days:
        total += counts.get(day.isoformat(), 0)
        sums.append(total)
    return sums


def _property(asked: Experiment) -> str:
    """The property that names the variant: a flag call has its own."""
    config = asked.exposure.exposure_config
    own = config is not None and config.event != _CALLED
    return f"$feature/{asked.key}" if own else "$feature_flag_response"


def _exposed(asked: Experiment, shown: Node, reader: Reader) -> Node:
    config, event = asked.exposure.exposure_config, nodes.field("event")
    name = config.event if config else _CALLED
    tests = [
        nodes.compare("==", event, nodes.constant(name)),
        nodes.compare("in", shown, nodes.constant(asked.variants)),
        reader.during(span(asked, reader)),
    ]
    if name == _CALLED:
        flag = nodes.field("properties", "$feature_flag")
        tests.append(nodes.compare("==", flag, nodes.constant(asked.key)))
    if config:
        tests.append(reader.filters().all_of(list(config.properties)))
    if asked.exposure.filterTestAccounts:
        tests.append(reader.test_accounts())
    return nodes.all_of(tests)
