"""Why a figure changed: failures, and moves of the whole product."""

import random
from collections.abc import Iterator

import pytest

from tests.why_projects import (
    LIBRARY,
    SYNC,
    Asked,
    Change,
    Visit,
    Words,
    days,
    lab,
    made,
)

FAILING, EVERYWHERE = days(2, 1), days(14, 8)


def _fails(words: Words) -> Change:
    def change(visit: Visit, rng: random.Random) -> None:
        if visit.day <= 2 and visit.begins and visit.build == "4.1":
            visit.succeeds, visit.code = False, "limit"
        if 8 <= visit.day <= 14 and rng.random() < 0.5:
            everything = (words.view, words.begin, words.done, words.failed, words.other)
            visit.skipped = frozenset(everything)

    return change


@pytest.fixture(scope="module", params=[(SYNC, 4), (LIBRARY, 5)], ids=["sync", "library"])
def failing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """A build fails for all of its people; the week before half of all visits are missing."""
    words, seed = request.param
    stream = made(words, seed, change=_fails(words), visits=80)
    with lab(tmp_path_factory.mktemp("failing"), stream) as opened:
        yield Asked(opened, words)


def test_a_failure_that_rose_with_the_drop_is_named_with_its_build(failing: Asked) -> None:
    words = failing.words
    answer = failing.why(words.done, FAILING, "down")
    assert answer.headline.startswith(f"Yes: {words.done} fell by ")
    assert f"; {words.failed} rose from " in answer.headline
    assert f"{words.build} 4.1" in answer.headline
    assert f"{words.code} limit" in answer.text


def test_a_move_of_the_whole_product_is_told_as_that(failing: Asked) -> None:
    answer = failing.why(failing.words.begin, EVERYWHERE, "down")
    assert "; the whole product fell with it: 4 of 4 other events, by " in answer.headline
    assert "About as usual" not in answer.text


def test_only_the_days_on_which_it_fell_are_told_of_in_a_longer_period(failing: Asked) -> None:
    answer = failing.why(failing.words.done, days(60, 1), "down")
    assert "from 2026-03-19 to 2026-03-2" in answer.headline
