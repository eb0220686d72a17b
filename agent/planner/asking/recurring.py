"""Monthly recurring revenue as HogQL: what subscriptions amount to at the end of intervals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.planner.asking.terms import Terms
from agent.planner.english import periods
from agent.planner.english.names import Name, read_name
from agent.planner.english.windows import Unit, shift, starts
from agent.planner.plan import Property, Recurring, Reply, Unsure
from agent.planner.world import Request, World
from tools.literals import literal, moment

Role = Literal["starts", "changes", "reduces", "ends"]
ROWS = 10_000
DELTAS = frozenset({"delta", "chang", "diff", "differ", "increas", "decreas"})
AGAIN = frozenset({"renew", "resum"})
ENDS = frozenset({"end", "expir", "churn", "laps", "terminat"})
OF_PLAN = ("plan", "new_plan", "to_plan", "plan_name", "tier", "product")


@dataclass(frozen=True)
class Source:
    """An event that changes recurring revenue, and by which of its properties."""

    event: str
    amount: Property
    role: Role


def recurring(plan: Recurring, world: World) -> list[Request]:
    """What there is at the end of each interval, by the value that is asked for."""
    found = sources(world)
    if not found:
        raise Unsure(
            Reply(
                "declined",
                "I find no events here that start and end subscriptions with a monthly amount.",
                "It needs events like subscription_started with a property like mrr.",
            )
        )
    query = _query(plan, found, world)
    return [("run_hogql", {"query": query, "limit": ROWS})]


def sources(world: World) -> list[Source]:
    """The events of subscriptions that have a monthly amount."""
    named = {name.name: name for name in world.events.names if name.factor == 1.0}
    events = [event for event, name in named.items() if name.has("subscribe")]
    properties = world.of_all(events) if events else {}
    found = []
    for event in events:
        amount = _amount(properties[event].values())
        role = amount and _role(named[event], amount)
        if amount and role:
            found.append(Source(event, amount, role))
    return found if any(one.role == "starts" for one in found) else []


def moments(plan: Recurring, world: World) -> list[datetime]:
    """The moments that are shown: the ends of the intervals, the last no later than now."""
    span, _ = periods.bounded(plan.scope.span, world.clock)
    assert span.end is not None
    ends = [shift(at, interval(plan), 1) for at in starts(span, interval(plan), world.clock)]
    last = min(span.end, world.clock.now)
    return list(dict.fromkeys(min(end, last) for end in ends)) if ends else [last]


def interval(plan: Recurring) -> Unit:
    """The interval that is shown; a month unless another one is asked for."""
    return plan.scope.interval or "month"


def plan_property(world: World, found: Sequence[Source]) -> list[str]:
    """The properties that tell the plan of a subscription, new ones before old ones."""
    properties = world.of_all([one.event for one in found])
    held = {name for one in properties.values() for name in one}
    return [name for name in OF_PLAN if name in held]


def _amount(properties: Iterable[Property]) -> Property | None:
    """The property with the monthly amount."""
    named = (one for one in properties if one.numeric and {"mrr", "recur"} & _stems(one.name))
    return next(named, None)


def _role(name: Name, amount: Property) -> Role | None:
    stems = {part for unit in name.units for part in unit.parts}
    if stems & AGAIN:
        return None
    if name.has("downgrade"):
        return "reduces"
    if DELTAS & _stems(amount.name):
        return "changes"
    return "ends" if name.has("cancel") or stems & ENDS else "starts"


def _stems(name: str) -> set[str]:
    return {part for unit in read_name(name).units for part in unit.parts}


def _query(plan: Recurring, found: Sequence[Source], world: World) -> str:
    """Sums of each person at each moment, then over all persons who still pay something.

    A change counts at every moment after it: `place` numbers them.
    """
    terms, ends = Terms(world), moments(plan, world)
    tests = [f"event IN ({', '.join(literal(one.event) for one in found)})"]
    tests += [f"timestamp < {moment(max(ends))}", *map(terms.condition, plan.scope.filters)]
    listed = ", ".join(map(moment, ends))
    changes = (
        f"SELECT person_id, timestamp, {_value(plan, found, world, terms)} AS held, "
        f"{_change(found, terms)} AS change,\n"
        f"  arrayJoin(range(arrayCount(x -> x <= timestamp, [{listed}]), {len(ends)})) AS place\n"
        f"FROM events\nWHERE {' AND '.join(tests)}"
    )
    people = (
        "SELECT place, argMaxIf(held, timestamp, held != '') AS by_1, sum(change) AS paid\n"
        f"FROM ({changes})\nGROUP BY place, person_id"
    )
    return (
        "SELECT place, by_1, sum(paid) AS value, countIf(paid > 0) AS n\n"
        f"FROM ({people})\nGROUP BY place, by_1\nORDER BY place, value DESC, by_1"
    )


def _value(plan: Recurring, found: Sequence[Source], world: World, terms: Terms) -> str:
    """What a subscription is split by: its latest value; without a split, all are one."""
    if not plan.scope.breakdowns:
        return "' '"
    one = plan.scope.breakdowns[0]
    names = plan_property(world, found)
    if one.property and one.property.holder == "event" and one.property.name in names:
        columns = [terms.property(Property(name)) for name in names]
        return f"ifNull(coalesce({', '.join(f'toString({c})' for c in columns)}), '')"
    return f"ifNull(toString({terms.column(one)}), '')"


def _change(found: Sequence[Source], terms: Terms) -> str:
    """What an event adds to the revenue of a month, or takes away."""
    shapes = {"starts": "{}", "changes": "{}", "reduces": "-abs({})", "ends": "-{}"}
    parts = [
        f"event = {literal(one.event)}, {shapes[one.role].format(terms.number(one.amount))}"
        for one in found
    ]
    return f"multiIf({', '.join(parts)}, 0)"
