"""Experiments that are to be launched or ended, or to give everybody one variant."""

from agent.answer import Draft
from agent.planner.objects import telling
from agent.planner.objects.asked import Asked
from agent.planner.objects.deeds import OFF, deed
from agent.planner.world import Request, World
from tools.experiments import Experiment

CONCLUSIONS = ("won", "lost", "inconclusive", "invalid")


def ending(asked: Asked, one: Experiment, now: str, where: str, world: World) -> Draft | None:
    """A step in the life of an experiment, None where it is another change of it."""
    if asked.opens("write.disable") or asked.has("end|stop|finish|conclude|terminate"):
        said = [word for word in CONCLUSIONS if asked.has(word)]
        conclusion = {"conclusion": said[0]} if said else {}
        call: Request = ("end_experiment", {"experiment": str(one.id), **conclusion})
        note = "Ending it fixes the results; its flag goes on giving variants until it is changed."
        return deed(call, world) or _told(f"{one.name} would be ended", note, now, where)
    variants = [key for key in one.split if asked.has(key)]
    if asked.has("ship|serve|roll") and variants:
        shipping = {"experiment": str(one.id), "variant": variants[0]}
        note = "An experiment that runs is ended first, so that its results are not bent."
        return deed(("ship_variant", shipping), world) or _told(
            f"{one.name} would give {variants[0]} to everybody", note, now, where
        )
    if asked.has("launch|start|begin|run|activate|release"):
        note = "From then on people see its variants, and the results count them."
        return deed(("launch_experiment", {"experiment": str(one.id)}), world) or _told(
            f"{one.name} would be launched", note, now, where
        )
    return None


def _told(headline: str, *notes: str) -> Draft:
    return telling.declined(f"{headline}. Nothing was changed: {OFF}.", *notes)
