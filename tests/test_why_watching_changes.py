"""What changed at all, and what people did around it: planted changes, flags and notes."""

import random
from collections.abc import Iterator

import pytest

from agent.planner.why import watch
from tests.why_projects import HOSTILE, LIBRARY, Asked, Visit, days, lab, made

WEEK = days(7, 1)


def _stop(visit: Visit, rng: random.Random) -> None:
    if visit.day <= 7 and visit.build == "4.1":
        visit.skipped = frozenset([LIBRARY.done, HOSTILE.done])


@pytest.fixture(scope="module", params=[(LIBRARY, 21), (HOSTILE, 22)], ids=["library", "odd"])
def changed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """One build loses an event for the last week; a flag and a note are of that time."""
    words, seed = request.param
    with lab(tmp_path_factory.mktemp("changed"), made(words, seed, change=_stop)) as opened:
        posthog = opened.box.posthog
        flag = {"key": "new-shelf", "filters": {"groups": [{"rollout_percentage": 100}]}}
        posthog.compute("feature_flags/", flag)
        note = {"content": "build 4.1 is out", "date_marker": "2026-03-26T08:00:00Z"}
        posthog.compute("annotations/", note)
        yield Asked(opened, words)


def test_a_planted_change_is_named_with_its_place(changed: Asked) -> None:
    answer = changed.lab.ask(lambda world: watch("", WEEK, None, world))
    done = changed.words.done
    assert f"{done} -" in answer.headline
    assert f"{changed.words.build} 4.1 (0 against " in answer.text


def test_a_note_in_the_period_is_named(changed: Asked) -> None:
    for answer in (
        changed.lab.ask(lambda world: watch("", WEEK, None, world)),
        changed.why(changed.words.done, WEEK, "down"),
    ):
        assert "note “build 4.1 is out” on 2026-03-26" in answer.text


def test_the_build_that_lost_the_event_has_the_change(changed: Asked) -> None:
    answer = changed.why(changed.words.done, WEEK, "down")
    assert f"; {changed.words.build} 4.1 has " in answer.headline
