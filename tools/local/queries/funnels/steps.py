"""Funnels as PostHog lists them: how many actors took each step, and how fast."""

from collections.abc import Sequence
from typing import Any

from tools.local.hogql import nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.attempts import attempts
from tools.local.queries.funnels.breakdown import OTHER, Split, valued
from tools.local.queries.funnels.plan import Plan
from tools.local.queries.model import Entity
from tools.local.queries.reader import Reader
from tools.local.queries.series import title

_ATTEMPTS = "SELECT 1 FROM {attempts}"
# HAVING and not WHERE: ClickHouse would compute the levels once to filter and once more to count.
_VALUES = "SELECT value FROM {attempts} GROUP BY value HAVING max(level) > 0"
_RANKED = "SELECT *, row_number() OVER (ORDER BY {ranks} DESC, value) AS rank FROM {values}"
_SHOWN = "SELECT if(rank <= {limit}, value, [{other}]) AS shown FROM {ranked} GROUP BY shown"
_TAKEN = "countIf(level >= {number})"
_SECONDS = "(times[{number}] - times[{before}]) / 1000000"
_PASSED = "level >= {number} and times[{number}] > times[{before}]"


def listed(plan: Plan, reader: Reader) -> list[Any]:
    """The steps; for a funnel that is split, the steps of every value."""
    if plan.split is None:
        (row,) = reader.rows(_whole(plan))
        return _steps(plan, row, reader) if row[0] else []
    rows = sorted(reader.rows(_by_value(plan, plan.split)), key=lambda row: _rank(plan, row))
    return [
        [{**step, **valued(plan.split, row[0], reader)} for step in _steps(plan, row[1:], reader)]
        for row in rows
    ]


def _whole(plan: Plan) -> Node:
    times = [_seconds(number) for number in _later(plan)]
    averages = [nodes.call("avgIf", *one) for one in times]
    medians = [nodes.call("medianIf", *one) for one in times]
    tree = nodes.query(_ATTEMPTS, attempts=attempts(plan))
    return {**tree, "select": [*_taken(plan), *averages, *medians]}


def _by_value(plan: Plan, split: Split) -> Node:
    """Every value apart, then those beyond the limit together."""
    counts = [f"taken_{number}" for number in range(1, plan.layout.steps + 1)]
    times = [f"seconds_{number}" for number in _later(plan)]
    apart = nodes.selecting(
        nodes.query(_VALUES, attempts=attempts(plan)),
        [
            *map(nodes.alias, counts, _taken(plan)),
            *(
                nodes.alias(name, nodes.call("groupArrayIf", *_seconds(number)))
                for name, number in zip(times, _later(plan), strict=True)
            ),
        ],
    )
    together = [
        *(nodes.call("sum", nodes.field(name)) for name in counts),
        *(nodes.call("avgArray", nodes.field(name)) for name in times),
        *(nodes.call("medianArray", nodes.field(name)) for name in times),
    ]
    return nodes.selecting(_shown(split, apart, counts[::-1]), together)


def _shown(split: Split, apart: Node, counts: Sequence[str]) -> Node:
    """The values by themselves, or the first of them and all others as one."""
    if split.limit is None:
        return nodes.query("SELECT value AS shown FROM {apart} GROUP BY shown", apart=apart)
    ranks = {"node": "Tuple", "exprs": [nodes.field(name) for name in counts]}
    return nodes.query(
        _SHOWN,
        limit=nodes.constant(split.limit),
        other=nodes.constant(OTHER),
        ranked=nodes.query(_RANKED, ranks=ranks, values=apart),
    )


def _rank(plan: Plan, row: Sequence[Any]) -> tuple[Any, ...]:
    counts = row[1 : plan.layout.steps + 1]
    return (*(-count for count in reversed(counts)), row[0])


def _taken(plan: Plan) -> list[Node]:
    numbers = range(1, plan.layout.steps + 1)
    return [nodes.expr(_TAKEN, number=nodes.constant(number)) for number in numbers]


def _seconds(number: int) -> tuple[Node, Node]:
    """The time a step took after the one before, and whether it took any."""
    ends = {"number": nodes.constant(number), "before": nodes.constant(number - 1)}
    return nodes.expr(_SECONDS, **ends), nodes.expr(_PASSED, **ends)


def _later(plan: Plan) -> range:
    """The steps after the first."""
    return range(2, plan.layout.steps + 1)


def _steps(plan: Plan, row: Sequence[Any], reader: Reader) -> list[dict[str, Any]]:
    """The steps of one row: their counts, their average times, their median times."""
    series = plan.query.series
    averages = [None, *row[len(series) : 2 * len(series) - 1]]
    medians = [None, *row[2 * len(series) - 1 :]]
    return [
        {
            **_named(plan, index, entity, reader),
            "order": index,
            "people": [],
            "count": row[index],
            "type": "events" if entity.kind == "EventsNode" else "actions",
            "average_conversion_time": averages[index],
            "median_conversion_time": medians[index],
            "converted_people_url": None,
            "dropped_people_url": None,
        }
        for index, entity in enumerate(series)
    ]


def _named(plan: Plan, index: int, entity: Entity, reader: Reader) -> dict[str, Any]:
    if plan.chosen.funnelOrderType == "unordered":
        name = f"Completed {index + 1} step{'s' if index else ''}"
        return {"action_id": None, "name": name, "custom_name": None}
    return {
        "action_id": entity.event if entity.kind == "EventsNode" else entity.id,
        "name": title(entity, reader),
        "custom_name": entity.custom_name,
    }
