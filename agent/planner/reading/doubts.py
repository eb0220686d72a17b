"""Plans that hardly can be meant: what else the question may mean is asked, not guessed."""

from dataclasses import replace
from itertools import pairwise

from agent.planner.english.words import Token, word_set
from agent.planner.plan import Filter, Funnel, Plan, Reply, Scope, Trends

AGAIN = word_set(
    "again another twice second third fourth 2nd 3rd 4th next repeat more times time once rebook "
    "reorder still"
)
"""Words by which a step is meant to be taken more than once."""


def questioned(plan: Plan, tokens: tuple[Token, ...]) -> Plan | Reply:
    """The plan, or the question which of its possible meanings is the right one."""
    reply = _split_by_one_value(plan)
    if isinstance(plan, Trends):
        reply = reply or _share_of_anybody(plan)
    if isinstance(plan, Funnel):
        reply = reply or _step_twice(plan, tokens)
    return reply or plan


def _split_by_one_value(plan: Plan) -> Reply | None:
    """A split by a property of which only one value is left has a single row."""
    scope = plan.scope
    for one in scope.filters:
        held = [split for split in scope.breakdowns if split.property == one.property]
        if held and one.operator == "=" and len(one.values) == 1:
            name, value = one.property.name, one.values[0]
            rest = tuple(split for split in scope.breakdowns if split not in held)
            only = replace(plan, scope=replace(scope, breakdowns=rest))
            every = replace(plan, scope=_without(scope, one))
            return Reply(
                "asked",
                f"Do you want only {value}, or every {name}?",
                choices=(f"only {value}", f"every {name}"),
                rephrased=(only, every),
            )
    return None


def _share_of_anybody(plan: Trends) -> Reply | None:
    """Something over everybody, under a condition that only those who did one thing can meet."""
    if plan.formula not in ("share", "ratio") or len(plan.series) != 2:
        return None
    part, whole = plan.series
    own = next((one for one in plan.scope.filters if _is_own(one)), None)
    if own is None or whole.events or whole.math != "unique" or not part.events:
        return None
    narrowed = replace(part, filters=(*part.filters, own))
    doers = replace(part, math="unique", property=None)
    people = f"people with {part.events[0]}", "all active people"
    verb = "As a share of" if plan.formula == "share" else "Divided by"
    return Reply(
        "asked",
        f"{verb} what: {people[0]}, or {people[1]}?",
        choices=people,
        rephrased=tuple(
            replace(plan, scope=_without(plan.scope, own), series=(narrowed, base))
            for base in (doers, whole)
        ),
    )


def _is_own(one: Filter) -> bool:
    """Whether a condition is on something that only some events have."""
    return one.property.holder == "event" and not one.property.name.startswith(("$", "utm_"))


def _step_twice(plan: Funnel, tokens: tuple[Token, ...]) -> Reply | None:
    """One step right after itself, where nothing says that it is done again."""
    steps = plan.steps
    once = steps[:1] + tuple(b for a, b in pairwise(steps) if a != b)
    said = any(token.kind == "number" or token.word in AGAIN for token in tokens)
    if said or len(once) == len(steps) or len(once) < 2:
        return None
    name = next(b.events[0] for a, b in pairwise(steps) if a == b and b.events)
    return Reply(
        "asked",
        f"Is {name} one step of the funnel, or two?",
        choices=("one step", "two steps"),
        rephrased=(replace(plan, steps=once), plan),
    )


def _without(scope: Scope, one: Filter) -> Scope:
    return replace(scope, filters=tuple(f for f in scope.filters if f != one))
