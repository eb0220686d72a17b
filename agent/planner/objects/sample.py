"""How many people an experiment needs, and how long that takes with this project's traffic."""

import re
from math import ceil

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.catalogue import events_for, spelled_events
from agent.planner.world import World
from tools.literals import literal

POWER = 16
"""80% power at 95% confidence: n = 16 · p(1 - p) / d², as PostHog's own calculator has it."""


def sample_answer(asked: Asked, world: World) -> Draft | None:
    """The sample size for a lift, None when none is asked for."""
    sized = asked.says("sample.size") and asked.has(
        "sample|detect|detectable|lift|uplift|power|effect"
    )
    if not sized:
        return None
    lift, relative = _lift(asked.text)
    if lift is None:
        return telling.asks(
            "How small a change should be found? Name it in percentage points, as in “a 2-point"
            " lift in booking conversion”.",
            "The smaller the change, the more people are needed: half the change takes four times"
            " as many.",
        )
    event = _event(asked, world)
    told = _baseline(asked.text)
    if event is None and told is None:
        return telling.asks(
            "A lift in what? Name the event that counts as converting, or a baseline such as “from"
            " 12%”."
        )
    return _sized(lift, relative, event, told, world)


def _sized(
    lift: float, relative: bool, event: str | None, told: float | None, world: World
) -> Draft:
    converted, active, weekly = _traffic(event, world)
    share = told / 100 if told is not None else converted / active if active else 0.0
    apart = share * lift / 100 if relative else lift / 100
    basis = (
        f"baseline {100 * share:.1f}%: {converted:,} of {active:,} people active in the last 30"
        f" days did {event}"
    )
    basis = f"the baseline {told:g}% as you say" if told is not None else basis
    if not 0 < share < 1 or not 0 < apart < 1:
        return telling.declined(
            f"With a baseline of {100 * share:.1f}% no such lift can be planned.", f"{basis}."
        )
    each = ceil(POWER * share * (1 - share) / apart**2)
    weeks = max(2, ceil(2 * each / weekly)) if weekly else None
    time = f"about {weeks} weeks" if weeks is not None else "an unknown time"
    row = (round(100 * share, 2), round(100 * (share + apart), 2), each, 2 * each, weekly)
    columns = ("baseline %", "to %", "per variant", "two variants", "active in 7 days")
    method = (
        f"To find a change from {100 * share:.1f}% to {100 * (share + apart):.1f}%, with 80% power "
        "at 95% confidence: 16 · p(1 - p) / d² per variant, as PostHog's own calculator counts."
    )
    return telling.answered(
        f"About {each:,} people per variant, {2 * each:,} in a test of two variants, which takes "
        f"{time} if everybody active takes part.",
        method,
        f"{weekly:,} people were active in the last 7 days; the same people come back, so count on "
        "more time than less, and on two whole weeks at least.",
        "If only a part of them reaches the tested page, its time grows by as much.",
        tables=[telling.table(columns, [row])],
        assumptions=(basis, f"as of {telling.now(world)}"),
        stated=f"{method} {time}",
    )


def _lift(text: str) -> tuple[float | None, bool]:
    """The change to be found, and whether it is relative."""
    found = re.search(
        r"(\d+(?:\.\d+)?)\s*(?:-|\s)?(?:percentage\s+)?(?:points?|pts?|pp|p\.p\.)\b",
        text,
        re.IGNORECASE,
    )
    if found:
        return float(found[1]), False
    found = re.search(
        r"(\d+(?:\.\d+)?)\s*(?:%|percent)\s+(?:\w+\s+)?(?:lift|uplift|increase|improvement|change"
        r"|effect|more)",
        text,
    )
    return (float(found[1]), True) if found else (None, False)


def _baseline(text: str) -> float | None:
    found = re.search(
        r"(?:from|baseline(?: of| is)?|currently(?: at)?|at)\s+(\d+(?:\.\d+)?)\s*%", text
    )
    return float(found[1]) if found else None


def _event(asked: Asked, world: World) -> str | None:
    spelled = spelled_events(asked, world)
    if spelled:
        return spelled[0].name
    words = naming.topic(asked, *phrases.word_set("sample.plain"))
    found = events_for(words, world, described=False) if words else []
    return found[0].name if found and found[0].share >= 0.85 else None


def _traffic(event: str | None, world: World) -> tuple[int, int, int]:
    """Who did the event and who was active in the last 30 days, and who in the last 7."""
    did = f"event = {literal(event)}" if event else "1 = 0"
    found = lookups.table(
        world,
        f"SELECT uniqIf(person_id, {did}), uniq(person_id), uniqIf(person_id, timestamp >= now() -"
        " INTERVAL 7 DAY) FROM events WHERE timestamp >= now() - INTERVAL 30 DAY AND timestamp <"
        " now()",
        1,
    )
    converted, active, weekly = found.rows[0]
    return int(converted), int(active), int(weekly)
