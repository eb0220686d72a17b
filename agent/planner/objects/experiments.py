"""Answers about experiments: which there are, their results, and how far to trust them."""

from collections.abc import Sequence

from agent.answer import Draft
from agent.planner.objects import lookups, naming, phrases, telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.experiment_advice import advice
from agent.planner.objects.experiment_changes import unknown
from agent.planner.objects.experiment_results import results, split
from agent.planner.world import World
from tools.experiments import Experiment
from tools.wording import joined

COLUMNS = ("experiment", "state", "flag", "split in %", "metrics", "from", "to")


def experiment_answer(asked: Asked, world: World) -> Draft | None:
    """The answer to a question about experiments, None when it is about something else."""
    about = asked.says("noun.experiment")
    shaped = asked.says("experiment.did", "experiment.split", "experiment.asked", "noun.variant")
    if about and (general := advice(asked)):
        return general
    measured = asked.says("experiment.metric") and not asked.has("exposure|exposures")
    if measured or not (about or shaped):
        return None
    if not about and lookups.softly(world, ("list_experiments", {})) is None:
        return None
    experiments = lookups.experiments(world)
    chosen = _spelled(asked, experiments)
    if chosen is None and not about:
        return None
    if chosen is None and asked.says("experiment.list"):
        return _list(asked, experiments, world)
    if not asked.says("experiment.results", "experiment.split", "experiment.did", "experiment.why"):
        return _list(asked, [chosen], world) if chosen else None
    return _results(asked, chosen, experiments, world)


def _spelled(asked: Asked, experiments: Sequence[Experiment]) -> Experiment | None:
    """The experiment whose name, or whose flag, is written."""
    names = {one.name: one for one in experiments} | {one.flag: one for one in experiments}
    found = naming.named(asked, names)
    return names[found[0].name] if found else None


def _results(
    asked: Asked, chosen: Experiment | None, experiments: Sequence[Experiment], world: World
) -> Draft | None:
    if not experiments:
        return telling.answered("The project has no experiments.")
    if chosen is None and asked.quoted:
        return unknown(asked, experiments)
    note = ""
    if chosen is None:
        chosen, note = _meant(asked, experiments)
    (facts,) = world.look(("get_experiment", {"name": str(chosen.id)}))
    if asked.says("experiment.split") and not asked.has("conversion|ship"):
        return split(facts, note, world)
    return results(asked, facts, note, world)


def _meant(asked: Asked, experiments: Sequence[Experiment]) -> tuple[Experiment, str]:
    """The experiment that a question without a name is about, and that this was assumed."""
    texts = {
        str(one.id): f"{one.name} {one.description} {' '.join(one.metrics)}" for one in experiments
    }
    left = naming.topic(asked, *phrases.word_set("experiment.plain"))
    about = naming.related(left, texts)
    pool = [one for one in experiments if str(one.id) in about] or list(experiments)
    latest = max(pool, key=lambda one: one.started or "")
    others = [one.name for one in experiments if one.id != latest.id]
    if len(experiments) == 1 or (len(about) == 1 and about):
        return latest, ""
    return latest, f"no experiment was named, so this is the latest; there is also {joined(others)}"


def _list(asked: Asked, experiments: Sequence[Experiment], world: World) -> Draft:
    """The experiments of the state that is asked for."""
    state = (
        "running"
        if asked.has("running|active|live|current|currently")
        else (
            "complete"
            if asked.has("finished|concluded|complete|completed|past|ended|done")
            else "draft"
            if asked.has("draft|drafts|planned")
            else ""
        )
    )
    kept = [one for one in experiments if state in ("", one.status)]
    total = telling.many(len(experiments), "experiment")
    if not kept:
        return telling.answered(
            f"None of the {total} is {state}." if state else "The project has no experiments."
        )
    rows = [_row(one, world) for one in kept]
    names = joined([_named(one, world) for one in kept])
    head = (
        f"{len(kept)} of {total} {'is' if len(kept) == 1 else 'are'} {state}"
        if state
        else f"There are {total}"
    )
    return telling.answered(
        f"{head}: {names}.",
        "Ask for the results of one of them by its name.",
        tables=[telling.table(COLUMNS, rows)],
        assumptions=(f"as of {telling.now(world)}",),
    )


def _named(one: Experiment, world: World) -> str:
    when = f" (since {telling.day(one.started, world)})" if one.status == "running" else ""
    return f"{one.name}{when}"


def _row(one: Experiment, world: World) -> tuple[str, ...]:
    return (
        one.name,
        one.status,
        one.flag,
        ", ".join(f"{name} {share:g}" for name, share in one.split.items()),
        joined(one.metrics),
        telling.day(one.started, world) if one.started else "not started",
        telling.day(one.ended, world) if one.ended else "",
    )
