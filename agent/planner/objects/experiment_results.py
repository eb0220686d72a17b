"""The results of one experiment in words: per variant, with uncertainty, without overclaiming."""

from collections.abc import Iterator

from agent.answer import Draft
from agent.planner.objects import naming, telling
from agent.planner.objects.asked import Asked
from agent.planner.world import World
from tools.experiments import SKEWED, ExperimentFacts, MetricResult, VariantResult
from tools.wording import joined

COLUMNS = (
    "metric",
    "variant",
    "exposures",
    "value",
    "difference in %",
    "95% from",
    "95% to",
    "chance to win in %",
    "significant",
)


def results(asked: Asked, facts: ExperimentFacts, note: str, world: World) -> Draft:
    """What an experiment has shown, and how sure that is."""
    about = facts.experiment
    if facts.problem:
        return telling.declined(
            f"{about.name} has no results: {facts.problem}.", _state(facts, world)
        )
    chosen = _metric(asked, facts)
    rows = [_row(result, one) for result in facts.results for one in result.variants]
    told = sorted(facts.results, key=lambda one: one is not chosen)
    return telling.answered(
        f"{about.name}: {verdict(chosen) if chosen else 'it has no metrics, only exposures'}.",
        *(" ".join(_compared(one)) for one in told),
        _state(facts, world),
        _advice(asked, facts),
        _missing(asked, facts),
        tables=[telling.table(COLUMNS, rows)] if rows else [],
        assumptions=tuple(filter(None, (note, f"as of {telling.now(world)}", _method(facts)))),
    )


def split(facts: ExperimentFacts, note: str, world: World) -> Draft:
    """Whether the variants were seen in the shares that are configured."""
    about, total = facts.experiment, sum(facts.exposures.values())
    if facts.problem or not total:
        return telling.declined(
            f"{about.name} has no exposures to compare: {facts.problem or 'none yet'}."
        )
    rows = [
        (
            name,
            share,
            facts.exposures.get(name, 0),
            round(100 * facts.exposures.get(name, 0) / total, 1),
        )
        for name, share in about.split.items()
    ]
    seen = joined([f"{name} {real:g}%" for name, _, _, real in rows])
    wanted = joined([f"{name} {share:g}%" for name, share, _, _ in rows])
    off = facts.split_chance is not None and facts.split_chance < SKEWED
    unsure = total < 200
    verdict = "No" if off else "As far as so few exposures tell" if unsure else "Yes"
    chance = f"{facts.split_chance:.2g}" if facts.split_chance is not None else "unknown"
    return telling.answered(
        f"{verdict}: {about.name} is configured as {wanted}, and {total:,} people saw {seen}.",
        f"A split so uneven comes by chance with a probability of {chance} (chi-squared test)."
        + (
            " Something skews it, so its results are not to be trusted until that is found."
            if off
            else ""
        ),
        _state(facts, world),
        tables=[telling.table(("variant", "configured %", "exposures", "seen %"), rows)],
        assumptions=tuple(
            filter(None, (note, f"as of {telling.now(world)}", "people by the variant seen"))
        ),
    )


def _metric(asked: Asked, facts: ExperimentFacts) -> MetricResult | None:
    """The metric a question is about, else the first."""
    texts = {str(n): one.metric for n, one in enumerate(facts.results)}
    about = naming.related(naming.topic(asked), texts)
    return facts.results[int(about[0])] if about else next(iter(facts.results), None)


def verdict(result: MetricResult) -> str:
    """One metric in a sentence part: what is sure, or that nothing is."""
    if result.problem or len(result.variants) < 2:
        return f"“{result.metric}” can't be compared yet"
    control, *others = result.variants
    sure = [one for one in others if one.significant]
    if not sure:
        apart = joined([f"{one.variant} {_apart(one, control, result)}" for one in others])
        return f"no sure difference from {control.variant} on “{result.metric}” ({apart})"
    apart = joined([f"{one.variant} is {_apart(one, control, result)}" for one in sure])
    return f"{apart} from {control.variant} on “{result.metric}”, and that is significant"


def _apart(one: VariantResult, control: VariantResult, result: MetricResult) -> str:
    if result.unit and one.value is not None and control.value is not None:
        return f"{one.value - control.value:+.1f} points"
    return "without data" if one.difference_percent is None else f"{one.difference_percent:+.1f}%"


def _compared(result: MetricResult) -> Iterator[str]:
    """One metric: every variant's value, then each beside the control."""
    if result.problem:
        yield f"“{result.metric}” can't be computed: {result.problem}."
        return
    values = joined(
        [
            f"{_value(one, result)} in {one.variant} ({one.exposures:,} exposed)"
            for one in result.variants
        ]
    )
    goal = f" (goal: {result.goal})" if result.goal else ""
    yield f"“{result.metric}”{goal} is {values}."
    control = result.variants[0] if result.variants else None
    for one in result.variants[1:]:
        yield _difference(one, control, result)


def _difference(one: VariantResult, control: VariantResult | None, result: MetricResult) -> str:
    if one.low_95_percent is None or one.high_95_percent is None or one.difference_percent is None:
        return f"Nothing can be said of {one.variant} yet: there is too little data."
    points = ""
    if result.unit and control and control.value is not None and one.value is not None:
        points = f"{one.value - control.value:+.1f} percentage points, that is "
    sure = "significant" if one.significant else "not significant: it may be chance"
    name = control.variant if control else "control"
    return (
        f"{one.variant} against {name}: {points}{one.difference_percent:+.1f}% relative, "
        f"95% interval {one.low_95_percent:+.1f}% to {one.high_95_percent:+.1f}%, {sure}."
    )


def _value(one: VariantResult, result: MetricResult) -> str:
    return "nothing known" if one.value is None else f"{one.value:,.1f}{result.unit}"


def _state(facts: ExperimentFacts, world: World) -> str:
    one = facts.experiment
    span = f"since {telling.day(one.started, world)}" if one.started else ""
    if one.ended:
        span = f"from {telling.day(one.started, world)} to {telling.day(one.ended, world)}"
    days = f" ({facts.days:g} days)" if facts.days is not None else ""
    total = sum(facts.exposures.values())
    seen = f", {total:,} people exposed" if total else ""
    cautions = f" Caution: {'; '.join(facts.cautions)}." if facts.cautions else ""
    return f"State: {one.status} {span}{days}{seen}, flag {one.flag}.{cautions}"


def _advice(asked: Asked, facts: ExperimentFacts) -> str:
    """What the numbers allow to decide, when that is asked."""
    if not asked.has("should") and not asked.has("ship|launch|release"):
        return ""
    if facts.experiment.status == "running" or facts.cautions:
        return (
            "Not yet: the numbers do not carry a decision; let it run its planned time, then look"
            " again."
        )
    won = [
        one
        for result in facts.results[:1]
        for one in result.variants
        if one.significant and _good(one, result)
    ]
    if not won:
        return "The numbers give no reason to ship: no variant beats the control surely."
    doubts = [
        r.metric
        for r in facts.results[1:]
        for v in r.variants
        if v.difference_percent and not _good(v, r)
    ]
    watch = (
        f" Weigh it against {joined([f'“{one}”' for one in dict.fromkeys(doubts)])}, which went the"
        " wrong way"
        if doubts
        else ""
    )
    unsure = ", though that may be chance." if watch else ""
    return (
        f"By its first metric {won[0].variant} is better, so shipping it is"
        f" supported.{watch}{unsure}"
    )


def _good(one: VariantResult, result: MetricResult) -> bool:
    up = (one.difference_percent or 0) > 0
    return not up if result.goal == "decrease" else up


def _missing(asked: Asked, facts: ExperimentFacts) -> str:
    """Say so when a question asks for something that is no metric of the experiment."""
    if not asked.has("funnel|retention|revenue|activation|signup|sign"):
        return ""
    return (
        f"Its metrics are {joined([f'“{one.metric}”' for one in facts.results])}; others are not"
        " measured by it."
    )


def _method(facts: ExperimentFacts) -> str:
    return "PostHog's own test; each person counts for the variant seen" if facts.results else ""


def _row(result: MetricResult, one: VariantResult) -> tuple[object, ...]:
    rounded = (
        None if v is None else round(v, 1)
        for v in (
            one.difference_percent,
            one.low_95_percent,
            one.high_95_percent,
            one.chance_to_win_percent,
        )
    )
    return (result.metric, one.variant, one.exposures, one.value, *rounded, one.significant)
