"""One passage through a funnel: how many took each step, and how long it took them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.answer import AnswerTable
from agent.planner.answers import figures, words
from agent.planner.answers.finding import table
from agent.planner.plan import Funnel


@dataclass(frozen=True)
class Passage:
    """The steps of a funnel; times are in seconds."""

    counts: tuple[int, ...]
    averages: tuple[float | None, ...]
    medians: tuple[float | None, ...]
    value: Any = None
    """The value of a breakdown that it is of."""

    @property
    def began(self) -> int:
        """How many took the first step."""
        return self.counts[0]

    @property
    def converted(self) -> int:
        """How many took the last step."""
        return self.counts[-1]

    @property
    def share(self) -> float | None:
        """How many took the last step, in per cent of the first."""
        return figures.part(self.converted, self.began)

    @property
    def scale(self) -> tuple[float, str]:
        """The unit of time that suits it: its seconds and its name."""
        return figures.lasting([*self.averages, *self.medians])


def passage(rows: Sequence[tuple[Any, ...]], value: Any = None) -> Passage:
    """The passage of rows as the tool returns them, without the column of a breakdown."""
    counts, averages, medians = zip(*((row[2], row[5], row[6]) for row in rows), strict=True)
    return Passage(counts, averages, medians, value)


def passages(plan: Funnel, output: Any) -> list[Passage]:
    """The passages of all values of a breakdown."""
    size, one = len(plan.steps), plan.scope.breakdowns[0]
    parts = [output.rows[at : at + size] for at in range(0, len(output.rows), size)]
    return [
        passage([row[1:] for row in part], words.cell(one, part[0][0])) for part in parts if part
    ]


def steps_table(plan: Funnel, taken: Passage) -> AnswerTable:
    """The steps of one passage."""
    size, unit = taken.scale
    columns = ["step", "event", words.actors(plan), "% of first", "% of previous"]
    rows = [
        [
            place + 1,
            words.done(step),
            count,
            figures.part(count, taken.began),
            figures.part(count, taken.counts[place - 1]) if place else None,
            figures.scaled(taken.averages[place], size),
            figures.scaled(taken.medians[place], size),
        ]
        for place, (step, count) in enumerate(zip(plan.steps, taken.counts, strict=True))
    ]
    return table([*columns, f"average {unit}", f"median {unit}"], rows)


def ends(plan: Funnel) -> str:
    """From the first step to the last."""
    return f"{words.done(plan.steps[0])} to {words.done(plan.steps[-1])}"
