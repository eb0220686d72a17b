"""Tools that propose to launch or end an experiment, or to give one of its variants to everybody.

A person who approves one reads on its card how far the results carry it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from tools.base import Args, tool
from tools.changes.change import Change, Difference, Risk
from tools.changes.flag_state import flag_state, weighed
from tools.changes.kinds import EXPERIMENT, FLAG, Stored
from tools.changes.propose import Wish, patch, propose
from tools.changes.times import now_of, said, written
from tools.client import PostHog
from tools.errors import ChangeRefused, InvalidArguments
from tools.experiments import (
    ExperimentFacts,
    GetExperiment,
    MetricResult,
    VariantResult,
    get_experiment,
    read_experiment,
)
from tools.objects import named
from tools.wording import joined

Conclusion = Literal["won", "lost", "inconclusive", "stopped_early", "invalid"]


class ExperimentArgs(Args):
    """Arguments of a tool about one experiment."""

    experiment: str
    """The experiment's name or id."""


class EndExperiment(ExperimentArgs):
    """Arguments of end_experiment."""

    conclusion: Conclusion | None = None
    """What came of it; null to leave that open."""

    comment: str = ""
    """Why, for whoever reads it later."""


class ShipVariant(ExperimentArgs):
    """Arguments of ship_variant."""

    variant: str
    """The variant that everybody is to get."""


@tool("experiment:write")
def launch_experiment(posthog: PostHog, args: ExperimentArgs) -> Change:
    """Propose to launch a draft experiment now."""
    body = _found(posthog, args.experiment)
    one = read_experiment(body)
    if one.started:
        raise ChangeRefused(f"{one.name} was launched already and is {one.status}.")
    now = now_of(posthog)
    flag = body.get("feature_flag") or {}
    wish = Wish(
        f"launch the experiment {one.name}",
        (
            Difference("state", "draft", "running"),
            Difference("started", "not yet", said(posthog, now)),
            Difference("variants", "", _split(one.split)),
        ),
        patch(EXPERIMENT, body, {"start_date": written(now)}),
        {"start_date": written(now)},
        Risk.HIGH,
        "people see its variants",
        "make it a draft again; who saw a variant saw it",
        (
            f"It is measured by {joined(one.metrics)}." if one.metrics else "It has no metric yet.",
            "" if flag.get("active") else f"Its flag {one.flag} is off: see that it is on then.",
        ),
    )
    return propose(posthog, "launch_experiment", EXPERIMENT, body, wish)


@tool("experiment:write", "query:read")
def end_experiment(posthog: PostHog, args: EndExperiment) -> Change:
    """Propose to end a running experiment now; its flag goes on giving variants."""
    body = _found(posthog, args.experiment)
    one = read_experiment(body)
    if one.status != "running":
        raise ChangeRefused(f"{one.name} is not running: it is {one.status}.")
    now = now_of(posthog)
    fields: dict[str, Any] = {"end_date": written(now)}
    told = {"conclusion": args.conclusion, "conclusion_comment": args.comment}
    fields |= {name: value for name, value in told.items() if value}
    wish = Wish(
        f"end the experiment {one.name}",
        (
            Difference("state", "running", "complete"),
            Difference("ended", "not yet", said(posthog, now)),
            *(
                Difference(name.replace("_", " "), str(body.get(name) or ""), str(fields[name]))
                for name in told
                if name in fields
            ),
        ),
        patch(EXPERIMENT, body, fields),
        fields,
        Risk.HIGH,
        "its results are fixed by it",
        "let it go on; what happens until then counts as well",
        (
            *_results(_facts(posthog, body)),
            f"The flag {one.flag} goes on giving variants: ship one, or turn it off.",
        ),
    )
    return propose(posthog, "end_experiment", EXPERIMENT, body, wish)


@tool("feature_flag:write", "experiment:read", "query:read")
def ship_variant(posthog: PostHog, args: ShipVariant) -> Change:
    """Propose that everybody gets one variant of an experiment that has ended, by its flag."""
    body = _found(posthog, args.experiment)
    one = read_experiment(body)
    if one.status != "complete":
        raise ChangeRefused(
            f"{one.name} is {one.status}: end it first, as another split while it runs bends its "
            "results."
        )
    state = flag_state(posthog, one.flag)
    known = [variant.key for variant in state.flag.variants]
    if args.variant not in known:
        raise InvalidArguments(f"{one.name} has no variant {args.variant!r}, only {joined(known)}.")
    filters = _shipping(state.filters(), args.variant)
    old = {variant.key: variant.share for variant in state.flag.variants}
    on = bool(state.body.get("active"))
    _, _, notes = weighed(state, filters, on=on, moved=1 - old[args.variant] / 100)
    sent = FLAG.guarded({"filters": filters})
    wish = Wish(
        f"ship the variant {args.variant} of {one.name} to everybody",
        (
            *(
                Difference(f"variant {key}", f"{share:g}%", f"{100 * (key == args.variant)}%")
                for key, share in old.items()
            ),
            Difference("who gets it", state.words() if on else "nobody", _everyone(on)),
        ),
        patch(FLAG, state.body, sent),
        sent,
        Risk.HIGH,
        "everybody gets it",
        "set the split and the conditions back as they were",
        (
            *_claim(_facts(posthog, body), args.variant),
            *notes,
            "" if on else f"{state.key} is off, so nobody gets it until it is turned on.",
        ),
    )
    return propose(posthog, "ship_variant", FLAG, state.body, wish)


def _found(posthog: PostHog, name: str) -> Stored:
    found = named(posthog, EXPERIMENT.route, name, EXPERIMENT.label)
    return EXPERIMENT.read(posthog, found["id"]) or found


def _facts(posthog: PostHog, body: Stored) -> ExperimentFacts:
    facts = get_experiment.function(posthog, GetExperiment(name=str(body["id"])))
    if not isinstance(facts, ExperimentFacts):
        raise TypeError("get_experiment tells no facts of an experiment")
    return facts


def _shipping(filters: dict[str, Any], variant: str) -> dict[str, Any]:
    """Filters that give one variant to everybody, the conditions of before kept below."""
    variants = filters["multivariate"]["variants"]
    split = [{**v, "rollout_percentage": 100 if v["key"] == variant else 0} for v in variants]
    filters["multivariate"] = {**filters["multivariate"], "variants": split}
    kept = filters.get("groups") or []
    everybody: dict[str, Any] = {
        "properties": [],
        "rollout_percentage": 100,
        "variant": None,
        "aggregation_group_type_index": filters.get("aggregation_group_type_index"),
    }
    filters["groups"] = [everybody, *({**group, "variant": None} for group in kept)]
    return filters


def _results(facts: ExperimentFacts) -> Iterator[str]:
    """What the results say, and what speaks against trusting them."""
    if facts.problem:
        yield f"Caution: its results can't be read, because {facts.problem}."
    for result in facts.results:
        others = [one for one in result.variants if one.difference_percent is not None]
        told = [_told(one) for one in others]
        yield f"{result.metric}: {joined(told) or result.problem or 'no results yet'}."
    if not facts.problem and not facts.results:
        yield "Caution: it has no metric, so nothing speaks for any variant."
    yield from (f"Caution: {one}." for one in facts.cautions)


def _claim(facts: ExperimentFacts, variant: str) -> Iterator[str]:
    """How far the results carry that a variant is the one to keep."""
    control = next(iter(facts.experiment.split), "")
    unproven = [one.metric for one in facts.results if not _wins(one, variant, control)]
    if facts.results and len(unproven) == len(facts.results):
        yield f"Caution: by no metric is {variant} significantly the best."
    elif unproven:
        yield f"Caution: by {joined(unproven)} {variant} is not significantly the best."
    yield from _results(facts)


def _wins(result: MetricResult, variant: str, control: str) -> bool:
    """Whether a variant is better than control for sure; control, whether none is better."""
    better = {one.variant for one in result.variants if one.significant and _gain(result, one) > 0}
    worse = {one.variant for one in result.variants if one.significant and _gain(result, one) < 0}
    others = {one.variant for one in result.variants} - {control}
    return variant in better if variant != control else bool(others) and others <= worse


def _gain(result: MetricResult, one: VariantResult) -> float:
    found = one.difference_percent or 0.0
    return -found if result.goal == "decrease" else found


def _told(one: VariantResult) -> str:
    sure = "significant" if one.significant else "not significant"
    span = (
        ""
        if one.low_95_percent is None or one.high_95_percent is None
        else f" ({one.low_95_percent:+.1f}% to {one.high_95_percent:+.1f}%)"
    )
    return f"{one.variant} {one.difference_percent:+.1f}% from control{span}, {sure}"


def _everyone(on: bool) -> str:
    return "everyone" if on else "nobody"


def _split(split: Mapping[str, float]) -> str:
    return joined([f"{key} {share:g}%" for key, share in split.items()])
