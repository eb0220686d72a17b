"""Follow-ups: a short message that changes the last plan and keeps the rest."""

import re
from dataclasses import replace

from agent.planner import cues, timing
from agent.planner.breakdowns import resolve, subjects
from agent.planner.filters import leftover_filters
from agent.planner.plan import Filter, Plan, Reply, Unsure
from agent.planner.sheet import Sheet
from agent.planner.spans import choose_span
from agent.planner.understand import understand
from agent.planner.words import tokenize
from agent.planner.world import World

OPENERS = re.compile(
    r"^(and|what about|how about|now|same|only|just|but|or|ok|okay|then|instead|by|per|as|for|in|"
    r"on|split|break|show (it|that|this)|make (it|that)|group|exclud\w+|without|last|this|since)\b",
    re.IGNORECASE,
)
DISPLAY = frozenset(
    [
        "as",
        "table",
        "chart",
        "list",
        "bars",
        "bar",
        "show",
        "make",
        "it",
        "that",
        "this",
        "a",
        "an",
        "in",
        "numbers",
        "please",
        "csv",
        "can",
        "i",
        "get",
        "line",
    ]
)


def follow_up(question: str, previous: Plan | Reply | None, world: World) -> Plan | Reply | None:
    """The changed plan, or None when the message is a question of its own."""
    if isinstance(previous, Reply):
        return _choice(question, previous, world)
    if previous is None or not (OPENERS.match(question.strip()) or len(question.split()) <= 3):
        return None
    sheet = Sheet(question, tokenize(question))
    words = {token.word for token in sheet.tokens if token.kind == "word"}
    if words and words <= DISPLAY:
        return previous
    try:
        return _changed(sheet, previous, world)
    except Unsure:
        return None


def _choice(question: str, previous: Reply, world: World) -> Plan | Reply | None:
    """The answer to a question of ours: its number, or the choice itself."""
    said = question.strip().strip("`'\"“”.").lower()
    for number, (choice, rephrased) in enumerate(
        zip(previous.choices, previous.rephrased, strict=False), 1
    ):
        if said in (str(number), choice.lower()):
            return understand(rephrased, world)
    return None


def _changed(sheet: Sheet, plan: Plan, world: World) -> Plan | None:
    """The plan with a new period, interval, breakdown, limit or condition; None when none fits."""
    found = timing.periods(sheet, world.clock)
    span = choose_span(found, world.clock) if found else plan.span
    if isinstance(span, Reply):
        return None
    part = timing.part(sheet)
    interval = timing.interval(sheet, found)
    limit, _ = cues.top(sheet)
    event = plan.measures[0].event
    phrases = subjects(sheet, None).by
    splits = [split for phrase in phrases if (split := resolve(world, sheet, phrase, event))]
    sheet.take(i for _, tokens in splits for i in tokens)
    breakdowns = tuple(one for one, _ in splits)
    filters = tuple(leftover_filters(world, sheet, event)) if sheet.content(sheet.free) else ()
    if not (found or part or interval or limit or breakdowns or filters):
        return None
    changed = replace(
        plan,
        span=span,
        interval=interval or (None if breakdowns else plan.interval),
        limit=limit or plan.limit,
        breakdowns=breakdowns or plan.breakdowns,
        filters=_merged(plan.filters, filters),
    )
    return changed


def _merged(old: tuple[Filter, ...], new: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """New conditions replace old ones on the same property."""
    named = {one.property for one in new}
    return (*(one for one in old if one.property not in named), *new)
