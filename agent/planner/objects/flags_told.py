"""One feature flag in words."""

import re

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.objects.asked import Asked
from agent.planner.world import World
from tools.flag_words import Condition, Flag, condition_said, said
from tools.flags import FlagFacts
from tools.wording import joined


def state(flag: Flag) -> str:
    """Whether a flag is on, for whom, and with which variants."""
    if not flag.on:
        return f"{flag.key} is off, so nobody gets it; its conditions are: {said(flag)}."
    if flag.widest == 0:
        return f"{flag.key} is on, but at 0%, so nobody gets it."
    split = joined([f"{one.key} {one.share:g}%" for one in flag.variants])
    return f"{flag.key} is on for {said(flag)}{f'; of them {split}' if split else ''}."


def explained(flag: Flag, world: World) -> Draft:
    """All that is known of a flag."""
    (facts,) = world.look(("get_flag", {"key": flag.key}))
    full = facts.flag
    rows = [
        (n, one.words or "everyone", one.rollout, one.meeting, _expected(one))
        for n, one in enumerate(full.conditions, 1)
    ]
    columns = ("condition", "who", "rollout in %", "who meet it now", "about how many get it")
    return telling.answered(
        state(full),
        _sizes(full),
        _background(facts, world),
        tables=[telling.table(columns, rows)] if rows else [],
        assumptions=(f"as of {telling.now(world)}",),
    )


def reach_of(asked: Asked, flag: Flag, world: World) -> Draft:
    """How many would get a flag at another rollout."""
    wanted = _percent(asked)
    (facts,) = world.look(("get_flag", {"key": flag.key}))
    full: Flag = facts.flag
    if wanted is None:
        return explained(flag, world)
    if not 0 <= wanted <= 100:
        return telling.declined(
            f"A rollout is between 0% and 100%: {wanted:g}% is not possible.", state(full)
        )
    if len(full.conditions) != 1 or full.conditions[0].meeting is None:
        return telling.declined(
            f"{flag.key} has {len(full.conditions)} conditions whose people overlap, so the number"
            " can't be told.",
            state(full),
        )
    one = full.conditions[0]
    before, after = (_share(one, share) for share in (one.rollout if full.on else 0.0, wanted))
    off = "" if full.on else " once it is turned on"
    return telling.answered(
        f"About {after:,} of {one.total:,} {_noun(full)} would get {flag.key} at {wanted:g}%{off}: "
        f"{wanted:g}% of the {one.meeting:,} who meet its condition.",
        f"Now it is at {one.rollout:g}%{'' if full.on else ' but off'}: about {before:,}.",
        "Who is in is decided by a hash of the id, so the real number differs a little.",
        tables=[
            telling.table(
                ("rollout in %", "who meet it", "about how many get it"),
                [(one.rollout, one.meeting, before), (wanted, one.meeting, after)],
            )
        ],
        assumptions=(f"as of {telling.now(world)}", "the condition stays as it is"),
    )


def _sizes(flag: Flag) -> str:
    """How many are reached, where that can be told."""
    told = [
        f"{condition_said(one, flag)}: {one.meeting:,} of {one.total:,} {_noun(flag)} meet it"
        + (
            f", so about {_share(one, one.rollout):,} get it"
            if one.rollout < 100 and flag.on
            else ""
        )
        for one in flag.conditions
        if one.meeting is not None and one.total is not None
    ]
    several = " Who meets several is counted in each." if len(told) > 1 else ""
    return f"{'; '.join(told)}.{several}" if told else ""


def _background(facts: FlagFacts, world: World) -> str:
    flag = facts.flag
    parts = [
        f"“{flag.description}”" if flag.description else "",
        f"experiment {joined(flag.experiments)}" if flag.experiments else "",
        (
            f"last changed {telling.at(flag.changed_at, world)} by"
            f" {flag.changed_by or 'somebody unknown'}"
        ),
        (
            f"last called {telling.at(flag.last_called_at, world)}"
            if flag.last_called_at
            else "never called"
        ),
    ]
    return f"{'; '.join(part for part in parts if part)}."


def _expected(one: Condition) -> int | None:
    return None if one.meeting is None else _share(one, one.rollout)


def _share(one: Condition, percent: float) -> int:
    return round((one.meeting or 0) * percent / 100)


def _noun(flag: Flag) -> str:
    return "persons" if flag.reaches == "persons" else f"{flag.reaches} groups"


def _percent(asked: Asked) -> float | None:
    found = re.search(r"(-?\d+(?:\.\d+)?)\s*(?:%|percent|per cent)", asked.text)
    return float(found[1]) if found else None
