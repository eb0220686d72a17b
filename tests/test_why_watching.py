"""What changed at all: planted changes are found, quiet weeks raise no alarm, notes are named."""

from collections.abc import Iterator

import pytest

from agent.planner.english.windows import Span
from agent.planner.why import watch
from tests.why_projects import LIBRARY, SYNC, Asked, days, lab, made

WEEKS = [days(7 * n, 7 * n - 6) for n in (1, 2, 3)]
SEEDS = (11, 12, 13, 14)


@pytest.fixture(scope="module", params=SEEDS)
def quiet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """A project in which nothing changed."""
    words = (LIBRARY, SYNC)[request.param % 2]
    with lab(tmp_path_factory.mktemp("quiet"), made(words, request.param)) as opened:
        yield Asked(opened, words)


@pytest.mark.parametrize("week", WEEKS, ids=["last", "second", "third"])
def test_nothing_is_named_where_nothing_changed(quiet: Asked, week: Span) -> None:
    answer = quiet.lab.ask(lambda world: watch("", week, None, world))
    assert answer.headline.startswith("Nothing is unusual")
    assert "\nChecked: " in f"\n{answer.text}"


@pytest.mark.parametrize("claimed", ["down", "up"])
def test_a_change_that_did_not_happen_is_denied(quiet: Asked, claimed: str) -> None:
    denied = {"down": "drop", "up": "rise"}[claimed]
    answer = quiet.why(quiet.words.done, WEEKS[0], claimed)  # type: ignore[arg-type]
    barely = f"Barely: {quiet.words.done} "
    said = (f"No: {quiet.words.done} did not {denied} from 2026-03-26 to ", barely)
    assert answer.headline.startswith(said)
    assert "usually " in answer.headline
