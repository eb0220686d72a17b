"""From a question that is not about metrics to its answer."""

from collections.abc import Callable

from agent.answer import Draft
from agent.planner.glossary import NO_GLOSSARY, Glossary
from agent.planner.objects import naming
from agent.planner.objects.asked import Asked, asked
from agent.planner.objects.cohort_changes import cohort_change
from agent.planner.objects.cohorts import cohort_answer
from agent.planner.objects.definitions import definition_answer
from agent.planner.objects.experiment_changes import experiment_change
from agent.planner.objects.experiments import experiment_answer
from agent.planner.objects.exports import export_answer
from agent.planner.objects.flag_changes import flag_change
from agent.planner.objects.flags import flag_answer
from agent.planner.objects.help import help_answer
from agent.planner.objects.memory import memory_answer
from agent.planner.objects.person import person_answer
from agent.planner.objects.products import dropped_answer, errors_answer
from agent.planner.objects.quality import quality_answer
from agent.planner.objects.refusing import beyond_answer, product_answer, unsafe_answer
from agent.planner.objects.restoring import restoring
from agent.planner.objects.sample import sample_answer
from agent.planner.objects.saved import saved_answer
from agent.planner.objects.saved_changes import saved_change
from agent.planner.objects.scheduled_exports import scheduled_export
from agent.planner.objects.schema import schema_answer
from agent.planner.objects.vague import vague_answer
from agent.planner.world import World

ANSWERS: tuple[Callable[[Asked, World], Draft | None], ...] = (
    unsafe_answer,
    memory_answer,
    restoring,
    scheduled_export,
    flag_change,
    cohort_change,
    experiment_change,
    saved_change,
    export_answer,
    vague_answer,
    sample_answer,
    help_answer,
    person_answer,
    flag_answer,
    experiment_answer,
    cohort_answer,
    saved_answer,
    quality_answer,
    definition_answer,
    schema_answer,
    errors_answer,
    dropped_answer,
    product_answer,
    beyond_answer,
)
"""Each kind of question, in the order in which they are tried."""


OBJECTS = ("noun.dashboard", "noun.insight", "noun.annotation")


def ordered(question: str, world: World, glossary: Glossary = NO_GLOSSARY) -> Draft | None:
    """The answer to a plain order about an object, which no follow-up to an answer can mean."""
    read = asked(question, glossary)
    verbs = ("write.create", "write.delete", "write.rename", "write.undo")
    kept = read.opens(*verbs) and read.says(*OBJECTS)
    switch = read.opens("write.enable", "write.disable", "write.schedule", "experiment.end")
    about = switch and (naming.slugs(read) or read.says("noun.flag", "noun.experiment"))
    return reply(question, world, glossary) if read.opens("write.note") or kept or about else None


def reply(question: str, world: World, glossary: Glossary = NO_GLOSSARY) -> Draft | None:
    """The answer to a question about objects, None when it is not of this kind."""
    read = asked(question, glossary)
    for answer in ANSWERS:
        if draft := answer(read, world):
            return draft
    return None
