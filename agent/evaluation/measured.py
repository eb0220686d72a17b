"""Whether a plan measures what a gold plan measures, under the same conditions."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from agent.evaluation.grammar import Gold, Term, condition, parse
from agent.planner.plan import (
    Breakdown,
    Filter,
    Funnel,
    Lifecycle,
    Paths,
    Plan,
    Recurring,
    Retention,
    Segment,
    Series,
    Sessions,
    Stickiness,
    Trends,
)

MATHS = {"sessions": "unique_session", "groups": "unique_group", "percentile": "p"}
Condition = tuple[str, str, frozenset[str]]
PAGES = frozenset({"$pathname", "$current_url", "$entry_pathname"})


def wrong_terms(plan: Plan, gold: Gold) -> Iterator[str]:
    """Events, what is counted of them, and the conditions."""
    if isinstance(plan, Sessions | Recurring | Segment):
        return
    if isinstance(plan, Trends) and "S" in gold.kinds:
        return
    told = any("the name it had before" in one for one in plan.scope.assumptions)
    ours = tuple(
        _term(one, told and all(len(t.events) == 1 for b in gold.bodies for t in b))
        for one in _series(plan)
    )
    wanted = _wanted(gold)
    if "P" in gold.kinds:
        wanted = [tuple(_path_ends(gold))]
    alike = [one for one in wanted if _same_terms(ours, one, plan)]
    if not alike:
        yield f"measures {_written(ours)}, not {' | '.join(map(_written, wanted))}"
    shared = [c for said in gold.option("f") if "P" in gold.kinds and (c := condition(said))]
    allowed = [_conditions_of(terms, shared) for terms in (*wanted[:1], *alike)]
    if not any(_same_conditions(_beside_splits(plan, theirs), theirs) for theirs in allowed):
        mine, theirs = _conditions(plan), allowed[0] if allowed else set()
        yield f"conditions {sorted(map(str, mine))}, not {sorted(map(str, theirs))}"


def _conditions_of(terms: Iterable[Term], shared: Iterable[Condition]) -> set[Condition]:
    return {*shared, *(c for term in terms for c in term.where if c[0] != "r")}


def _beside_splits(plan: Plan, theirs: set[Condition]) -> set[Condition]:
    """A plan's conditions, without those that only name values of what it is split by."""
    split = {split_name(one) for one in plan.scope.breakdowns}
    named = {name for name, _, _ in theirs}
    mine = _conditions(plan)
    return {c for c in mine if not (c[0] in split and len(c[2]) > 1 and c[0] not in named)}


def _wanted(gold: Gold) -> list[tuple[Term, ...]]:
    """The alternatives; an average per user is also a count over people."""
    found = list(gold.bodies)
    for body in gold.bodies:
        if len(body) == 1 and body[0].math == "avg_per_user":
            one = body[0]
            found.append((replace(one, math="total"), replace(one, math="unique")))
    return found


def _path_ends(gold: Gold) -> Iterator[Term]:
    for key in ("start", "end"):
        for said in gold.option(key)[:1]:
            yield parse(f"T {said}").bodies[0][0]


def _series(plan: Plan) -> tuple[Series, ...]:
    if isinstance(plan, Trends):
        return plan.series
    if isinstance(plan, Funnel):
        return plan.steps
    if isinstance(plan, Retention):
        return (plan.start, plan.back)
    if isinstance(plan, Lifecycle | Stickiness):
        return (plan.series,)
    return tuple(s for s in (plan.start, plan.end) if s) if isinstance(plan, Paths) else ()


def _term(one: Series, renamed: bool = False) -> Term:
    events = frozenset(one.events[:1] if renamed else one.events) or frozenset({"*"})
    return Term(
        events,
        MATHS.get(one.math, one.math),
        one.property.name if one.property else "",
        (),
        one.first,
    )


def _same_terms(ours: tuple[Term, ...], wanted: tuple[Term, ...], plan: Plan) -> bool:
    if isinstance(plan, Trends) and plan.formula == "share" and len(ours) == len(wanted) == 2:
        if ours[1].events == ours[0].events | wanted[1].events:
            ours = (ours[0], replace(ours[1], events=wanted[1].events))
        return {_key(t, plan) for t in ours} == {_key(t, plan) for t in wanted}
    ours_keys, wanted_keys = [_key(t, plan) for t in ours], [_key(t, plan) for t in wanted]
    if isinstance(plan, Trends):
        mine, theirs = set(ours_keys), set(wanted_keys)
        return mine == theirs or any("?" in w[0] for w in theirs)
    if isinstance(plan, Lifecycle | Stickiness):
        events = wanted_keys[0][0] if wanted_keys else ours_keys[0][0]
        return ours_keys[0][0] == events or "DAU" in str(wanted_keys[0][0])
    return ours_keys == wanted_keys


def _key(term: Term, plan: Plan) -> tuple[frozenset[str], str, str]:
    if not isinstance(plan, Trends):
        return term.events, "", "first" if term.first and isinstance(plan, Retention) else ""
    math = "p" if re.fullmatch(r"p\d+", term.math) else term.math
    return term.events, math, term.prop.split(",")[0] if math not in ("unique_group",) else ""


def _conditions(plan: Plan) -> set[Condition]:
    every = [*plan.scope.filters, *(f for s in _series(plan) for f in s.filters)]
    return {_condition(one) for one in every}


def _condition(one: Filter) -> Condition:
    values = frozenset(_value(v) for v in one.values)
    return one.property.name, one.operator, values


def _value(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower()


def _same_conditions(ours: set[Condition], wanted: set[Condition]) -> bool:
    return {_plain(c) for c in ours} == {_plain(c) for c in wanted}


def _plain(one: Condition) -> Condition:
    name, operator, values = one
    if name in PAGES and operator in ("=", "contains", "starts"):
        return "page", "=", frozenset(v.rstrip("/") or "/" for v in values)
    if name == "weekday":
        days = {"1": "mon", "2": "tue", "3": "wed", "4": "thu", "5": "fri", "6": "sat", "7": "sun"}
        return name, operator, frozenset(days.get(v, v) for v in values)
    if name == "hour":
        return name, operator, frozenset()
    return name, operator, values


def split_name(one: Breakdown) -> str:
    """What gold plans call a split."""
    if one.part:
        return one.part
    if one.property is None:
        return "event"
    return one.property.holder if one.property.name == "key" else one.property.name


def _written(terms: Iterable[Term]) -> str:
    return "; ".join(
        f"{'first ' if t.first else ''}{' or '.join(sorted(t.events))}:{t.math}"
        f"{f'({t.prop})' if t.prop else ''}"
        for t in terms
    )
