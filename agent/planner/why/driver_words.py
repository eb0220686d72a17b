"""Behaviours beside an outcome, in words and a table."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.answer import AnswerTable, Draft
from agent.planner.english.windows import Span
from agent.planner.plan import Series
from agent.planner.why.comparable import dates
from agent.planner.why.conditions import said
from agent.planner.why.drivers import Driver
from agent.planner.why.figures import figure, listed, percent, points, table, window
from agent.planner.world import World

if TYPE_CHECKING:
    from agent.planner.why.driving import Outcome

ROWS = 15
NAMED = 3
CAUTION = (
    "This is what goes together, not what causes what: whoever likes the product does more of it "
    "and also stays. Only an experiment tells whether bringing more people to do it would change "
    "anything."
)


def told(
    found: Sequence[Driver],
    everyone: Driver,
    outcome: "Outcome",
    period: Span,
    world: World,
    notes: Sequence[str],
    asked: Sequence[str],
    *,
    whole: bool,
) -> Draft:
    """The answer, with the windows and the caution that belong to it."""
    rate = 1 - everyone.did.rate if outcome.absent else everyone.did.rate
    base = (
        f"{percent(rate)} of the {figure(everyone.did.people)} people {_began(outcome)} "
        f"{_outcome(outcome)}"
    )
    clear = [one for one in found if one.bound > 0]
    if asked and len(found) == 1:
        first = _judged(found[0])
    elif clear:
        first = f"The most goes with {_line(clear[0])}"
    else:
        first = f"None of the {len(found)} things looked at goes with it beyond chance"
    text = [f"{i}. {_capital(_line(one))}." for i, one in enumerate(clear[1:NAMED], 2)]
    loose = [one.name for one in clear if not one.sure]
    if loose:
        text.append(
            f"Not beyond chance among people who were as active: {listed(loose)}. Their difference "
            "may be that active people do more of everything."
        )
    text += [] if whole else ["There were more kinds of events than could be looked at."]
    return Draft(
        "answered",
        f"{base}. {first}.",
        "\n".join([*text, _windows(outcome), CAUTION]),
        (_table(found),) if found else (),
        window(period, world),
        tuple(notes),
        stated=f"{_outcome(outcome)} {_windows(outcome)}",
    )


def too_early(asked: Span, outcome: "Outcome", world: World) -> Draft:
    """Nobody has had both windows yet."""
    days = (outcome.first + outcome.later).days
    said_ = (
        f"It can't be told yet for {asked.label or dates(asked)}: the windows take {days} days, "
        "and nobody who began then has had them."
    )
    return Draft("declined", said_, "Name an earlier period.", window=window(asked, world))


def too_few(everyone: Driver, outcome: "Outcome", period: Span, world: World) -> Draft:
    """Not enough people to say anything."""
    said_ = (
        f"Too few to tell: only {figure(everyone.did.people)} people {_began(outcome)} in "
        f"{dates(period)} and had both windows."
    )
    return Draft("declined", said_, window=window(period, world))


def series_words(one: Series) -> str:
    """A behaviour as it is called in the answer."""
    event = " or ".join(one.events) or "any event"
    conditions = " and ".join(map(said, one.filters))
    return f"{event} with {conditions}" if conditions else event


def _line(one: Driver) -> str:
    low, high = (f"{100 * bound:+.0f}" for bound in (one.low, one.high))
    times = (
        f" (\N{MULTIPLICATION SIGN}{one.did.rate / one.others.rate:.1f})" if one.others.rate else ""
    )
    alike = f"; among people as active {points(one.alike)}" if one.alike_error else ""
    return (
        f"{_name(one)}: {percent(one.did.rate)} of {figure(one.did.people)} against "
        f"{percent(one.others.rate)} of the other {figure(one.others.people)}{times}, a "
        f"difference of {points(one.gap)} (interval {low} to {high}){alike}"
    )


def _judged(one: Driver) -> str:
    """The answer about the one behaviour that was asked about."""
    if not one.bound:
        return f"No difference beyond chance: {_line(one)}"
    kind = "Yes" if one.gap > 0 else "No, the other way round"
    active = "" if one.sure else ", but not beyond chance among people as active"
    return f"{kind}{active}: {_line(one)}"


def _name(one: Driver) -> str:
    if not one.times:
        return f"{one.name} {one.value or '(empty)'}"
    return f"{one.name} at least {one.times} times" if one.times > 1 else one.name


def _began(outcome: "Outcome") -> str:
    event = series_words(outcome.begin)
    return "who were first seen" if event == "any event" else f"with a first {event}"


def _outcome(outcome: "Outcome") -> str:
    event = series_words(outcome.wanted)
    what = "came back" if event == "any event" else f"had {event}"
    if outcome.absent:
        what = "did not come back" if event == "any event" else f"had no {event}"
    return f"{what} {_length(outcome.first)} to {_length(outcome.first + outcome.later)} later"


def _windows(outcome: "Outcome") -> str:
    early = (
        ""
        if series_words(outcome.wanted) == "any event"
        else " Who had the outcome in the first window already is left out."
    )
    return (
        f"Behaviour counts in the first {_length(outcome.first)} after a person began, the "
        f"outcome only in the {_length(outcome.later)} after that.{early} Intervals are wide "
        "enough for all that were looked at together (95 %)."
    )


def _table(found: Sequence[Driver]) -> AnswerTable:
    rows = [
        (
            _name(one),
            round(one.did.people),
            percent(one.did.rate),
            round(one.others.people),
            percent(one.others.rate),
            points(one.gap),
            f"{100 * one.low:+.1f} to {100 * one.high:+.1f}",
            points(one.alike) if one.alike_error else "",
        )
        for one in found[:ROWS]
    ]
    columns = (
        "did in the first window", "people", "rate", "other people", "their rate", "difference",
        "interval", "among as active",
    )  # fmt: skip
    return table(columns, rows, len(found))


def _length(length: timedelta) -> str:
    return f"{length.days} day{'s' if length.days != 1 else ''}"


def _capital(text: str) -> str:
    return text if {"_", "$"} & set(text.split()[0]) else text[0].upper() + text[1:]
