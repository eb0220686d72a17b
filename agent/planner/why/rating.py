"""Why a rate changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from agent.answer import AnswerTable, Draft
from agent.planner.english.windows import Span
from agent.planner.plan import Funnel, Trends
from agent.planner.why import around, rate_words
from agent.planner.why.chance import freedom, tail, two_shares
from agent.planner.why.comparable import comparable, dates, tracked
from agent.planner.why.figures import window
from agent.planner.why.locating import Claimed
from agent.planner.why.measured import between, hogql, seen
from agent.planner.why.mixing import mixes, rate_parts, shifted, telling
from agent.planner.why.naming import older_names
from agent.planner.why.overlay import requests, together
from agent.planner.why.premise import CLEAR, FAINT, UNLIKELY, Holds
from agent.planner.why.rate import Rate, rate_cells
from agent.planner.why.rate_words import RateCase
from agent.planner.world import World

PRIOR = 6.0
"""How many degrees of freedom it counts for that rates vary by chance alone."""

UNKNOWN_ROUGH = 1.5
"""How rough a rate is taken to be when there is one period to tell."""


def explain_rate(
    plan: Trends | Funnel,
    what: Rate,
    span: Span,
    baseline: Span | None,
    claimed: Claimed | None,
    world: World,
) -> Draft:
    """The answer about one rate over a bounded period."""
    together(world, [hogql(around.SEEN)], requests())
    what, renamed = _with_older_names(what, span, baseline, world)
    compared = tracked(comparable(span, baseline, world.clock), _since(what, world))
    if not compared.near:
        return _alone(plan, what, span, world)
    (rows,) = world.look(hogql(what.query((span, *compared.near), world)))
    cells, whole = rate_cells(rows.rows, len(what.steps), world)
    if whole is None or not whole.now[0]:
        said = f"Nobody entered {what.steps[0]} in {dates(span)}, so there is no {what.what}."
        return Draft("declined", said, window=window(span, world), plan=plan)
    if not whole.before[0]:
        return _alone(plan, what, span, world)
    assumed = (*renamed, *_assumed(what, span, world))
    case = RateCase(plan, what, compared, claimed, world, whole, tuple(cells), assumed)
    return _answer(case)


def _answer(case: RateCase) -> Draft:
    """Whether it is so; if it is, what came of the mix and what of the rates within."""
    holds = _holds(case)
    first = rate_words.premise(case, holds)
    if holds == "no" and case.claimed:
        return _draft(case, f"{first}.", "", [rate_words.periods(case)])
    found = mixes(case.cells, case.whole)
    mix = shifted(found, case.whole, case.preferred)
    parts = rate_parts(found, case.whole)
    part = None if mix else telling(parts)
    top = rate_words.top(case, found, mix, part)
    tables = [rate_words.periods(case), *rate_words.steps_table(case)]
    tables += rate_words.values_table(mix, parts)
    return _draft(case, f"{first}. {top}.", rate_words.text(case, found, mix), tables)


def _holds(case: RateCase) -> Holds:
    """Whether the rate changed as it is said to."""
    now, before = case.whole.now, case.whole.before
    z = two_shares(now[-1], now[0], before[-1], before[0])
    rough = _roughness(case)
    chance = tail(z / rough**0.5, PRIOR + freedom(len(case.compared.near)))
    size, way = abs(case.change) / max(case.usual, 1e-9), "up" if case.change > 0 else "down"
    if case.claimed and way != ("up" if case.claimed == "up" else "down"):
        return "no"
    if chance < UNLIKELY and size >= FAINT:
        return "yes"
    return "perhaps" if size >= CLEAR else "no"


def _roughness(case: RateCase) -> float:
    """By how much the rates of the periods before vary more than by chance, leaning on 1."""
    slices = case.whole.slices
    own = len(slices) - 1
    usual = case.usual
    chi = sum(
        (one[-1] - one[0] * usual) ** 2 / max(one[0] * usual * (1 - usual), 1e-9) for one in slices
    )
    return max(1.0, (PRIOR + chi) / (PRIOR + own)) if own else UNKNOWN_ROUGH


def _alone(plan: Trends | Funnel, what: Rate, span: Span, world: World) -> Draft:
    said = (
        f"Whether the {what.what} changed in {dates(span)} can't be told: there is no earlier "
        "period in which it was tracked."
    )
    return Draft("declined", said, window=window(span, world), plan=plan)


def _draft(case: RateCase, head: str, text: str, tables: Sequence[AnswerTable]) -> Draft:
    return Draft(
        "answered",
        head,
        text,
        tuple(tables),
        window(case.compared.span, case.world),
        case.assumptions,
        plan=case.plan,
    )


def _assumed(what: Rate, span: Span, world: World) -> list[str]:
    if what.funnel is None:
        return []
    late, who = what.late(span, world.clock), "sessions" if what.funnel.by_session else "people"
    return [
        f"{who} who enter in a period, and what they do up to {late.days} days after it, "
        "alike for all periods"
    ]


def _since(what: Rate, world: World) -> datetime | None:
    """When all that the rate is of was tracked."""
    known = seen(world)
    firsts = [found[0] for events in _events(what) if (found := between(events, known))]
    return max(firsts, default=None)


def _events(what: Rate) -> list[tuple[str, ...]]:
    if what.funnel:
        return [one.events for one in what.funnel.steps if one.events]
    return [one.events for one in what.pair or () if one.events]


def _with_older_names(
    what: Rate, span: Span, baseline: Span | None, world: World
) -> tuple[Rate, list[str]]:
    """The rate over older names of its events too, where the periods before need them."""
    first, known, notes = comparable(span, baseline, world.clock).first, seen(world), []

    def wider(events: tuple[str, ...]) -> tuple[str, ...]:
        found, said = older_names(events, first, known, world)
        notes.extend([said] if said else [])
        return found

    if what.funnel:
        steps = tuple(replace(one, events=wider(one.events)) for one in what.funnel.steps)
        return replace(what, funnel=replace(what.funnel, steps=steps)), notes
    if what.pair is None:
        return what, notes
    hits, of = what.pair
    pair = (replace(hits, events=wider(hits.events)), replace(of, events=wider(of.events)))
    return replace(what, pair=pair), notes
