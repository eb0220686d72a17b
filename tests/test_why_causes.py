"""Why a figure changed: of causes planted in small projects the right one is named first."""

import random
import re
from collections.abc import Callable, Iterator

import pytest

from agent.planner.english.windows import Span
from tests.why_projects import (
    HOSTILE,
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

BROKEN, GAP, ROBOTS = days(2, 1), days(9, 9), days(23, 23)


def _parts_break(words: Words) -> Change:
    def change(visit: Visit, rng: random.Random) -> None:
        if visit.day <= 2 and visit.region == words.regions[0]:
            visit.skipped = frozenset([words.done])
        if visit.day == 9:
            visit.skipped = frozenset([words.begin])

    return change


def _robots(words: Words) -> Callable[[random.Random], list[Visit]]:
    def more(rng: random.Random) -> list[Visit]:
        return [
            Visit(
                23, 900 + n % 40, words.regions[0], "4.0", words.ways[0], None, words.segments[0],
                "203.0.113", agent="python-requests/2", views=6, begins=False,
            )
            for n in range(60)
        ]  # fmt: skip

    return more


@pytest.fixture(
    scope="module", params=[(LIBRARY, 1), (SYNC, 2), (HOSTILE, 3)], ids=["library", "sync", "odd"]
)
def parts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    """One region stops at last, one event is lost for a day, robots come for a day."""
    words, seed = request.param
    stream = made(words, seed, change=_parts_break(words), more=_robots(words))
    with lab(tmp_path_factory.mktemp("parts"), stream) as opened:
        yield Asked(opened, words)


def test_the_part_that_broke_has_the_change(parts: Asked) -> None:
    words = parts.words
    answer = parts.why(words.done, BROKEN, "down")
    assert answer.headline.startswith(f"Yes: {words.done} fell by ")
    cause = f"; {words.region} {words.regions[0]} has "
    assert cause in answer.headline
    assert "all of the change (0, usually " in answer.headline.partition(cause)[2]
    assert "by day it is so since 2026-03-3" in answer.text
    assert answer.headline.count(". ") == 0


def test_a_rise_is_denied_where_a_figure_fell(parts: Asked) -> None:
    answer = parts.why(parts.words.done, BROKEN, "up")
    assert answer.headline.startswith(f"No: {parts.words.done} did not rise from 2026-03-31 to ")
    assert "usually" in answer.headline
    assert "Checked:" not in answer.text


def test_an_event_lost_alone_is_a_gap_in_tracking(parts: Asked) -> None:
    answer = parts.why(parts.words.begin, GAP, "zero")
    assert answer.headline.startswith(f"Yes: {parts.words.begin} fell to 0 on 2026-03-24 (usually ")
    assert "; this looks like a gap in tracking, not in use: " in answer.headline
    assert f"{parts.words.view} " in answer.text


def test_a_day_that_was_empty_is_found_when_no_day_is_named(parts: Asked) -> None:
    span = Span(days(30, 1).start, days(30, 1).end, "the last 30 days", default=True)
    answer = parts.why(parts.words.begin, span, "zero")
    assert f"{parts.words.begin} fell to 0 on 2026-03-24" in answer.headline
    assert "gap in tracking" in answer.headline


def test_robots_and_their_network_are_named(parts: Asked) -> None:
    answer = parts.why(parts.words.view, ROBOTS, "up")
    assert answer.headline.startswith(f"Yes: {parts.words.view} rose by ")
    named = ("kind of client robot", "network of $ip 203.0.113.*")
    share = r" has (?:all|9\d %) of the change \(360, usually 0\)"
    assert any(re.search(f"; {re.escape(one)}{share}", answer.headline) for one in named)
    assert all(one in answer.text for one in named)


def test_what_was_checked_and_what_stays_unknown_is_said(parts: Asked) -> None:
    answer = parts.why(parts.words.done, BROKEN, None)
    assert "\nChecked: " in answer.text
    assert "flags, experiments and notes.\n" in answer.text
    assert "No flag, experiment or note dates from it or the 7 days before." in answer.text
    assert answer.text.endswith("What goes with a change need not be its cause.")
