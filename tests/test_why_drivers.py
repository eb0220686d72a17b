"""What goes with coming back: the planted behaviour is first, and no cause is claimed."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.planner.english.windows import Span
from agent.planner.plan import Series
from agent.planner.why import Outcome, drivers
from tests.streams import Event
from tests.why_projects import HOSTILE, LAST, LIBRARY, Lab, Made, Words, lab

ALL = Span((LAST - timedelta(days=60)).replace(tzinfo=None), LAST.replace(tzinfo=None), "")


def _people(words: Words, seed: int) -> Made:
    """600 people; those who do `other` in their first days come back twice as often."""
    rng, events = random.Random(seed), []
    for person in range(600):
        begun = LAST - timedelta(days=rng.uniform(42, 58))
        did = rng.random() < 0.3
        names = [words.view] * rng.randrange(1, 5) + [words.begin] * (rng.random() < 0.5)
        names += [words.other] * did
        events += [
            Event(name, person, begun + timedelta(hours=rng.uniform(0, 100))) for name in names
        ]
        events.append(Event(words.view, person, begun))
        if rng.random() < (0.7 if did else 0.3):
            events.append(Event(words.view, person, begun + timedelta(days=rng.uniform(8, 30))))
    return Made(tuple(events), words)


@pytest.fixture(scope="module", params=[(LIBRARY, 1), (HOSTILE, 2)], ids=["library", "odd"])
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Lab, Words]]:
    words, seed = request.param
    folder: Path = tmp_path_factory.mktemp("drivers")
    with lab(folder, _people(words, seed)) as opened:
        yield opened, words


def test_the_planted_behaviour_is_first(planted: tuple[Lab, Words]) -> None:
    opened, words = planted
    answer = opened.ask(lambda world: drivers("", Outcome(), (), ALL, world))
    assert f"The most goes with {words.other}: " in answer.headline
    assert answer.tables[0].rows[0][0] == words.other
    people, others = answer.tables[0].rows[0][1], answer.tables[0].rows[0][3]
    assert people + others == 600


def test_correlation_is_not_called_a_cause(planted: tuple[Lab, Words]) -> None:
    opened, _ = planted
    answer = opened.ask(lambda world: drivers("", Outcome(), (), ALL, world))
    assert "This is what goes together, not what causes what" in answer.text


def test_one_behaviour_is_judged_by_itself(planted: tuple[Lab, Words]) -> None:
    opened, words = planted
    asked = (Series((words.begin,)),)
    answer = opened.ask(lambda world: drivers("", Outcome(), asked, ALL, world))
    assert f"No difference beyond chance: {words.begin}: " in answer.headline
