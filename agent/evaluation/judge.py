"""Whether a plan asks for what a gold plan asks for."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from agent.evaluation.grammar import Gold, Term, condition, parse
from agent.planner.english import periods
from agent.planner.english.dates import readings
from agent.planner.english.windows import Clock, Span, shift
from agent.planner.english.words import tokenize
from agent.planner.plan import (
    Breakdown,
    Cause,
    Drivers,
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
    Watch,
)

KINDS = {
    Trends: "T", Funnel: "F", Retention: "R", Lifecycle: "L", Stickiness: "K", Paths: "P",
    Sessions: "S", Recurring: "M", Segment: "Q", Cause: "W", Watch: "W", Drivers: "W",
}  # fmt: skip
MATHS = {"sessions": "unique_session", "groups": "unique_group", "percentile": "p"}
PAGES = frozenset({"$pathname", "$current_url", "$entry_pathname"})
WIDE = timedelta(days=1)


def faults(plan: Plan, gold_plan: str, clock: Clock) -> list[str]:
    """What a plan has that the gold plan has not, or the other way round; none when it is right."""
    gold = parse(gold_plan)
    if isinstance(plan, Trends) and "DAU/MAU" in gold_plan:
        sticky = any(one.math == "monthly_active" for one in plan.series)
        return [f for f in ("" if sticky else "no DAU/MAU", _range(plan, gold, clock)) if f]
    if KINDS[type(plan)] not in gold.kinds and not _counts_sessions(plan, gold):
        return [f"kind {KINDS[type(plan)]}, not {'|'.join(sorted(gold.kinds))}"]
    return [fault for fault in _faults(plan, gold, clock) if fault]


def _faults(plan: Plan, gold: Gold, clock: Clock) -> Iterator[str]:
    yield from _terms(plan, gold)
    yield _range(plan, gold, clock)
    yield _interval(plan, gold)
    yield _breakdowns(plan, gold)
    yield _compare(plan, gold)
    yield from _order(plan, gold)
    yield from _particular(plan, gold)


def _counts_sessions(plan: Plan, gold: Gold) -> bool:
    """Whether a trend of sessions is what a gold plan of sessions wants."""
    if not isinstance(plan, Trends) or "S" not in gold.kinds:
        return False
    wanted = any("sessions" in term.events for body in gold.bodies for term in body)
    return wanted and plan.series[0].math == "sessions"


def _terms(plan: Plan, gold: Gold) -> Iterator[str]:
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
    if not any(_same_terms(ours, one, plan) for one in wanted):
        yield f"measures {_written(ours)}, not {' | '.join(map(_written, wanted))}"
    shared = [c for said in gold.option("f") if "P" in gold.kinds and (c := condition(said))]
    mine, theirs = (
        _conditions(plan),
        set(shared) | {c for terms in wanted[:1] for t in terms for c in t.where if c[0] != "r"},
    )
    split = {_split(one) for one in plan.scope.breakdowns}
    named = {name for name, _, _ in theirs}
    mine = {c for c in mine if not (c[0] in split and len(c[2]) > 1 and c[0] not in named)}
    if not _same_conditions(mine, theirs):
        yield f"conditions {sorted(map(str, mine))}, not {sorted(map(str, theirs))}"


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


def _conditions(plan: Plan) -> set[tuple[str, str, frozenset[str]]]:
    every = [*plan.scope.filters, *(f for s in _series(plan) for f in s.filters)]
    return {_condition(one) for one in every}


def _condition(one: Filter) -> tuple[str, str, frozenset[str]]:
    values = frozenset(_value(v) for v in one.values)
    return one.property.name, one.operator, values


def _value(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower()


def _same_conditions(
    ours: set[tuple[str, str, frozenset[str]]], wanted: set[tuple[str, str, frozenset[str]]]
) -> bool:
    return {_plain(c) for c in ours} == {_plain(c) for c in wanted}


def _plain(one: tuple[str, str, frozenset[str]]) -> tuple[str, str, frozenset[str]]:
    name, operator, values = one
    if name in PAGES and operator in ("=", "contains", "starts"):
        return "page", "=", frozenset(v.rstrip("/") or "/" for v in values)
    if name == "weekday":
        days = {"1": "mon", "2": "tue", "3": "wed", "4": "thu", "5": "fri", "6": "sat", "7": "sun"}
        return name, operator, frozenset(days.get(v, v) for v in values)
    if name == "hour":
        return name, operator, frozenset()
    return name, operator, values


def _range(plan: Plan, gold: Gold, clock: Clock) -> str:
    span = plan.scope.span
    said = gold.option("r")
    if isinstance(plan, Retention) and not said:
        said = tuple(
            v for t in gold.bodies for x in t for name, _, vs in x.where if name == "r" for v in vs
        )
    if not said or said == ("default",):
        return "" if span.default or not said else f"range {span.label}, not the default"
    whole, _ = periods.bounded(span, clock)
    if any(one in ("current", "today") for one in gold.option("exclude")):
        return "" if "without" in span.label else "with the current period"
    for one in said:
        if one in ("default",) and span.default:
            return ""
        if one == "all":
            return (
                ""
                if span.start is None or span.label == "all time"
                else f"range {span.label}, not all"
            )
        wanted = resolve(one, clock)
        if wanted is None or _near(whole, wanted, plan):
            return ""
    return f"range {span.label}, not {' | '.join(said)}"


def _near(ours: Span, wanted: Span, plan: Plan) -> bool:
    running = wanted.label.endswith(("so far", "to date")) and ours.start == wanted.start
    if running and ours.end and wanted.end and wanted.end < ours.end:
        return True
    slack = timedelta(
        days=8 if plan.scope.interval in ("week", "month") or isinstance(plan, Retention) else 1.01
    )
    if plan.scope.interval == "month":
        slack = timedelta(days=31)
    starts = wanted.start is None or (
        ours.start is not None and abs(ours.start - wanted.start) <= slack
    )
    ends = wanted.end is None or (
        ours.end is not None and abs(ours.end - wanted.end) <= timedelta(days=1.01)
    )
    return starts and ends


def resolve(said: str, clock: Clock) -> Span | None:
    """A range of the notation as a period, None for one it can't read."""
    words = {"d": "days", "w": "weeks", "m": "months", "h": "hours", "y": "years"}
    if match := re.fullmatch(r"last_(\d+)([dwmhy])", said):
        text = f"last {match[1]} {words[match[2]]}"
    elif said.startswith("since:"):
        text = f"since {said[6:]}"
    elif said.startswith("until:"):
        text = f"before {said[6:]}"
    elif ".." in said:
        first, last = said.split("..")
        text = f"from {first} to {last}"
    elif match := re.fullmatch(r"(\d{4})-Q(\d)", said):
        text = f"Q{match[2]} {match[1]}"
    elif said == "last_calendar_week":
        text = "last week"
    elif re.fullmatch(r"\d{4}", said):
        text = f"in {said}"
    else:
        text = said.replace("_", " ")
    found = readings(tokenize(text), clock)
    return max(found, key=lambda one: one.j - one.i).span if found else None


def _interval(plan: Plan, gold: Gold) -> str:
    wanted = tuple(one.split()[0] for one in gold.option("i"))
    ours = plan.scope.interval
    if isinstance(plan, Retention):
        wanted = tuple(p.lower() for p in gold.option("p"))
        ours = plan.period
    if isinstance(plan, Stickiness | Paths):
        return ""
    if wanted and ours not in wanted:
        return f"interval {ours}, not {'|'.join(wanted)}"
    if gold.option("disp") == ("number",) and ours is not None:
        return f"interval {ours}, not one number"
    return ""


def _breakdowns(plan: Plan, gold: Gold) -> str:
    ours = {_split(one) for one in plan.scope.breakdowns}
    if isinstance(plan, Sessions):
        ours |= (
            {f"${metric}_pathname" for metric in plan.metrics if metric in ("entry", "exit")}
            if gold.option("bd")
            else set()
        )
    said = gold.options.get("bd", "")
    wanted = (
        [
            frozenset(
                re.sub(r"\(.*\)|^group (?=\w+\.)|^\w+\.", "", part.strip())
                for part in one.split(",")
            )
            for one in said.split("|")
        ]
        if said
        else [frozenset[str]()]
    )
    names = [frozenset(w.removeprefix("group ").split(".")[-1] for w in one) for one in wanted]
    if frozenset(ours) in names or frozenset(f"{one}_id" for one in ours) in names:
        return ""
    return f"split by {sorted(ours)}, not {said or 'nothing'}"


def _split(one: Breakdown) -> str:
    if one.part:
        return one.part
    if one.property is None:
        return "event"
    return one.property.holder if one.property.name == "key" else one.property.name


def _compare(plan: Plan, gold: Gold) -> str:
    growing = isinstance(plan, Trends) and plan.growth
    wanted = bool(gold.option("cmp")) or gold.options.get("note") == "growth"
    if wanted != bool(plan.scope.compare or growing):
        return "compared" if plan.scope.compare or growing else "not compared"
    return ""


def _order(plan: Plan, gold: Gold) -> Iterator[str]:
    limit = tuple(one for one in gold.option("lim") if not one.endswith("?"))
    if limit and str(plan.scope.limit) not in limit:
        yield f"limit {plan.scope.limit}, not {limit[0]}"
    if gold.option("sort") == ("asc",) and not plan.scope.ascending:
        yield "not the lowest first"
    if gold.option("cum") and not (isinstance(plan, Trends) and plan.cumulative):
        yield "not cumulative"


def _particular(plan: Plan, gold: Gold) -> Iterator[str]:
    """What only funnels, retention and paths have."""
    if isinstance(plan, Funnel):
        yield _window(plan, gold)
        yield from _of_funnel(plan, gold)
    if (
        isinstance(plan, Trends)
        and gold.option("f")
        and plan.formula is None
        and len(plan.series) < 3
    ):
        yield "no formula"


def _window(plan: Funnel, gold: Gold) -> str:
    win = gold.option("win")
    ours = f"{plan.window.count}{plan.window.unit[0]}"
    if win and ours not in (win[0], {"1w": "7d", "7d": "1w", "2w": "14d"}.get(win[0], "")):
        return f"window {ours}, not {win[0]}"
    return ""


def _of_funnel(plan: Funnel, gold: Gold) -> Iterator[str]:
    if bool(gold.option("excl")) != bool(plan.exclusions):
        yield "exclusions differ"
    if gold.option("by") == ("session",) and not plan.by_session:
        yield "not by session"
    if (gold.option("viz") == ("trend",)) != plan.trend:
        yield "as a trend" if plan.trend else "not as a trend"
    wanted = (gold.option("report") or ("",))[0].startswith("time")
    if wanted != (plan.report in ("average_time", "median_time")):
        yield f"reports {plan.report}"


def _written(terms: Iterable[Term]) -> str:
    return "; ".join(
        f"{'first ' if t.first else ''}{' or '.join(sorted(t.events))}:{t.math}"
        f"{f'({t.prop})' if t.prop else ''}"
        for t in terms
    )


def later(at: datetime, days: int) -> datetime:
    """Some days later."""
    return shift(at, "day", days)


def unlabelled(span: Span) -> Span:
    """A period without its name."""
    return replace(span, label="")
