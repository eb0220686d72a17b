"""A funnel made ready: the conditions of its steps and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.local.dates import Window
from tools.local.hogql import HogQLError, nodes
from tools.local.hogql.kinds import Node
from tools.local.queries.funnels.breakdown import Split, split_of
from tools.local.queries.funnels.layout import OWN, VALUE, Layout
from tools.local.queries.funnels.model import Exclusion, FunnelsFilter, FunnelsQuery
from tools.local.queries.model import Entity
from tools.local.queries.reader import Reader
from tools.local.queries.series import actor, entity, is_actor, shared
from tools.parser import SyntaxRefused, parse_expr


@dataclass(frozen=True)
class Plan:
    """What every statement about one funnel needs to know."""

    layout: Layout
    steps: Sequence[Node]
    """Whether an event is the step, by step."""

    exclusions: Sequence[Node]
    """Whether an event ends an attempt on its way to the step, by step."""

    where: Node
    """Which events are looked at, whatever step they are."""

    actor: Node
    span: Window
    query: FunnelsQuery
    split: Split | None
    overlaps: bool
    """Whether one event can be several steps."""

    @property
    def chosen(self) -> FunnelsFilter:
        """How the steps make a funnel."""
        return self.query.funnelsFilter

    @property
    def valued_step(self) -> int | None:
        """The step, from one, whose value an actor is counted under."""
        if self.split is None or self.chosen.breakdownAttributionType != "step":
            return None
        return (self.chosen.breakdownAttributionValue or 0) + 1

    def excludes_before(self, number: int) -> bool:
        """Whether there is an exclusion before a step, from one."""
        return number <= self.layout.steps and self.exclusions[number - 1] != nodes.FALSE

    def required(self, number: int, *, own: bool = False) -> int:
        """The bits with which an event takes a step, from one."""
        bits = self.layout.step(number)
        if number == self.valued_step:
            bits |= VALUE
        if number == 1 and own:
            bits |= OWN
        return bits


def plan(query: FunnelsQuery, reader: Reader) -> Plan:
    """Make a funnel ready; refuses what is none."""
    query.check()
    span = reader.window(query.dateRange, query.interval or "day")
    who, counted = _actor(query)
    excluded = query.funnelsFilter.exclusions
    numbers = range(len(query.series))
    return Plan(
        layout=Layout(len(query.series), bool(excluded)),
        steps=[_step(one, query, reader, span) for one in query.series],
        exclusions=[_exclusion(excluded, number, reader) for number in numbers],
        where=nodes.all_of([reader.during(span), shared(query, reader), counted]),
        actor=who,
        span=span,
        query=query,
        split=split_of(query, reader),
        overlaps=_overlap(query.series),
    )


def _actor(query: FunnelsQuery) -> tuple[Node, Node]:
    """Who goes through the funnel, and whether an event has one."""
    written = query.funnelsFilter.funnelAggregateByHogQL
    if not written or written == "person_id" or query.aggregation_group_type_index is not None:
        return actor(query), is_actor(query)
    try:
        who = parse_expr(written)
    except SyntaxRefused as error:
        raise HogQLError(error.message, error.start, error.end) from None
    return who, nodes.expr("{who} != '' and {who} != null", who=who)


def _exclusion(excluded: Sequence[Exclusion], number: int, reader: Reader) -> Node:
    return nodes.any_of(
        entity(one, reader) for one in excluded if one.funnelFromStep < number <= one.funnelToStep
    )


_FIRST = """SELECT argMin(uuid, timestamp) FROM events
    WHERE {found} AND timestamp <= {until} GROUP BY person_id
    HAVING min(timestamp) >= {since} AND min(timestamp) = minIf(timestamp, {kept})"""


def _step(found: Entity, query: FunnelsQuery, reader: Reader, span: Window) -> Node:
    """Whether an event is a step; with `first time` maths, the first of its person ever."""
    test = entity(found, reader)
    if found.math in (None, "total"):
        return test
    filtered = found.math == "first_time_for_user_with_filters"
    bare = found.model_copy(update={"properties": None, "fixedProperties": None})
    first = nodes.query(
        _FIRST,
        found=test if filtered else entity(bare, reader),
        kept=nodes.TRUE if filtered else test,
        since=reader.moment(span.start),
        until=reader.moment(span.end),
    )
    return nodes.all_of([test, nodes.compare("in", nodes.field("uuid"), first)])


def _overlap(series: Sequence[Entity]) -> bool:
    names = [one.event for one in series if one.kind == "EventsNode" and one.event is not None]
    return len(set(names)) < len(series)
