"""Follow-ups: a short message that changes the last plan and keeps the rest."""

import re
from dataclasses import replace

from agent.planner import cues, declines, timing
from agent.planner.breakdowns import resolve, subjects
from agent.planner.filters import comparison_filters, leftover_filters
from agent.planner.lexicon import lexicon
from agent.planner.measures import choose
from agent.planner.plan import Breakdown, Filter, Plan, Reply, Unsure
from agent.planner.sheet import Sheet
from agent.planner.spans import choose_span, previous
from agent.planner.texts import text_filters, texts
from agent.planner.understand import understand
from agent.planner.values import proper_names
from agent.planner.windows import Span, Unit, aligned
from agent.planner.world import World

OPENERS = re.compile(
    r"^(and|what about|how about|now|same|only|just|but|or|ok|okay|then|instead|by|per|as|for|in|"
    r"on|split|break|show (it|that|this|me that)|make (it|that)|group|excluding|exclude|without|"
    r"can i (see|get|have) (it|that|this))\b",
    re.IGNORECASE,
)
SHORT = 3
YES = frozenset({"yes", "y", "yep", "yeah", "sure", "ok", "okay", "please"})


def follow_up(
    question: str, last: Plan | Reply | None, plan: Plan | None, world: World
) -> Plan | Reply | None:
    """What a message after an answer means, None when it is a question of its own."""
    if isinstance(last, Reply) and (chosen := _choice(question, last, world)):
        return chosen
    if question.strip(" .!").isdecimal():
        return declines.no_list()
    opened = OPENERS.match(question.strip()) is not None
    if plan is None or not (opened or len(question.split()) <= SHORT):
        return None
    return changed(question, plan, world, opened=opened)


def changed(question: str, plan: Plan, world: World, *, opened: bool) -> Plan | Reply | None:
    """The plan with what the message says changed, None when it does not only change it."""
    sheet = Sheet.of(question)
    words = {token.word for token in sheet.tokens if token.kind == "word"}
    if words and words <= lexicon().display:
        return plan
    try:
        return _changed(sheet, plan, world, opened=opened)
    except Unsure:
        return None


def _choice(question: str, asked: Reply, world: World) -> Plan | Reply | None:
    """The answer to a question of ours: its number, the choice itself, or yes to the only one."""
    said = question.strip().strip("`'\"“”.!").lower()
    pairs = zip(asked.choices, asked.rephrased, strict=False)
    for number, (choice, rephrased) in enumerate(pairs, 1):
        agreed = len(asked.choices) == 1 and said.split(" ")[0].strip(",") in YES
        if agreed or said in (str(number), choice.lower()):
            return understand(rephrased, world)
    return None


def _changed(sheet: Sheet, plan: Plan, world: World, *, opened: bool) -> Plan | Reply | None:
    sheet.take([0] if sheet.word(0) in ("and", "but", "or") else [])
    span = _span(sheet, plan, world)
    proper_names(world, sheet)
    interval = timing.interval(sheet, ())
    part = timing.part(sheet)
    limit, _ = cues.top(sheet)
    compared, partial = cues.comparisons(sheet), texts(sheet)
    renamed = _recalculated(sheet, _renamed(sheet, plan, world, opened=opened))
    event = renamed.measures[0].event
    splits = [Breakdown(part=part)] if part else []
    splits += _breakdowns(sheet, event, world)
    filters = (
        *comparison_filters(world, sheet, compared, event),
        *text_filters(world, sheet, partial, event),
        *leftover_filters(world, sheet, event),
    )
    if word := cues.ignored(sheet):
        return declines.half_understood(word) if opened else None
    if renamed == plan and not (span or interval or limit or splits or filters):
        return None
    only = {one.property for one in filters if one.operator == "=" and len(one.values) == 1}
    shown = _interval(plan, interval, bool(splits))
    asked = span or plan.span
    return replace(
        renamed,
        span=aligned(asked, shown, world.clock) if shown else asked,
        compare=None if span else plan.compare,
        interval=shown,
        limit=limit or plan.limit,
        breakdowns=tuple(splits) or tuple(b for b in plan.breakdowns if b.property not in only),
        filters=_merged(plan.filters, filters),
    )


def _recalculated(sheet: Sheet, plan: Plan) -> Plan:
    """The plan with another calculation over the same number ("and the median?")."""
    math, share = cues.math(sheet)
    total = math is None and "total" in {token.word for token in sheet.tokens}
    if math is None and not total:
        return plan
    if len(plan.measures) > 1 or plan.measures[0].property is None:
        raise Unsure(Reply("declined", "A question of its own."))
    measure = replace(plan.measures[0], math=math or "sum", percentile=share)
    return replace(plan, measures=(measure,))


def _span(sheet: Sheet, plan: Plan, world: World) -> Span | None:
    """The new period: named, or relative to the one before."""
    found = timing.periods(sheet, world.clock)
    if back := timing.against(sheet):
        return previous(plan.span, *back, world.clock)
    if not found:
        return None
    span = choose_span(found, world.clock)
    if isinstance(span, Reply):
        raise Unsure(span)
    return span


def _renamed(sheet: Sheet, plan: Plan, world: World, *, opened: bool) -> Plan:
    """The plan about another event ("what about signups?"), if the message names one."""
    subject = choose(world, sheet, sheet.free, plan.span)
    if subject is None:
        return plan
    simple = len(plan.measures) == 1 and plan.measures[0].property is None
    if not (opened and simple):
        raise Unsure(Reply("declined", "A question of its own."))
    sheet.take(subject.tokens)
    return replace(plan, measures=(replace(plan.measures[0], event=subject.event),))


def _breakdowns(sheet: Sheet, event: str | None, world: World) -> list[Breakdown]:
    """New splits: after "by", or asked for as in "which pages?"."""
    found = subjects(sheet, None)
    splits = []
    for phrase in (found.ranked, *found.by):
        if phrase and (split := resolve(world, sheet, phrase, event)):
            splits.append(split[0])
            sheet.take((*split[1], phrase[0] - 1))
    return splits


def _interval(plan: Plan, asked: Unit | None, split: bool) -> Unit | None:
    """A new split replaces the development over time, unless that is asked for again."""
    return asked or (None if split else plan.interval)


def _merged(old: tuple[Filter, ...], new: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """New conditions replace old ones on the same property."""
    named = {one.property for one in new}
    return (*(one for one in old if one.property not in named), *new)
